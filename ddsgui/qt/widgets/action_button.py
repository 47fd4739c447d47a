"""A push button for an action."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from ddsgui.qt.widgets.action import Action

PRIMARY_STYLE = """
QPushButton:enabled {
    background: palette(highlight);
    color: palette(highlighted-text);
    border-color: palette(highlight);
    font-weight: bold;
}
QPushButton:enabled:hover { border-color: palette(window-text); }
"""


class ActionButton(QPushButton):
    """A push button for an action; Qt has this for flat tool buttons only."""

    def __init__(self, action: Action, prominent: bool = False) -> None:
        super().__init__()
        self._action, self._prominent = action, prominent
        if prominent:
            self.setMinimumHeight(40)
            self.setStyleSheet(PRIMARY_STYLE)
        # A click leaves the focus on the canvas, so that its keys still work.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCheckable(action.isCheckable())
        self.clicked.connect(lambda _: action.trigger())
        action.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        text = self._action.iconText()  # without the menu's "&"
        self.setText(text)
        self.setAccessibleName(text)
        if not self._prominent:  # icons are not drawn for its background colour
            self.setIcon(self._action.icon())
        self.setToolTip(self._action.toolTip())
        self.setEnabled(self._action.isEnabled())
        self.setChecked(self._action.isChecked())
