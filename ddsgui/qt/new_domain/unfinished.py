"""The list of unfinished adaptations."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ddsgui.jobs.adaptation_values import UnfinishedAdaptation
from ddsgui.qt.widgets.message_bar import STYLE
from ddsgui.text import duration_text, plural

MAX_ROWS = 3  # older ones appear when these are gone
DAY_SECONDS = 86400.0


class UnfinishedList(QWidget):
    """One row per adaptation, to continue or discard it; hidden if there are none."""

    continue_wanted = Signal(str)
    discard_wanted = Signal(object)  # UnfinishedAdaptation

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self.hide()

    def show_unfinished(self, unfinished: tuple[UnfinishedAdaptation, ...]) -> None:
        """Show adaptations, the newest first."""
        for row in self.rows:
            row.deleteLater()
            self._column.removeWidget(row)
        self.rows = [self._row(adaptation) for adaptation in unfinished[:MAX_ROWS]]
        for row in self.rows:
            self._column.addWidget(row)
        self.setVisible(bool(self.rows))

    def _row(self, adaptation: UnfinishedAdaptation) -> QWidget:
        row = QFrame()
        row.setObjectName("messageBar")
        row.setStyleSheet(STYLE)
        text = QLabel(f"<b>{escape(adaptation.name)}</b>&nbsp; {escape(_description(adaptation))}")
        resume = QPushButton(f"Continue {adaptation.name}")
        resume.clicked.connect(lambda: self.continue_wanted.emit(adaptation.name))
        discard = QPushButton("Discard")
        discard.setAccessibleName(f"Discard {adaptation.name}")
        discard.setToolTip(
            "Delete the files of this training. A domain that was saved from it stays in the library."
        )
        discard.clicked.connect(lambda: self.discard_wanted.emit(adaptation))
        line = QHBoxLayout(row)
        line.setContentsMargins(12, 4, 6, 4)
        line.addWidget(text, stretch=1)
        for button in (resume, discard):
            button.setAutoDefault(False)
            line.addWidget(button)
        return row


def _description(adaptation: UnfinishedAdaptation) -> str:
    pictures = plural(adaptation.examples, "picture")
    step = f"step {adaptation.step} of {adaptation.steps}"
    return f"{pictures} and {adaptation.source}, {step}, {_ago(adaptation.seconds_ago)}"


def _ago(seconds: float) -> str:
    if seconds < 60:
        return "just now"
    if seconds < 90 * 60:
        return f"{duration_text(seconds)} ago"
    if seconds < 2 * DAY_SECONDS:
        return f"{round(seconds / 3600)} h ago"
    return f"{int(seconds / DAY_SECONDS)} days ago"
