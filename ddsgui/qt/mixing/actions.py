"""The actions of the main window: the table as menus, kept up to date with the window's state."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from ddsgui.qt.mixing.action_spec import Spec, Targets
from ddsgui.qt.mixing.action_table import MENUS, SPECS, SUBMENUS, TOOL_BAR
from ddsgui.qt.mixing.window_state import WindowState
from ddsgui.qt.widgets.action import Action
from ddsgui.qt.widgets.icons import icon


class Actions:
    """The table as menus; `actions["run"]` is one action."""

    def __init__(self, parent: QWidget, bar: QMenuBar) -> None:
        """The actions belong to `parent`: their keys work in its window."""
        self._parent = parent
        self._by_id: dict[str, Action] = {}
        self._groups: dict[str, QActionGroup] = {}
        self.menus: dict[str, QMenu] = {}
        for title, specs in MENUS.items():
            above = self.menus[SUBMENUS[title]] if title in SUBMENUS else bar
            menu = self.menus[title] = above.addMenu(title)
            menu.setToolTipsVisible(True)
            for spec in specs:
                menu.addSeparator() if spec is None else menu.addAction(self._make(spec))
        self.update(WindowState())

    @property
    def by_menu(self) -> dict[str, tuple[Action, ...]]:
        """The actions of each menu, in its order."""
        return {
            title: tuple(self._by_id[spec.id] for spec in specs if spec is not None)
            for title, specs in MENUS.items()
        }

    def __getitem__(self, id: str) -> Action:
        return self._by_id[id]

    def bind(self, targets: Targets) -> None:
        """Connect all actions once."""
        for id, action in self._by_id.items():
            if (slot := SPECS[id].slot) is not None:
                action.triggered.connect(lambda _=False, slot=slot: slot(targets))
            if (switch := SPECS[id].switch) is not None:
                action.triggered.connect(lambda on, switch=switch: switch(targets, on))

    def update(self, state: WindowState) -> None:
        """Enable, check and name every action as the state says."""
        for id, action in self._by_id.items():
            spec = SPECS[id]
            if spec.label is not None:
                action.setText(spec.label(state))
            if spec.checked is not None:
                action.setChecked(spec.checked(state))
            action.allow(spec.blocked(state))

    def reason_for(self, keys: QKeySequence) -> str | None:
        """Return why the action of these keys is disabled; None if it is not, or if there is none."""
        actions = (action for id, action in self._by_id.items() if not SPECS[id].own_keys)
        return next((action.reason for action in actions if keys in action.shortcuts()), None)

    def tools(self) -> list[Action | None]:
        """Return the actions of the tool bar; None is a gap."""
        return [None if id is None else self[id] for id in TOOL_BAR]

    def _make(self, spec: Spec) -> Action:
        action = self._by_id[spec.id] = Action(self._parent, spec.text, spec.tip, spec.keys)
        action.setCheckable(spec.checked is not None)
        if spec.icon:
            action.setIcon(icon(spec.icon))
        if spec.group:
            group = self._groups.setdefault(spec.group, QActionGroup(self._parent))
            group.addAction(action)
        if spec.own_keys:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        if spec.keys_everywhere:
            action.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)
        return action
