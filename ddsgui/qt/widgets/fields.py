"""Fields that report a change once it is complete and leave the mouse wheel to their page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from PySide6.QtCore import QObject, QSignalBlocker, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QDoubleSpinBox, QSpinBox, QWidget

MIN_WIDTH_PX = 64  # widget pixels; Qt would leave room for the largest number, which hardly anyone types


@contextmanager
def signals_blocked(*objects: QObject) -> Iterator[None]:
    """Block the signals of objects while a value is shown in them that the artist did not choose."""
    with ExitStack() as stack:
        for item in objects:
            stack.enter_context(QSignalBlocker(item))
        yield


def leave_wheel(widget: QWidget, event: QWheelEvent) -> bool:
    """Return whether the wheel scrolls the page: a field without the focus must not change on the way."""
    if widget.hasFocus():
        return False
    event.ignore()
    return True


def fit_out_choice(box: QComboBox, name: str, tip: str) -> None:
    """Set up a field for a choice; `name` is read out for it."""
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)
    box.setAccessibleName(name)
    box.setToolTip(tip)


def _fit_out(box: QAbstractSpinBox, name: str, tip: str) -> None:
    """Set up a field for a number."""
    box.setKeyboardTracking(False)
    box.setMinimumWidth(MIN_WIDTH_PX)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    box.setAccessibleName(name)
    box.setToolTip(tip)


class RealBox(QDoubleSpinBox):
    """A field for a real number; the arrows step by a tenth of its size."""

    def __init__(self, low: float, high: float, decimals: int, name: str, tip: str) -> None:
        super().__init__(decimals=decimals, minimum=low, maximum=high)
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        _fit_out(self, name, tip)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not leave_wheel(self, event):
            super().wheelEvent(event)


class CountBox(QSpinBox):
    """A field for a whole number."""

    def __init__(self, low: int, high: int, step: int, name: str, tip: str) -> None:
        super().__init__(minimum=low, maximum=high, singleStep=step)
        _fit_out(self, name, tip)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not leave_wheel(self, event):
            super().wheelEvent(event)


class ChoiceBox(QComboBox):
    """A choice among names, shown by their titles."""

    def __init__(self, name: str, tip: str, names: dict[str, str] | None = None) -> None:
        """`names`: name -> title."""
        super().__init__()
        fit_out_choice(self, name, tip)
        self.offer(names or {})

    @property
    def name(self) -> str:
        """The chosen name; "" if there is none."""
        return self.currentData() or ""

    def offer(self, names: dict[str, str]) -> None:
        """Replace the names, keeping the choice if it is still among them. Emits nothing."""
        chosen = self.name
        with signals_blocked(self):
            self.clear()
            for name, title in names.items():
                self.addItem(title, name)
            self.setCurrentIndex(max(0, self.findData(chosen)) if names else -1)

    def show_name(self, name: str) -> None:
        """Choose a name; one that is not offered (a file, say) is added. Emits nothing."""
        with signals_blocked(self):
            if self.findData(name) < 0 and name:
                self.addItem(name.replace("\\", "/").rpartition("/")[2], name)
            self.setCurrentIndex(self.findData(name))

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not leave_wheel(self, event):
            super().wheelEvent(event)
