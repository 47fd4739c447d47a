"""A slider over a field for a number."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QSlider

from ddsgui.qt.widgets.fields import CountBox, RealBox, leave_wheel, signals_blocked

MIN_WIDTH_PX = 72  # widget pixels


class Dial(QSlider):
    """Moving it changes `box`, which holds the number; it follows the field in turn.

    The position is the number itself. Other scales override number_at() and position_of().
    """

    def __init__(self, box: CountBox | RealBox, low: int, high: int) -> None:
        """low, high: the positions of its ends."""
        super().__init__(Qt.Orientation.Horizontal)
        self._box = box
        self.setRange(low, high)
        self.setPageStep(max(1, (high - low) // 10))
        self.setMinimumWidth(MIN_WIDTH_PX)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{box.accessibleName()}, slider")
        self.setToolTip(box.toolTip())
        self.follow()
        self.valueChanged.connect(lambda position: box.setValue(self.number_at(position)))  # type: ignore[arg-type]
        box.valueChanged.connect(lambda _: self.follow())

    def number_at(self, position: int) -> float:
        """Return the number at a position."""
        return position

    def position_of(self, number: float) -> int:
        """Return the position of a number; the nearer end if it lies beyond."""
        return round(number)

    def follow(self) -> None:
        """Move to the number in the field. Emits nothing."""
        with signals_blocked(self):
            self.setValue(self.position_of(self._box.value()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not leave_wheel(self, event):
            super().wheelEvent(event)
