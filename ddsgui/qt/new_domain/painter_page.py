"""The first step with a painter: turn its dials and see what it makes of eight people."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ddsgui.jobs.adaptation_values import GRID_LATENTS, PainterPreview
from ddsgui.jobs.painter_preview import PreviewJobs
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Channel
from ddsgui.qt.new_domain.painter_form import PainterForm
from ddsgui.qt.new_domain.preview_grid import PreviewGrid

HINT = "Nothing is trained yet: turn the dials until you like what you see."


class PainterPage(QWidget):
    """The preview is drawn in the engine thread, one person after the other; the newest dials count."""

    start_wanted = Signal(object)  # DrawnRequest
    failed = Signal(str)

    def __init__(self, controller: MixController) -> None:
        super().__init__()
        self._controller, self._previews = controller, PreviewJobs(controller.jobs)
        self._source = ""  # of the pictures in the grid
        self.preview: PainterPreview | None = None  # the newest, with at least one picture
        self.grid = PreviewGrid()
        self.form = PainterForm(controller.library)
        self.originals = QPushButton("Hold to see the originals")
        self.originals.setAutoDefault(False)
        self.hint = QLabel(HINT)
        self.hint.setForegroundRole(self.hint.palette().ColorRole.PlaceholderText)
        self._lay_out()
        self.form.changed.connect(self._draw)
        self.form.failed.connect(self.failed)
        self.form.start.clicked.connect(lambda _: self.start_wanted.emit(self.form.request))
        self.originals.pressed.connect(lambda: self.grid.show_originals(True))
        self.originals.released.connect(lambda: self.grid.show_originals(False))

    @property
    def is_drawn(self) -> bool:
        """True if all pictures in the grid are those of the form."""
        preview = self.preview
        whole = preview is not None and len(preview.pictures) == GRID_LATENTS
        return preview is not None and whole and preview.request == self.form.preview_request

    def begin(self, source: str) -> None:
        """Offer the domains of the library; `source` is chosen if none was."""
        self.form.refresh(source)
        if self.isVisible():
            self._draw()

    def release(self) -> None:
        """Stop drawing and free the memory."""
        self._controller.engine.submit(Channel.PAINTER, self._previews.release)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.is_drawn:
            self._draw()

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        below.addWidget(self.hint, stretch=1)
        below.addWidget(self.originals)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.grid, stretch=1)
        left.addLayout(below)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(14)
        columns.addLayout(left, stretch=1)
        columns.addWidget(self.form)

    def _draw(self) -> None:
        """Draw the preview of the form; one that is being drawn is dropped."""
        request = self.form.preview_request
        if not request.source or not self.isVisible():
            return
        if request.source != self._source:
            self.grid.clear()
            self.preview, self._source = None, request.source
        task = self._controller.engine.submit(Channel.PAINTER, partial(self._previews.preview, request))
        task.progressed.connect(self._show)
        task.returned.connect(self._show)
        task.failed.connect(self._refuse)

    def _show(self, value: str | PainterPreview) -> None:
        if isinstance(value, str):
            self.grid.show_waiting(value)
            return
        self.preview = value
        self.grid.show_pictures(value.pictures, value.originals)
        self.form.show_problem("")

    def _refuse(self, sentence: str) -> None:
        self.grid.show_waiting("")
        self.form.show_problem(sentence)
        self.failed.emit(sentence)
