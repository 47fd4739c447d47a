"""The live blend of the session, drawn by the engine while the artist paints."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal

from ddsgui.editing.recipe import MaskPair
from ddsgui.jobs.live_pictures import LiveJobs, LivePicture, LiveRequest
from ddsgui.project.run import Run
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Channel, Task
from ddsgui.rect import Rect
from ddsgui.synthesis.blend_settings import BlendSettings
from ddsgui.synthesis.settings import MixResult, OptimizerSettings


class LiveController(QObject):
    """Asks the engine for one picture after another, each of the session as it is when the engine is free for it.

    While a picture is being drawn, changes only mark that another one is due: masks are copied no more often than
    pictures are drawn.
    """

    changed = Signal(object)  # the Rect of `image` that changed; None if all of it may have
    failed = Signal(str)  # a sentence for the user

    def __init__(self, controller: MixController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._jobs = LiveJobs(controller.jobs)
        self._task: Task | None = None
        self._due = False
        self._picture: LivePicture | None = None  # the newest
        self._image: np.ndarray | None = None
        self._run: Run | None = None  # of `_picture`, once asked for
        self._failure = ""
        controller.pictures_changed.connect(self._restart)
        controller.masks_changed.connect(lambda _: self.request())

    @property
    def image(self) -> np.ndarray | None:
        """The newest blend of the pictures that are shown, uint8 [H, W, 3]; None while there is none."""
        return self._image

    @property
    def picture(self) -> LivePicture | None:
        """The newest blend as the engine drew it; None while there is none."""
        return self._picture

    def as_run(self) -> Run | None:
        """Return the newest blend as a run that is done, to be exported; None while there is none."""
        if self._picture is None or self._image is None:
            return None
        if self._run is None:
            parts = self._picture.request.parts
            session = self._controller.session
            settings = tuple(part.settings for part in parts)
            recipe = session.recipe(OptimizerSettings.from_preset("live", live=settings))
            pairs = tuple(MaskPair.encode(part.source_mask, part.target_mask) for part in parts)
            if len(parts) > 1:
                recipe = replace(recipe, masks=None, part_masks=pairs)
            elif recipe.masks is not None:
                recipe = replace(recipe, masks=pairs[0])
            self._run = Run(recipe, "w+")
            self._run.finish("done", MixResult(self._image))
        return self._run

    @property
    def drawing(self) -> bool:
        """True while a newer picture is being drawn."""
        return self._task is not None

    def set_settings(self, settings: BlendSettings, part: str | None = None) -> None:
        """Draw a part, or all parts, with other settings from now on."""
        self._controller.session.set_blend(settings, part)
        self.request()

    def request(self) -> None:
        """Draw the session as it is, now or as soon as the picture that is being drawn is there."""
        session = self._controller.session
        if session.square is None:
            return
        self._due = self._task is not None
        if self._task is not None:
            return
        request = LiveRequest(
            session.source_domain, session.target_domain, session.square, session.blend_parts()
        )
        engine = self._controller.engine
        if self._jobs.is_prepared(session.square):
            self._task = engine.submit(Channel.LIVE, partial(self._jobs.draw, request), concurrent=True)
            self._task.progressed.connect(self._take)
            self._task.returned.connect(self._take)
        else:
            self._task = engine.submit(Channel.LIVE, partial(self._jobs.prepare, request), urgent=True)
            self._task.returned.connect(self._draw_next)
        self._task.failed.connect(self._fail)
        self._task.ended.connect(self._end)

    def _draw_next(self) -> None:
        self._due = True

    def _restart(self) -> None:
        """Forget the picture of the pair before."""
        self._picture = self._image = self._run = None
        self._failure = ""
        self.changed.emit(None)
        self.request()

    def _take(self, picture: LivePicture) -> None:
        session = self._controller.session
        if picture.request.sample is not session.square:
            return
        first = self._picture is None
        self._picture, self._image = picture, session.cut(picture.image)
        self._run, self._failure = None, ""
        self.changed.emit(None if first else self._visible(picture.changed))

    def _visible(self, rect: Rect) -> Rect | None:
        """Return a rectangle of the square in pixels of the visible picture; None if all of it may have changed."""
        assert self._picture is not None and self._image is not None
        (side, _), (height, width) = self._picture.image.shape[:2], self._image.shape[:2]
        visible = Rect((side - width) // 2, (side - height) // 2, width, height)
        inside = rect.intersected(visible)
        return Rect(0, 0, 0, 0) if inside is None else inside.relative_to(visible)

    def _fail(self, sentence: str) -> None:
        self._picture = self._image = self._run = None
        if sentence != self._failure:  # each stroke would repeat it
            self._failure = sentence
            self.failed.emit(sentence)
        self.changed.emit(None)

    def _end(self) -> None:
        self._task = None
        if self._due:
            self.request()
