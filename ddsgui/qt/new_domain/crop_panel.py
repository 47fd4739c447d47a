"""The current example with its square, and the controls below it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QToolButton, QVBoxLayout, QWidget

from ddsgui.editing.example import Example
from ddsgui.editing.example_crop import Crop
from ddsgui.qt.new_domain.crop_editor import CropEditor
from ddsgui.qt.widgets.fields import signals_blocked
from ddsgui.qt.widgets.icons import icon

MAX_TILT = 45  # degrees that the slider turns either way; the handle turns all the way round
HINTS = {
    0: "Put the rings on the eyes: drag the square, its corners or the handle above it; "
    "or use the wheel, Shift+wheel, the arrow keys, plus and minus, comma and full stop.",
    1: "Click the middle of one eye. Esc cancels.",
    2: "Click the middle of the other eye. Esc cancels.",
}


class CropPanel(QWidget):
    """Shows one example at a time."""

    cropped = Signal(object)  # Crop, by hand

    def __init__(self) -> None:
        super().__init__()
        self._example: Example | None = None
        self.editor = CropEditor()
        self.eyes = QPushButton("Click both eyes")
        self.eyes.setCheckable(True)
        self.eyes.setAutoDefault(False)
        self.eyes.setToolTip("Click one eye, then the other: the square is turned and sized to fit them (E)")
        self.eyes.setShortcut("E")
        self.eyes.setIcon(icon("eyes"))
        self.tilt = QSlider(Qt.Orientation.Horizontal)
        self.tilt.setRange(-MAX_TILT, MAX_TILT)
        self.tilt.setPageStep(5)
        self.tilt.setMinimumWidth(90)  # a layout would squeeze it to its handle
        self.tilt.setAccessibleName("Turn the square")
        self.tilt.setToolTip("Turn the square, in degrees")
        self.degrees = QLabel()
        self.degrees.setMinimumWidth(self.degrees.fontMetrics().horizontalAdvance("−180°"))
        self.degrees.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.reset = QToolButton()
        self.reset.setIcon(icon("undo"))
        self.reset.setToolTip("Reset to the largest square")
        self.reset.setAccessibleName("Reset to the largest square")
        self.hint = QLabel(HINTS[0])
        self.hint.setWordWrap(True)
        self.hint.setForegroundRole(self.hint.palette().ColorRole.PlaceholderText)
        self._lay_out()
        self.editor.cropped.connect(self._take)
        self.editor.eye_wanted.connect(self._show_asking)
        self.editor.failed.connect(self.hint.setText)
        self.eyes.clicked.connect(self._ask_eyes)
        self.tilt.valueChanged.connect(self._turn)
        self.reset.clicked.connect(self._reset)

    def show_example(self, example: Example | None) -> None:
        self._example = example
        if example is None:
            self.editor.show_picture(None, (1, 1), Crop(0.5, 0.5, 1))
        else:
            self.editor.show_picture(example.small_copy, (example.height, example.width), example.crop)
            self._show_tilt()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.eyes)
        row.addSpacing(8)
        row.addWidget(QLabel("Turn"))
        row.addWidget(self.tilt, stretch=1)
        row.addWidget(self.degrees)
        row.addWidget(self.reset)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.editor, stretch=1)
        column.addLayout(row)
        column.addWidget(self.hint)

    def _take(self, crop: Crop) -> None:
        self._show_tilt()
        self.cropped.emit(crop)

    def _turn(self, degrees: int) -> None:
        self._set_crop(replace(self.editor.crop, angle=float(degrees)))

    def _reset(self) -> None:
        if self._example is not None:
            self._set_crop(Crop.whole(self._example.height, self._example.width))

    def _set_crop(self, crop: Crop) -> None:
        self.editor.show_crop(crop)
        self._take(crop)

    def _ask_eyes(self, asking: bool) -> None:
        self.editor.ask_for_eyes(asking)
        self.editor.setFocus()

    def _show_asking(self, which: int) -> None:
        self.eyes.setChecked(which > 0)
        self.hint.setText(HINTS[which])

    def _show_tilt(self) -> None:
        angle = self.editor.crop.angle
        with signals_blocked(self.tilt):
            self.tilt.setValue(round(angle))
        self.degrees.setText(f"{angle:.0f}°".replace("-", "−"))
