"""The guide that F1 opens."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from ddsgui.paths import resources


class GuideDialog(QDialog):
    """The guide's text. It blocks nothing, so that the artist can follow it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Guide")
        self.text = QTextBrowser()
        self.text.setAccessibleName("Guide")
        self.text.setMarkdown((resources() / "help" / "guide.md").read_text("utf-8"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.text)
        self.resize(560, 560)
