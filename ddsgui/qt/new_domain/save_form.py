"""The form for a finished domain: its name and its card."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from ddsgui.jobs.adaptation_values import SaveRequest
from ddsgui.library.library import invalid_name_message, is_valid_name


class SaveForm(QWidget):
    """Asks to save the snapshot that the page shows."""

    save_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._missing: str | None = None
        self.name = _line("Name", "Name of the file in the library", "")
        self.title = _line("Title", "Title in the lists of domains", "same as the name")
        self.origin = _line(
            "Pictures",
            "For the card: what the examples are and who made them",
            "my own woodcuts, 2024",
        )
        self.licence = _line(
            "Licence", "For the card: the terms under which others may use this domain", "CC BY 4.0"
        )
        self.save = QPushButton("Save domain")
        self.save.setAutoDefault(False)
        form = QGridLayout()
        form.setHorizontalSpacing(10)
        form.setVerticalSpacing(8)
        form.setColumnStretch(1, 1)
        form.setColumnStretch(3, 1)
        for row, column, span, text, line in (
            (0, 0, 1, "Name", self.name),
            (0, 2, 1, "Title", self.title),
            (1, 0, 3, "Pictures", self.origin),
            (2, 0, 3, "Licence", self.licence),
        ):
            form.addWidget(QLabel(text), row, column)
            form.addWidget(line, row, column + 1, 1, span)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setForegroundRole(self.note.palette().ColorRole.PlaceholderText)
        row = QHBoxLayout()
        row.addWidget(self.note, stretch=1)
        row.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(form)
        column.addLayout(row)
        self.save.clicked.connect(lambda _: self.save_wanted.emit())
        self.name.textChanged.connect(lambda _: self._update())

    def begin(self, name: str) -> None:
        """Clear the form for another domain."""
        self.name.setText(name)
        for line in (self.title, self.origin, self.licence):
            line.clear()

    def request(self, adaptation: str, step: int) -> SaveRequest:
        """Return the request to save a snapshot."""
        name = self.name.text().strip()
        title = self.title.text().strip() or name[:1].upper() + name[1:]
        return SaveRequest(
            adaptation, step, name, title, self.origin.text().strip(), self.licence.text().strip()
        )

    def allow(self, missing: str | None) -> None:
        """Disable the form and say why there is nothing to save yet; None enables it."""
        self._missing = missing
        self._update()

    def _update(self) -> None:
        name = self.name.text().strip()
        problem = self._missing
        if problem is None and not name:
            problem = "Give it a name first."
        if problem is None and not is_valid_name(name):
            problem = invalid_name_message("domain", name)
        self.save.setEnabled(problem is None)
        self.save.setToolTip(problem or "Save the snapshot that is shown to the library")


def _line(name: str, tip: str, example: str) -> QLineEdit:
    line = QLineEdit(placeholderText=example, maxLength=300)
    line.setAccessibleName(name)
    line.setToolTip(tip)
    return line
