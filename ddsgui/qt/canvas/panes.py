"""The four panes: source and target to paint on, their crossover, and the result."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from ddsgui.editing.session import Role, Session
from ddsgui.qt.canvas.image_view import PaneImage
from ddsgui.qt.canvas.mask_canvas import MaskCanvas
from ddsgui.qt.canvas.paint_settings import PaintSettings
from ddsgui.qt.canvas.pane import Pane
from ddsgui.qt.canvas.result_pane import ResultPane
from ddsgui.qt.canvas.shared_view import SharedView
from ddsgui.rect import Rect

CROSSOVER_HINT = "The source's part, pasted onto the target"
RESULT_HINT = "Paint the part, then run: the result appears here"
COMPARISON_CAPTION = "Crossover, to compare"


class Panes(QWidget):
    """Four panes that show the same section. The crossover follows the brush while it moves."""

    brushed = Signal()  # a gesture under way has changed a mask
    edited = Signal()  # a gesture has changed a mask
    space_tapped = Signal()  # Space was pressed on a pane, and nothing was panned

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.view = SharedView(self)
        self.paint_settings = PaintSettings(self)
        self.source = MaskCanvas("Source", self.view, session, "source", self.paint_settings)
        self.target = MaskCanvas("Target", self.view, session, "target", self.paint_settings)
        self.crossover = Pane("Crossover", self.view)
        self.result = ResultPane("Result", self.view)
        self.grid = PaneGrid(self.source, self.target, self.crossover, self.result)
        self.crossover.set_placeholder(CROSSOVER_HINT)
        self.result.set_placeholder(RESULT_HINT)
        self.painted_last: Role = "source"
        self.comparing = False
        for pane in (self.source, self.target, self.crossover, self.result):
            pane.space_tapped.connect(self.space_tapped)
        for canvas in (self.source, self.target):
            canvas.region_changed.connect(self._follow_brush)
        self.source.committed.connect(partial(self._gesture_done, "source"))
        self.target.committed.connect(partial(self._gesture_done, "target"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.grid)

    def refresh(self, rect: Rect | None = None) -> None:
        """Show the session; with `rect`, only that section of the masks has changed."""
        self.source.refresh(rect)
        self.target.refresh(rect)
        if self._session.sample is None:
            self.crossover.set_image(None)
        elif rect is None:
            self.crossover.set_image(self._session.crossover_image)
        else:
            self._follow_brush(rect)
        if self.comparing:
            self.compare(True)

    def show_domains(self, source: str, target: str) -> None:
        """Show the names of the two domains above their pictures."""
        self.source.set_caption(source)
        self.target.set_caption(target)

    def show_result(self, image: np.ndarray | None, caption: str = "", generation: object = None) -> None:
        """Show x̂, uint8 [H, W, 3], or the placeholder.

        `generation`: the same for all frames of a run between two edits, see ResultPane; None: a new one.
        """
        if generation is None:
            generation = object()
        self.result.show_frame(PaneImage(image, caption, generation))

    def update_result(self, image: np.ndarray, rect: Rect) -> None:
        """Show a picture that differs within `rect` only from the one that show_result() showed last."""
        self.result.update_frame(image, rect)

    def show_busy(self, text: str) -> None:
        """Show in source and target what they are waiting for; "" once they are there."""
        for pane in (self.source, self.target):
            pane.set_busy(text)

    def compare(self, comparing: bool) -> None:
        """Show the crossover instead of the result, or the result again."""
        self.comparing = comparing
        self.result.compare(self.crossover.image if comparing else None, COMPARISON_CAPTION)

    def take_focus(self) -> None:
        """Give the keyboard focus to the canvas that was painted last, or to another pane if it is hidden."""
        canvases = [self.source, self.target]
        if self.painted_last == "target":
            canvases.reverse()
        panes = (*canvases, self.crossover, self.result)
        next(pane for pane in panes if not pane.isHidden()).setFocus(Qt.FocusReason.OtherFocusReason)

    def _follow_brush(self, rect: Rect) -> None:
        if self._session.linked:  # the gesture draws on both
            self.source.refresh(rect)
            self.target.refresh(rect)
        self.crossover.update_region(self._session.crossover_image, rect)
        self.brushed.emit()

    def _gesture_done(self, role: Role) -> None:
        self.painted_last = role
        self.edited.emit()


class PaneGrid(QWidget):
    """Four panes, two by two. A double click on a pane maximises it, a second one shows all of them again."""

    def __init__(self, *panes: Pane) -> None:
        super().__init__()
        self._panes = panes
        self._maximised: Pane | None = None
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for i, pane in enumerate(panes):
            grid.addWidget(pane, i // 2, i % 2)
            pane.maximise_requested.connect(lambda pane=pane: self.toggle(pane))

    @property
    def maximised(self) -> Pane | None:
        """The pane that is shown alone."""
        return self._maximised

    def toggle(self, pane: Pane) -> None:
        """Show `pane` alone, or all panes if it is already alone."""
        self._maximised = None if self._maximised is pane else pane
        for any_pane in self._panes:
            any_pane.setVisible(self._maximised in (None, any_pane))
