"""The dials of a painter."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSlider, QWidget

from ddsgui.qt.widgets.fields import ChoiceBox, leave_wheel
from ddsgui.training.drawn.painters.painter import Choice, Dial, Painter, Value

POSITIONS = 100  # of a slider


class DialForm(QWidget):
    """A slider for each dial, and a list for each choice; another painter has others."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.dials: dict[str, DialSlider | ChoiceBox] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(7)
        self._grid.setColumnStretch(1, 1)

    @property
    def values(self) -> tuple[tuple[str, Value], ...]:
        """The value of each dial."""
        return tuple(
            (name, dial.name if isinstance(dial, ChoiceBox) else dial.number)
            for name, dial in self.dials.items()
        )

    def show_painter(self, painter: Painter) -> None:
        """Show the dials of a painter at their defaults. Emits nothing."""
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.dials = {}
        for row, dial in enumerate(painter.dials):
            label = QLabel(dial.label)
            label.setToolTip(dial.tip)
            field = self._field(dial)
            self._grid.addWidget(label, row, 0)
            self._grid.addWidget(field, row, 1)
            if isinstance(field, DialSlider):
                self._grid.addWidget(field.figure, row, 2)
            self.dials[dial.name] = field

    def _field(self, dial: Dial | Choice) -> DialSlider | ChoiceBox:
        if isinstance(dial, Choice):
            names = {option: option.capitalize() for option in dial.options}
            choice = ChoiceBox(dial.label, dial.tip, names)
            choice.currentIndexChanged.connect(lambda _: self.changed.emit())
            return choice
        slider = DialSlider(dial)
        slider.valueChanged.connect(lambda _: self.changed.emit())
        return slider


class DialSlider(QSlider):
    """A slider over the range of a dial. A double click returns to the default."""

    def __init__(self, dial: Dial) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(0, POSITIONS)
        self.setPageStep(10)
        self._dial = dial
        self.figure = QLabel()
        self.figure.setMinimumWidth(self.figure.fontMetrics().horizontalAdvance("00.00"))
        self.figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(dial.label)
        self.setToolTip(f"{dial.tip}\nDouble click: back to {dial.default:g}")
        self.valueChanged.connect(lambda _: self._show())
        self.reset()
        self._show()

    @property
    def number(self) -> float:
        """The value of the dial; exactly its default at the position nearest to it."""
        if self.value() == self._position(self._dial.default):
            return self._dial.default
        share = self.value() / POSITIONS
        return round(self._dial.low + share * (self._dial.high - self._dial.low), 4)

    def reset(self) -> None:
        """Return to the default."""
        self.setValue(self._position(self._dial.default))

    def mouseDoubleClickEvent(self, event: object) -> None:
        self.reset()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not leave_wheel(self, event):
            super().wheelEvent(event)

    def _position(self, number: float) -> int:
        return round((number - self._dial.low) / (self._dial.high - self._dial.low) * POSITIONS)

    def _show(self) -> None:
        self.figure.setText(f"{self.number:.3g}")
