"""The actions of the seed wall."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from ddsgui.qt.seed_wall.view import WallView
from ddsgui.qt.widgets.action import IN_A_RUN, Action
from ddsgui.qt.widgets.icons import icon

NO_SEED = "Choose a seed first."


class WallKey(NamedTuple):
    """An action of the wall with its keys."""

    text: str
    tip: str
    keys: tuple[str, ...]
    icon: str = ""


WALL_KEYS = {
    "use": WallKey("Use in the window", "Show this pair in the window", ("Return", "Enter"), "pictures"),
    "source": WallKey("Use as source", "Draw the source from this seed; the target stays", ("S",)),
    "target": WallKey("Use as target", "Draw the target from this seed; the source stays", ("T",)),
    "star": WallKey("Star", "Star the chosen seeds, or remove their stars; the project keeps them", ("*",)),
    "queue": WallKey("Add to queue…", "Add the chosen seeds to the queue", ("Q",), "add"),
    "others": WallKey("Other seeds", "Show other random seeds", ("N",), "dice"),
    "refresh": WallKey("Refresh", "Draw all seeds again, with the settings of the window", ("F5",)),
}
OF_SEED = ("use", "source", "target", None, "star", "queue")  # the menu of a seed


class WallActions:
    """All actions of the wall, which connects them. Those on a seed have keys that work in the view."""

    def __init__(self, window: QWidget, view: WallView) -> None:
        self._actions = {id: _action(window, key) for id, key in WALL_KEYS.items()}
        for action in self._actions.values():
            view.addAction(action)

    def __getitem__(self, id: str) -> Action:
        return self._actions[id]

    @property
    def of_seed(self) -> list[Action | None]:
        """The actions on the chosen seeds; None is a separator."""
        return [None if id is None else self[id] for id in OF_SEED]

    def update(self, *, has_seed: bool, is_starred: bool, is_running: bool) -> None:
        """Enable each action, or disable it with a reason. is_starred: all chosen seeds."""
        no_seed = None if has_seed else NO_SEED
        for id in ("use", "source", "target"):
            self[id].allow(no_seed or (IN_A_RUN if is_running else None))
        for id in ("star", "queue"):
            self[id].allow(no_seed)
        self["star"].setText("Remove star" if is_starred else WALL_KEYS["star"].text)


def _action(window: QWidget, key: WallKey) -> Action:
    action = Action(window, key.text, key.tip, key.keys)
    action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    if key.icon:
        action.setIcon(icon(key.icon))
    return action
