"""A field for a seed."""

from __future__ import annotations

import random
import re

from PySide6.QtCore import Property, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QPalette, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QStyle, QStyleOptionSpinBox

from ddsgui.qt.widgets.fields import FIELD_HEIGHT_PX, leave_wheel, signals_blocked
from ddsgui.synthesis.latents import MAX_SEED, MIN_SEED, SEED_RANGE

RANDOM_SEEDS = 1_000_000  # random seeds are below this, so that people can note them down
MAX_DIGITS = 40  # that can be typed or pasted
_NUMBER = re.compile(rf"[+-]?[0-9]{{0,{MAX_DIGITS}}}")


class SeedBox(QAbstractSpinBox):
    """A field for a whole number of 64 bits (a QSpinBox has 32), which reports a complete change, not every digit.

    A number out of range is shown in the colour of errors and changes nothing; leaving the field restores the seed.
    """

    seed_changed = Signal()

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self._seed = 0
        self._tip = tip
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(FIELD_HEIGHT_PX)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.lineEdit().setText("0")
        self.lineEdit().textChanged.connect(self._show_range)
        self.editingFinished.connect(self._take_text)

    @property
    def seed(self) -> int:
        """The seed in the field, or the last one while the text is not a seed."""
        return self._seed

    # Screen readers look for a property of this name.
    value = Property("qlonglong", lambda self: self._seed)  # type: ignore[arg-type]

    def set_seed(self, seed: int) -> None:
        """Show a seed of 64 bits, and report it if it differs."""
        changed = seed != self._seed
        self.show_seed(seed)
        if changed:
            self.seed_changed.emit()

    def show_seed(self, seed: int) -> None:
        """Show a seed of 64 bits; emits nothing."""
        self._seed = seed
        with signals_blocked(self):
            self.lineEdit().setText(str(seed))

    def randomize_seed(self) -> None:
        """Choose a random seed."""
        self.set_seed(random.randrange(RANDOM_SEEDS))

    def set_tip(self, tip: str) -> None:
        """Set the tooltip that is shown while the text is a seed."""
        self._tip = tip
        self._show_range()

    # ---- QAbstractSpinBox

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Accept the digits of a number, also while it is out of range; spaces in a pasted number are removed."""
        clean = "".join(text.split()).replace("−", "-")
        if not _NUMBER.fullmatch(clean):
            return QValidator.State.Invalid, text, position
        state = QValidator.State.Intermediate if _parsed(clean) is None else QValidator.State.Acceptable
        return state, clean, min(position, len(clean))

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        up, down = (
            QAbstractSpinBox.StepEnabledFlag.StepUpEnabled,
            QAbstractSpinBox.StepEnabledFlag.StepDownEnabled,
        )
        none = QAbstractSpinBox.StepEnabledFlag.StepNone
        return (up if self._seed < MAX_SEED else none) | (down if self._seed > MIN_SEED else none)

    def stepBy(self, steps: int) -> None:
        typed = _parsed(self.lineEdit().text())
        start = self._seed if typed is None else typed
        self.set_seed(max(MIN_SEED, min(MAX_SEED, start + steps)))
        self.selectAll()

    def clear(self) -> None:
        self.lineEdit().clear()

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        """Return the room that the longest seed takes."""
        self.ensurePolished()
        width = self.fontMetrics().horizontalAdvance(f"{MIN_SEED} ") + 4  # for the cursor behind it
        option = QStyleOptionSpinBox()
        self.initStyleOption(option)
        size = QSize(width, self.lineEdit().sizeHint().height())
        return self.style().sizeFromContents(QStyle.ContentsType.CT_SpinBox, option, size, self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not leave_wheel(self, event):
            super().wheelEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if _parsed(self.lineEdit().text()) is None:
            self.show_seed(self._seed)

    # ---- the text

    def _take_text(self) -> None:
        if (seed := _parsed(self.lineEdit().text())) is not None:
            self.set_seed(seed)

    def _show_range(self) -> None:
        """Colour a number that is out of range, and show the range in the tooltip."""
        text = self.lineEdit().text()
        wrong = text.lstrip("+-") != "" and _parsed(text) is None
        palette = QPalette()
        if wrong:
            palette.setColor(QPalette.ColorRole.Text, self.palette().color(QPalette.ColorRole.BrightText))
        self.lineEdit().setPalette(palette)
        self.setToolTip(f"{SEED_RANGE}." if wrong else self._tip)
        self.setAccessibleDescription(f"{SEED_RANGE}." if wrong else "")


def _parsed(text: str) -> int | None:
    """Return the seed that a text stands for; None if it is not a number or is out of range."""
    try:
        seed = int(text)
    except ValueError:
        return None
    return seed if MIN_SEED <= seed <= MAX_SEED else None
