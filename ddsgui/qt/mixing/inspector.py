"""The right side of the window: the forms for pictures and search, and the buttons of a run."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ddsgui.library.library import Library
from ddsgui.library.own_presets import PresetStore
from ddsgui.qt.mixing.actions import Actions
from ddsgui.qt.mixing.live_form import LiveForm
from ddsgui.qt.mixing.optimizer_form import OptimizerForm
from ddsgui.qt.mixing.pair_form import PairForm
from ddsgui.qt.mixing.preset_menu import PresetMenu
from ddsgui.qt.widgets.action_button import ActionButton
from ddsgui.qt.widgets.fields import align_fields

MIN_WIDTH_PX = 300  # widget pixels


class Inspector(QWidget):
    """The forms, on a page that scrolls on a low screen, and below them Run, Pause and Stop, always visible."""

    def __init__(self, library: Library, actions: Actions) -> None:
        super().__init__()
        self.pair = PairForm(library, actions["swap"], actions["new_seed"], actions["paint_part"])
        self.live = LiveForm()
        self.optimizer = OptimizerForm(PresetStore(library.folder / "presets"))
        self.presets = PresetMenu(self.optimizer, lambda: self.live.settings)
        self.optimizer.preset_row.addWidget(self.presets)
        QWidget.setTabOrder(self.optimizer.preset, self.presets)
        self._forecast = QLabel()
        self._forecast.setWordWrap(True)
        self._forecast.setAccessibleName("Forecast of the run")
        self._forecast.setForegroundRole(self._forecast.palette().ColorRole.PlaceholderText)

        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.pair)
        column.addWidget(self.live)
        column.addWidget(self.optimizer)
        column.addStretch()
        forms = (self.pair.layout(), self.live.layout(), self.optimizer.layout())
        align_fields(*(form for form in forms if isinstance(form, QFormLayout)))
        self._scroll = scroll = _Column(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Tab goes to its fields
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        line = QFrame()  # where the page is cut off
        line.setFixedHeight(1)
        line.setStyleSheet("background: palette(mid);")
        line.hide()
        scroll.verticalScrollBar().rangeChanged.connect(lambda _, end: line.setVisible(end > 0))
        self.optimizer.advanced.toggled.connect(
            lambda on: QTimer.singleShot(0, self._show_numbers) if on else None
        )

        first = QHBoxLayout()
        first.setSpacing(6)
        first.addWidget(ActionButton(actions["run"], prominent=True), stretch=1)
        first.addWidget(ActionButton(actions["queue_run"]))
        others = QHBoxLayout()
        others.setSpacing(6)
        others.addWidget(ActionButton(actions["pause"]))
        others.addWidget(ActionButton(actions["stop"]))
        buttons = QVBoxLayout()
        buttons.setContentsMargins(8, 4, 8, 8)
        buttons.setSpacing(6)
        buttons.addWidget(self._forecast)
        buttons.addLayout(first)
        buttons.addLayout(others)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scroll, stretch=1)
        layout.addWidget(line)
        layout.addLayout(buttons)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def _show_numbers(self) -> None:
        """Scroll to the numbers under Advanced, once they are laid out."""
        bar = self._scroll.verticalScrollBar()
        bar.setValue(bar.maximum())

    @property
    def forecast(self) -> str:
        """The sentence above the button Run."""
        return self._forecast.text()

    def show_forecast(self, sentence: str, tip: str = "") -> None:
        """Show what a run will need, or why there can be none."""
        self._forecast.setText(sentence)
        self._forecast.setToolTip(tip)
        self._forecast.setVisible(bool(sentence))


class _Column(QScrollArea):
    """A page that scrolls up and down only: it is as wide as its widest row, a seed of 64 bits."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.widget() and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()  # a row may be wider now
        return super().eventFilter(watched, event)

    def minimumSizeHint(self) -> QSize:
        page, scroll_bar = self.widget(), self.verticalScrollBar()
        width = scroll_bar.sizeHint().width() + (page.minimumSizeHint().width() if page is not None else 0)
        return QSize(max(width, MIN_WIDTH_PX), super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(self.minimumSizeHint().width(), super().sizeHint().height())
