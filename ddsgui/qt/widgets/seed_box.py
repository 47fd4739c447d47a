"""A field for a seed."""

from __future__ import annotations

import random

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDoubleSpinBox

from ddsgui.qt.widgets.fields import NARROW, signals_blocked

LARGEST = 2**53 - 1  # a QSpinBox ends at 2³¹; a double counts exactly up to here
DICE = 1_000_000  # dice throw below this: numbers that people can note down


class SeedBox(QDoubleSpinBox):
    """Whole numbers from 0. Tells of a change once it is complete, not digit by digit."""

    seed_changed = Signal()

    def __init__(self) -> None:
        super().__init__(decimals=0, maximum=LARGEST)
        self.setKeyboardTracking(False)
        self.setMinimumWidth(NARROW)
        self.setGroupSeparatorShown(False)
        self.valueChanged.connect(lambda _: self.seed_changed.emit())

    @property
    def seed(self) -> int:
        return int(self.value())

    def show_seed(self, seed: int) -> None:
        """Without a signal."""
        with signals_blocked(self):
            self.setValue(seed)

    def randomize_seed(self) -> None:
        self.setValue(random.randrange(DICE))
