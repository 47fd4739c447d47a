"""The page without examples: drop pictures, choose them, or try a bundled set."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ddsgui.editing.example import MAX_EXAMPLES
from ddsgui.paths import assets
from ddsgui.qt.widgets.drop import paint_drop_frame
from ddsgui.qt.widgets.theme import CAPTION, CORNER, FRAME, TITLE

ADVICE = (
    "Faces that are drawn, painted or photographed in one style.\n"
    "About ten are enough; the more alike their style, the better."
)


class EmptyState(QWidget):
    """A dashed frame to drop pictures on, a button to choose them, and the bundled example sets."""

    choose_wanted = Signal()
    set_wanted = Signal(object)  # Path of a folder

    def __init__(self) -> None:
        super().__init__()
        self.choose = QPushButton("Choose pictures…")
        self.choose.setAutoDefault(False)
        self.choose.clicked.connect(self.choose_wanted)
        self.sets: dict[str, QPushButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(40, 24, 40, 24)
        column.setSpacing(10)
        column.addStretch(3)
        column.addWidget(_label(f"Drop 1 to {MAX_EXAMPLES} pictures here", TITLE, 1.35))
        column.addWidget(_label(ADVICE, CAPTION))
        column.addSpacing(8)
        column.addWidget(self.choose, alignment=Qt.AlignmentFlag.AlignCenter)
        if sets := _sets():
            column.addStretch(2)
            column.addWidget(_label("No pictures yet? Try one of these sets:", CAPTION))
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addStretch()
            for folder in sets:
                row.addWidget(self._set_button(folder))
            row.addStretch()
            column.addLayout(row)
        column.addStretch(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(FRAME)
            painter.drawRoundedRect(self.rect(), CORNER, CORNER)
            paint_drop_frame(painter, QRectF(self.rect()).adjusted(14, 14, -14, -14), CAPTION)

    def _set_button(self, folder: Path) -> QPushButton:
        button = self.sets[folder.name] = QPushButton(folder.name.capitalize())
        button.setAutoDefault(False)
        button.setToolTip(f"Use the {folder.name} pictures that come with ddsgui")
        button.setAccessibleName(f"Examples: {folder.name}")
        button.clicked.connect(lambda: self.set_wanted.emit(folder))
        return button


def _sets() -> list[Path]:
    folder = assets() / "examples"
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _label(text: str, colour: object, larger: float = 1.0) -> QLabel:
    label = QLabel(text)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    palette = label.palette()
    palette.setColor(QPalette.ColorRole.WindowText, colour)  # type: ignore[call-overload]
    label.setPalette(palette)
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * larger)
    font.setBold(larger > 1)
    label.setFont(font)
    return label
