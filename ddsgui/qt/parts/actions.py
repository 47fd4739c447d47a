"""The actions of the Paint a part dialog, with the keys of the main window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtWidgets import QWidget

from ddsgui.editing.session import Session
from ddsgui.editing.tools.registry import TOOLS
from ddsgui.qt.canvas.paint_commands import (
    INVERT_KEYS,
    NEW_SEED_KEYS,
    PAINT_COMMANDS,
    REDO_KEYS,
    UNDO_KEYS,
)
from ddsgui.qt.canvas.paint_settings import PaintSettings
from ddsgui.qt.canvas.shared_view import SharedView
from ddsgui.qt.widgets.action import NO_PICTURES, NO_REDO, NO_UNDO, Action
from ddsgui.qt.widgets.icons import icon

# id: text, tip, keys, icon
_TABLE: dict[str, tuple[str, str, tuple[str, ...], str]] = {
    "undo": ("Undo", "Undo the last change", UNDO_KEYS, "undo"),
    "redo": ("Redo", "Redo the change that was undone last", REDO_KEYS, "redo"),
    "invert": ("Invert mask", "Invert the mask", INVERT_KEYS, "invert"),
    "clear": ("Clear mask", "Clear the mask", (), "clear"),
    "new_seed": ("New seed", "Another random person", NEW_SEED_KEYS, "dice"),
    "train": ("Train", "Train on what is painted", ("Ctrl+Return", "Ctrl+Enter"), ""),
    "stop": ("Cancel", "Cancel the training", ("Shift+X",), ""),
}
_TOOL_BAR = (*TOOLS, None, "undo", "redo", None, "invert", "clear", None, "fit")


class PartActions:
    """`actions["undo"]` is one action."""

    def __init__(
        self,
        window: QWidget,
        brush: PaintSettings,
        view: SharedView,
        slots: Mapping[str, Callable[[], object]],
    ) -> None:
        """`slots` says what each action of the table does."""
        self._window, self._brush = window, brush
        self._by_id: dict[str, Action] = {}
        for tool in TOOLS.values():
            take = partial(self._take_tool, tool.id)
            self._add(tool.id, tool.text, tool.tip, (tool.key,), tool.icon, take).setCheckable(True)
        for command in PAINT_COMMANDS.values():
            act = partial(command.act, brush, view)
            self._add(command.id, command.text, command.tip, command.keys, command.icon, act)
        for id, (text, tip, keys, picture) in _TABLE.items():
            self._add(id, text, tip, keys, picture, slots[id])
        brush.changed.connect(self._show_tool)
        self._show_tool()

    def __getitem__(self, id: str) -> Action:
        return self._by_id[id]

    def tools(self) -> list[Action | None]:
        """Return the actions of the tool bar; None is a gap."""
        return [None if id is None else self[id] for id in _TOOL_BAR]

    def update(self, session: Session) -> None:
        """Enable the actions on the mask, or disable them with a reason."""
        self["undo"].allow(None if session.can_undo else NO_UNDO)
        self["redo"].allow(None if session.can_redo else NO_REDO)
        for id in ("invert", "clear"):
            self[id].allow(None if session.sample is not None else NO_PICTURES)

    def _add(
        self,
        id: str,
        text: str,
        tip: str,
        keys: tuple[str, ...],
        picture: str,
        slot: Callable[[], object],
    ) -> Action:
        action = self._by_id[id] = Action(self._window, text, tip, keys)
        if picture:
            action.setIcon(icon(picture))
        action.triggered.connect(lambda _=False: slot())
        self._window.addAction(action)
        return action

    def _take_tool(self, tool: str) -> None:
        self._brush.tool = tool
        self._show_tool()  # a second click on the tool must not uncheck it

    def _show_tool(self) -> None:
        for tool in TOOLS:
            self[tool].setChecked(tool == self._brush.tool)
