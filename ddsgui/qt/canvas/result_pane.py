"""The pane for the frames and the result of a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from ddsgui.jobs.upscaled_image import UpscaledImage
from ddsgui.qt.canvas.image_view import PaneImage
from ddsgui.qt.canvas.pane import Pane
from ddsgui.qt.canvas.shared_view import SharedView
from ddsgui.rect import Rect

OUTDATED = "Before the changed settings"


class ResultPane(Pane):
    """Accepts every frame and decides which one to show.

    Frames arrive faster than they can be upscaled. A sharp frame stays until the next one of its generation is ready,
    so that the picture does not flicker between soft and sharp. A frame of another generation (after an edit, or in
    another run) is shown at once, so that the artist sees the effect immediately.
    """

    frame_changed = Signal()  # `newest` is another image, shown or not
    drag_started = Signal()  # the picture is being dragged out of the pane

    def __init__(self, title: str, view: SharedView, parent: QWidget | None = None) -> None:
        super().__init__(title, view, parent)
        self._pressed: QPointF | None = None  # where a drag may begin, in widget pixels
        self._newest = self._on_screen = PaneImage(None)
        self._comparison: PaneImage | None = None  # shown instead of the frames
        self._is_outdated = False

    @property
    def newest(self) -> PaneImage:
        """The newest image of a run, or another image in its place; also while it is delayed or compared."""
        return self._newest

    def show_frame(self, frame: PaneImage) -> None:
        """Show the newest image of a run, or another image in its place."""
        self._newest = frame
        self.frame_changed.emit()
        if self._comparison is not None:
            return
        if self.is_sharp and self.isVisible() and frame.generation == self._on_screen.generation:
            self.image_changed.emit()  # the pane waits for its upscaled image
        else:
            self._put(frame)

    def update_frame(self, image: np.ndarray, rect: Rect) -> None:
        """Replace the newest image by one of the same generation that differs from it within `rect` only."""
        self._newest = replace(self._newest, image=image)
        self.frame_changed.emit()
        if self._comparison is None:
            self._on_screen = self._newest
            self.update_region(image, rect)

    def compare(self, image: np.ndarray | None, caption: str = "") -> None:
        """Show another image instead of the frames; with None show the newest frame again."""
        self._comparison = None if image is None else PaneImage(image, caption)
        self._put(self._target)

    def set_outdated(self, is_outdated: bool) -> None:
        """Mark the newest image as made with other settings, or not."""
        if is_outdated != self._is_outdated:
            self._is_outdated = is_outdated
            self._show_caption()

    def _show_caption(self) -> None:
        is_marked = self._is_outdated and self._comparison is None
        caption = self._on_screen.caption
        self.set_caption(f"{OUTDATED} · {caption}" if is_marked else caption)

    # ---- dragging the picture out

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        is_drag = event.button() == Qt.MouseButton.LeftButton and not self.starts_pan(event.button())
        self._pressed = event.position() if is_drag and self.image is not None else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        if (event.position() - self._pressed).manhattanLength() >= QApplication.startDragDistance():
            self._pressed = None
            self.drag_started.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self._pressed = None

    # ---- upscaling

    def wanted(self) -> PaneImage | None:
        target = self._target
        done = target.image is None or (target is self._on_screen and self.is_sharp)
        return None if done else target

    def offer(self, pane_image: PaneImage, upscaled: UpscaledImage) -> None:
        if pane_image.generation == self._target.generation:
            self._put(pane_image, upscaled)

    def set_upscaled(self, upscaled: UpscaledImage | None) -> None:
        super().set_upscaled(upscaled)
        if upscaled is None and self._on_screen is not self._target:
            self._put(self._target)  # there is nothing to wait for

    @property
    def _target(self) -> PaneImage:
        return self._comparison or self._newest

    def _put(self, pane_image: PaneImage, upscaled: UpscaledImage | None = None) -> None:
        self._on_screen = pane_image
        self._show_caption()
        super()._put(pane_image, upscaled)
