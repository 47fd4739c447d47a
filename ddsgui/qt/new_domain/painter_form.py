"""The right side of the first step with a painter: the painter, its dials, base domain, name, and Start."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from ddsgui.errors import TrainingError
from ddsgui.jobs.adaptation_values import DrawnRequest, PreviewRequest
from ddsgui.library.library import Library
from ddsgui.qt.new_domain.dial_form import DialForm
from ddsgui.qt.new_domain.start_form import StartForm
from ddsgui.qt.widgets.fields import ChoiceBox
from ddsgui.training.drawn.painters.painter import Painter
from ddsgui.training.drawn.painters.registry import PAINTERS, find_painter, painter_names
from ddsgui.training.drawn.settings import DrawnSettings


class PainterForm(StartForm):
    """The settings of a drawn domain, with the reason why it cannot start yet."""

    changed = Signal()  # the painter, a dial or the base domain
    failed = Signal(str)

    def __init__(self, library: Library) -> None:
        super().__init__(library, DrawnSettings().steps, "The domain whose people are redrawn")
        self._problem_found = ""  # why its pictures cannot be drawn
        titles = {painter.name: painter.title for painter in PAINTERS}
        self.painter = ChoiceBox(
            "Painter",
            "The way in which every picture of the base domain is redrawn",
            {name: titles.get(name, name.capitalize()) for name in painter_names()},
        )
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.summary.setForegroundRole(self.summary.palette().ColorRole.PlaceholderText)
        self.dials = DialForm()
        self.reset = QPushButton("Reset")
        self.reset.setToolTip("Turn all dials back")
        self.reset.setAutoDefault(False)
        self._chosen: Painter = PAINTERS[0]
        self._lay_out(self._painter_row(), self.summary, self.dials)
        self._show_painter()
        self.painter.currentIndexChanged.connect(lambda _: self._change_painter())
        self.dials.changed.connect(self.changed)
        self.reset.clicked.connect(lambda _: self._change_painter())
        self.source.currentIndexChanged.connect(lambda _: self._change_source())
        self.source_class.valueChanged.connect(lambda _: self._change_source())

    @property
    def preview_request(self) -> PreviewRequest:
        """The preview of the dials as they are."""
        return PreviewRequest(self.domain, self._chosen.name, self.dials.values)

    @property
    def request(self) -> DrawnRequest:
        """The domain that Start begins."""
        return DrawnRequest(
            self.name.text().strip(),
            self.domain,
            self._chosen.name,
            self.dials.values,
            self.steps.value(),
        )

    def show_problem(self, sentence: str) -> None:
        """Say why the painter cannot draw these people; "" if it can."""
        self._problem_found = sentence
        self._update()

    def _painter_row(self) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.painter, stretch=1)
        line.addWidget(self.reset)
        return row

    def _change_painter(self) -> None:
        try:
            self._chosen = find_painter(self.painter.name)
        except TrainingError as error:  # of an installed package
            self.painter.show_name(self._chosen.name)
            self.failed.emit(str(error))
            return
        self._show_painter()
        self.changed.emit()

    def _show_painter(self) -> None:
        self.summary.setText(self._chosen.summary)
        self.dials.show_painter(self._chosen)
        self.suggest_name(self._chosen.name)
        self._update()

    def _change_source(self) -> None:
        self.show_problem("")
        self.changed.emit()

    def _usual_name(self) -> str:
        return self._chosen.name

    def _missing(self) -> str | None:
        return self._problem_found or None

    def _start_tip(self) -> str:
        return "Let the new domain learn what the painter draws"

    def _ready_text(self) -> str:
        return "Pictures are drawn first, for a few minutes; then the domain learns them."
