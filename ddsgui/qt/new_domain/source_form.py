"""The right side of the first step with pictures: a preview of the crop, base domain, name, and Start."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from ddsgui.editing.example import Example
from ddsgui.library.library import Library
from ddsgui.qt.new_domain.start_form import WIDTH_PX, StartForm
from ddsgui.qt.widgets.pixmaps import thumbnail
from ddsgui.qt.widgets.theme import CAPTION, CORNER, FRAME
from ddsgui.text import plural
from ddsgui.training.few_shot.settings import AdaptationSettings

PREVIEW_PX = 208  # widget pixels
NO_PREVIEW = "Preview of the cropped picture"


class SourceForm(StartForm):
    """The settings of an adaptation, with the reason why it cannot start yet."""

    def __init__(self, library: Library) -> None:
        super().__init__(library, AdaptationSettings().steps, "The domain that is adapted to the pictures")
        self._count, self._reading, self._small = 0, False, 0
        self.preview = QLabel()
        self.preview.setFixedSize(WIDTH_PX, WIDTH_PX)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.preview.setStyleSheet(
            f"background: {FRAME.name()}; color: {CAPTION.name()}; border-radius: {CORNER}px; padding: 12px;"
        )
        self.preview.setWordWrap(True)
        self.caption = QLabel()
        self.caption.setForegroundRole(self.caption.palette().ColorRole.PlaceholderText)
        self._lay_out(self.preview, self.caption)
        self.show_preview(None)

    def show_preview(self, example: Example | None) -> None:
        if example is None:
            self.preview.setText(NO_PREVIEW)
            self.caption.setText(" ")
            return
        picture = example.preview(self.resolution)
        self.preview.setPixmap(thumbnail(picture, PREVIEW_PX, self.devicePixelRatioF()))
        self.preview.setAccessibleName(f"{example.path.name} at the resolution of the domain")
        self.caption.setText(f"At the domain's resolution: {self.resolution} × {self.resolution}")

    def show_count(self, number: int, reading: bool, small: int = 0) -> None:
        """Show the number of pictures; `reading` is True while more are being read.

        small: how many of their squares have fewer pixels than the domain draws.
        """
        self._count, self._reading, self._small = number, reading, small
        self._update()

    def _missing(self) -> str | None:
        if self._reading:
            return "Reading pictures…"
        return None if self._count else "Add pictures first."

    def _start_tip(self) -> str:
        return "Train the new domain on these pictures"

    def _ready_text(self) -> str:
        ready = f"{plural(self._count, 'picture')}, ready to start."
        if not self._small:
            return ready
        return f"{ready} {self._small} smaller than {self.resolution} px: the domain may become blurred."
