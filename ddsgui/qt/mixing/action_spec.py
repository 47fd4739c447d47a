"""The form of an entry in the table of actions, and the objects that actions act on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ddsgui.qt.mixing.window_state import WindowState
from ddsgui.qt.widgets.action import Keys
from ddsgui.qt.widgets.theme import Theme

if TYPE_CHECKING:
    from ddsgui.qt.canvas.panes import Panes
    from ddsgui.qt.canvas.upscaling import Upscaling
    from ddsgui.qt.compare.centre import Centre
    from ddsgui.qt.core.controller import MixController
    from ddsgui.qt.export.exports import Exports
    from ddsgui.qt.export.transfer import Transfer
    from ddsgui.qt.help.help import Help
    from ddsgui.qt.mixing.dialogs import DialogManager
    from ddsgui.qt.mixing.file_actions import FileActions
    from ddsgui.qt.mixing.pair_form import PairForm
    from ddsgui.qt.mixing.timeline import Timeline
    from ddsgui.qt.projects.part import ProjectPart


@dataclass(frozen=True)
class Targets:
    """The objects that the actions act on."""

    controller: MixController
    panes: Panes
    centre: Centre
    pair: PairForm
    project: ProjectPart
    timeline: Timeline
    files: FileActions
    exports: Exports
    transfer: Transfer
    dialogs: DialogManager
    upscaling: Upscaling
    close: Callable[[], object]
    set_theme: Callable[[Theme], object]
    help: Help


@dataclass(frozen=True)
class Spec:
    """One action. `slot` is called when it is triggered, `switch` with the new state if it can be checked."""

    id: str
    text: str
    tip: str  # without a full stop
    keys: tuple[Keys, ...] = ()
    icon: str = ""
    slot: Callable[[Targets], object] | None = None
    switch: Callable[[Targets, bool], object] | None = None
    blocked: Callable[[WindowState], str | None] = lambda s: None  # the reason, None if the action is enabled
    checked: Callable[[WindowState], bool] | None = None
    label: Callable[[WindowState], str] | None = None  # in place of `text`, where it changes
    group: str = ""  # of actions of which one is checked
    own_keys: bool = False  # the keys work only in the widget that the action is added to
    keys_everywhere: bool = False  # the keys work in the other windows, too
