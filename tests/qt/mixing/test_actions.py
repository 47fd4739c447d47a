"""The table of actions works without a window."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ddsgui.qt.mixing.action_table import SPECS, TOOL_BAR
from ddsgui.qt.mixing.window_state import WindowState
from ddsgui.qt.widgets.action import IN_A_RUN, NO_FRAMES, NO_PICTURES, NO_RESULT, NO_RUN, NO_UNDO

READY = WindowState(pictures=True, has_domain=True)
RUNNING = replace(READY, running=True, frames=3)
DONE = replace(READY, has_result=True, frames=3, undo_label="brush stroke")


def blocked(id: str, state: WindowState) -> str | None:
    return SPECS[id].blocked(state)


@pytest.mark.parametrize(
    ("id", "state", "reason"),
    [
        ("run", WindowState(), NO_PICTURES),
        ("run", READY, None),
        ("run", replace(RUNNING, paused=True), None),
        ("run", replace(READY, mismatch="Unlike."), "Unlike."),
        ("run", replace(RUNNING, paused=True, mismatch="Unlike."), None),
        ("run_from_scratch", replace(DONE, mismatch="Unlike."), "Unlike."),
        ("run_from_scratch", READY, NO_RESULT),
        ("run_from_scratch", DONE, None),
        ("stop", READY, NO_RUN),
        ("stop", RUNNING, None),
        ("open", RUNNING, IN_A_RUN),
        ("swap", WindowState(), NO_PICTURES),
        ("export_png", READY, NO_RESULT),
        ("export_png", DONE, None),
        ("export_gif", READY, NO_FRAMES),
        ("export_gif", RUNNING, IN_A_RUN),
        ("export_gif", DONE, None),
        ("undo", READY, NO_UNDO),
        ("undo", DONE, None),
        ("library", RUNNING, None),
    ],
)
def test_an_action_is_enabled_or_says_why_not(id: str, state: WindowState, reason: str | None) -> None:
    assert blocked(id, state) == reason


def test_an_action_that_waits_for_something_says_so() -> None:
    for id, state in {
        "run": replace(READY, drawing=True),
        "export_gif": replace(DONE, exporting=True),
        "cancel_export": DONE,
        "new_domain": WindowState(),
        "paint_part": WindowState(),
        "bundled_upscaler": READY,
    }.items():
        assert blocked(id, state)
    assert blocked("run", RUNNING)
    assert blocked("cancel_export", replace(DONE, exporting=True)) is None


def test_undo_and_redo_name_their_step() -> None:
    undo, redo = SPECS["undo"].label, SPECS["redo"].label
    assert undo is not None and redo is not None
    assert undo(DONE).replace("&", "") == "Undo brush stroke"
    assert redo(DONE).replace("&", "") == "Redo"


def test_one_tool_and_one_theme_are_checked() -> None:
    for group in ("tools", "themes"):
        specs = [spec for spec in SPECS.values() if spec.group == group]
        assert len([spec for spec in specs if spec.checked and spec.checked(READY)]) == 1


def test_the_tool_bar_names_actions_of_the_table() -> None:
    assert {id for id in TOOL_BAR if id is not None} <= SPECS.keys()


def test_every_action_does_something() -> None:
    for spec in SPECS.values():
        assert (spec.slot is None) != (spec.switch is None), spec.id
        assert (spec.switch is None) == (spec.checked is None), spec.id
