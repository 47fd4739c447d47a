"""A slider for a weight of the loss, over its number."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QSlider

from ddsgui.qt.widgets.fields import RealBox, leave_wheel, signals_blocked

LARGEST_WEIGHT = 20.0  # at the dial's right; its middle is 1
END = 100  # position of the right end
MIN_WIDTH_PX = 72  # widget pixels


class WeightDial(QSlider):
    """Shows a weight in equal ratios, from a twentieth over 1 to 20, and 0 on the far left.

    Moving it changes `box`, which holds the number; a number beyond its ends is shown at the nearer end.
    """

    def __init__(self, box: RealBox) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._box = box
        self.setRange(0, END)
        self.setPageStep(END // 10)
        self.setMinimumWidth(MIN_WIDTH_PX)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{box.accessibleName()}, slider")
        self.setToolTip(box.toolTip())
        self.show_weight(box.value())
        self.valueChanged.connect(lambda position: box.setValue(weight_at(position)))
        box.valueChanged.connect(self.show_weight)

    def show_weight(self, weight: float) -> None:
        """Move to the position of a weight. Emits nothing."""
        with signals_blocked(self):
            self.setValue(position_of(weight))

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not leave_wheel(self, event):
            super().wheelEvent(event)


def weight_at(position: int) -> float:
    """Return the weight at a position, with two digits."""
    if position <= 0:
        return 0.0
    weight = LARGEST_WEIGHT ** (2 * position / END - 1)
    return float(f"{weight:.2g}")


def position_of(weight: float) -> int:
    """Return the position of a weight, at an end if it lies beyond."""
    if weight <= 0:
        return 0
    position = END / 2 * (1 + math.log(weight) / math.log(LARGEST_WEIGHT))
    return min(max(round(position), 1), END)
