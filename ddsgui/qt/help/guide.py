"""The guide that F1 opens."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from ddsgui.paths import resources
from ddsgui.qt.widgets.screen import OnScreen

MARGIN_PX = 16  # widget pixels, around the text


class GuideDialog(QDialog):
    """The guide's text. It blocks nothing, so that the artist can follow it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Guide")
        self.text = QTextBrowser()
        self.text.setAccessibleName("Guide")
        self.text.document().setDocumentMargin(MARGIN_PX)
        self.text.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.text.setMarkdown((resources() / "help" / "guide.md").read_text("utf-8"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.text)
        self.resize(600, 620)
        OnScreen(self)
