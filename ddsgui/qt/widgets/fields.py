"""Fields that report a change once it is complete and leave the mouse wheel to their page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from PySide6.QtCore import QObject, QSignalBlocker, Qt
from PySide6.QtGui import QPalette, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QDoubleSpinBox, QFormLayout, QSpinBox, QWidget

FIELD_HEIGHT_PX = 26  # widget pixels, of every field and of the buttons next to fields
MIN_WIDTH_PX = 64  # widget pixels; Qt would leave room for the largest number, which hardly anyone types


@contextmanager
def signals_blocked(*objects: QObject) -> Iterator[None]:
    """Block the signals of objects while a value is shown in them that the artist did not choose."""
    with ExitStack() as stack:
        for item in objects:
            stack.enter_context(QSignalBlocker(item))
        yield


def align_labels(form: QFormLayout) -> None:
    """Put the labels of a form on the middle line of their fields: Qt does so only next to low fields."""
    for row in range(form.rowCount()):
        label = form.itemAt(row, QFormLayout.ItemRole.LabelRole)
        if label is not None and (widget := label.widget()) is not None:
            widget.setMinimumHeight(FIELD_HEIGHT_PX)


def align_fields(*forms: QFormLayout) -> None:
    """Let the fields of forms, one above the other, begin at the same place."""
    labels = [
        label
        for form in forms
        for row in range(form.rowCount())
        if (item := form.itemAt(row, QFormLayout.ItemRole.LabelRole)) is not None
        and (label := item.widget()) is not None
    ]
    width = max(label.sizeHint().width() for label in labels)
    for label in labels:
        label.setMinimumWidth(width)


def leave_wheel(widget: QWidget, event: QWheelEvent) -> bool:
    """Return whether the wheel scrolls the page: a field without the focus must not change on the way."""
    if widget.hasFocus():
        return False
    event.ignore()
    return True


def fit_out_choice(box: QComboBox, name: str, tip: str) -> None:
    """Set up a field for a choice; `name` is read out for it."""
    box.setFixedHeight(FIELD_HEIGHT_PX)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)
    box.setAccessibleName(name)
    box.setToolTip(tip)


def _fit_out(box: QAbstractSpinBox, name: str, tip: str) -> None:
    """Set up a field for a number."""
    box.setFixedHeight(FIELD_HEIGHT_PX)
    box.setKeyboardTracking(False)
    box.setMinimumWidth(MIN_WIDTH_PX)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    box.setAccessibleName(name)
    box.setToolTip(tip)


def number_in(text: str) -> float | None:
    """Return the number that a text stands for, with a point or a comma; None if it is not one."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


class _Typed:
    """The text that is typed into a field for a number.

    A point and a comma both are decimal signs, in every locale. A number out of range is shown in the colour of errors,
    with the range in the tooltip, and changes nothing; leaving the field restores the last number.
    """

    def __init__(self, box: QSpinBox | QDoubleSpinBox, decimals: int) -> None:
        self._box = box
        self._tip: str | None = None  # the field's own tooltip, while the range is in its place
        self._accepted = re.compile(rf"[+-]?\d*([.,]\d{{0,{max(decimals, 1)}}})?")
        self._decimals = decimals
        box.lineEdit().textChanged.connect(self._show_range)
        box.editingFinished.connect(
            lambda: self._show_range(box.text())
        )  # Qt restores a number without a signal

    def clean(self, text: str) -> str:
        """Return a text without the unit and spaces."""
        plain = text.removeprefix(self._box.prefix()).removesuffix(self._box.suffix())
        return "".join(plain.split()).replace("−", "-")

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Return whether a text is a number in the range, may become one, or neither."""
        state = QValidator.State.Intermediate
        if self.value(text) is not None:
            state = QValidator.State.Acceptable
        elif not self._accepted.fullmatch(self.clean(text)):
            state = QValidator.State.Invalid
        return state, text, position

    def value(self, text: str) -> float | None:
        """Return the number in the range that a text stands for; None if there is none."""
        if text and text == self._box.specialValueText():
            return self._box.minimum()
        clean = self.clean(text)
        number = number_in(clean) if self._accepted.fullmatch(clean) else None
        if number is None or not self._box.minimum() <= number <= self._box.maximum():
            return None
        return None if not self._decimals and number != int(number) else number

    def _show_range(self, text: str) -> None:
        box, palette = self._box, QPalette()
        is_wrong = self.clean(text).lstrip("+-") != "" and self.value(text) is None
        if is_wrong:
            palette.setColor(QPalette.ColorRole.Text, box.palette().color(QPalette.ColorRole.BrightText))
        box.lineEdit().setPalette(palette)
        if is_wrong == (self._tip is not None):
            return
        low, high = (box.textFromValue(limit) for limit in (box.minimum(), box.maximum()))  # type: ignore[arg-type]
        sentence = f"A number from {low} to {high}." if is_wrong else ""
        self._tip, tip = (box.toolTip() if is_wrong else None), self._tip
        box.setToolTip(sentence or tip or "")
        box.setAccessibleDescription(sentence)


class RealBox(QDoubleSpinBox):
    """A field for a real number; the arrows step by a tenth of its size."""

    def __init__(self, low: float, high: float, decimals: int, name: str, tip: str) -> None:
        super().__init__()
        self._typed = _Typed(self, decimals)  # first: the calls below validate
        self.setDecimals(decimals)
        self.setRange(low, high)
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        _fit_out(self, name, tip)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:  # type: ignore[override]
        return self._typed.validate(text, position)

    def fixup(self, text: str) -> str:  # type: ignore[override]
        """Return the text as it is: Qt would take out what separates thousands in this locale."""
        return text

    def valueFromText(self, text: str) -> float:
        number = self._typed.value(text)
        return self.value() if number is None else number

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not leave_wheel(self, event):
            super().wheelEvent(event)


class CountBox(QSpinBox):
    """A field for a whole number."""

    def __init__(self, low: int, high: int, step: int, name: str, tip: str) -> None:
        super().__init__()
        self._typed = _Typed(self, 0)  # first: the calls below validate
        self.setRange(low, high)
        self.setSingleStep(step)
        _fit_out(self, name, tip)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:  # type: ignore[override]
        return self._typed.validate(text, position)

    def fixup(self, text: str) -> str:  # type: ignore[override]
        """Return the text as it is: Qt would take out what separates thousands in this locale."""
        return text

    def valueFromText(self, text: str) -> int:
        number = self._typed.value(text)
        return self.value() if number is None else int(number)

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
