"""The right side of the window: what is mixed, how, and the buttons that start it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ddsgui.library.library import Library
from ddsgui.qt.mixing.actions import Actions
from ddsgui.qt.mixing.optimizer_form import SettingsForm
from ddsgui.qt.mixing.pair_form import PairForm
from ddsgui.qt.widgets.action import Command

WIDTH = 300
PROMINENT = """
QPushButton:enabled {
    background: palette(highlight);
    color: palette(highlighted-text);
    border-color: palette(highlight);
    font-weight: bold;
}
QPushButton:enabled:hover { border-color: palette(window-text); }
"""


class Inspector(QWidget):
    """The two forms on a page that scrolls where the screen is low; Run, Pause and Cancel always in sight."""

    def __init__(self, library: Library, actions: Actions) -> None:
        super().__init__()
        self.pair = PairForm(library, actions.swap, actions.new_seed, actions.paint_part)
        self.optimizer = SettingsForm()
        self._device = QLabel("Starting…")
        self._device.setWordWrap(True)
        self._device.setToolTip("What the engine computes with")

        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.pair)
        column.addWidget(self.optimizer)
        column.addWidget(self._device)
        column.addStretch()
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)

        run = RunButton(actions.run, prominent=True)
        others = QHBoxLayout()
        others.setSpacing(6)
        others.addWidget(RunButton(actions.pause))
        others.addWidget(RunButton(actions.cancel))
        buttons = QVBoxLayout()
        buttons.setContentsMargins(8, 4, 8, 8)
        buttons.setSpacing(6)
        buttons.addWidget(run)
        buttons.addLayout(others)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scroll, stretch=1)
        layout.addLayout(buttons)
        self.setFixedWidth(WIDTH)

    @property
    def device(self) -> str:
        return self._device.text()

    def show_device(self, label: str) -> None:
        self._device.setText(label)


class RunButton(QPushButton):
    """A push button for an action; Qt has this for flat tool buttons only."""

    def __init__(self, action: Command, prominent: bool = False) -> None:
        super().__init__()
        self._action, self._prominent = action, prominent
        if prominent:
            self.setMinimumHeight(40)
            self.setStyleSheet(PROMINENT)
        # A click leaves the focus on the canvas, so that its keys go on working.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCheckable(action.isCheckable())
        self.clicked.connect(lambda _: action.trigger())
        action.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        text = self._action.iconText()  # without the menu's "&"
        self.setText(text)
        self.setAccessibleName(text)
        if not self._prominent:  # its ground has not the colour that icons are drawn for
            self.setIcon(self._action.icon())
        self.setToolTip(self._action.toolTip())
        self.setEnabled(self._action.isEnabled())
        self.setChecked(self._action.isChecked())
