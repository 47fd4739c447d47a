"""The actions on the window's project, its runs and their frames."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence

from ddsgui.qt.mixing.action_spec import Spec
from ddsgui.qt.widgets.action import NO_LATENT

SEPARATOR = None
Standard = QKeySequence.StandardKey

PROJECT_SPECS = (
    Spec(
        "new_project",
        "&New project",
        "Begin an empty project; the present one stays on the disk",
        (Standard.New,),
        slot=lambda t: t.project.actions.new(),
        blocked=lambda s: s.in_a_run,
    ),
    Spec(
        "open",
        "&Open…",
        "Open a project, a result's PNG or a recipe and continue from there",
        (Standard.Open,),
        icon="open",
        slot=lambda t: t.project.actions.ask_open(),
        blocked=lambda s: s.in_a_run,
    ),
    Spec(
        "save",
        "&Save",
        "Save the project with its masks, settings and runs",
        (Standard.Save,),
        icon="save",
        slot=lambda t: t.project.actions.save(),
    ),
    Spec(
        "save_as",
        "Save &as…",
        "Save the project in another file and continue there",
        ("Ctrl+Shift+S",),
        slot=lambda t: t.project.actions.ask_save_as(),
    ),
    Spec(
        "save_copy",
        "Save a &copy…",
        "Save the project in another file, too",
        slot=lambda t: t.project.actions.ask_copy(),
    ),
    Spec(
        "revert",
        "&Revert",
        "Return to the project as it was saved last",
        slot=lambda t: t.project.actions.revert(),
        blocked=lambda s: s.in_a_run or (None if s.revertible else "There is nothing to revert."),
    ),
)

# Their keys work in the list of runs.
RUN_SPECS = (
    Spec(
        "star_run",
        "&Star",
        "Star the run, to find it again",
        ("*",),
        switch=lambda t, on: t.project.commands.star(on),
        checked=lambda s: s.run_starred,
        blocked=lambda s: s.without_chosen_run,
        own_keys=True,
    ),
    Spec(
        "rename_run",
        "&Rename",
        "Give the run a name",
        ("F2",),
        slot=lambda t: t.project.commands.rename_chosen(),
        blocked=lambda s: s.without_chosen_run,
        own_keys=True,
    ),
    Spec(
        "duplicate_run",
        "&Duplicate",
        "Add a copy of the run",
        ("Ctrl+D",),
        slot=lambda t: t.project.commands.duplicate(),
        blocked=lambda s: s.without_chosen_run,
        own_keys=True,
    ),
    Spec(
        "delete_run",
        "D&elete",
        "Delete the run; Undo in the message restores it",
        (Standard.Delete,),
        icon="clear",
        slot=lambda t: t.project.commands.delete(),
        blocked=lambda s: s.without_chosen_run,
        own_keys=True,
    ),
)

FRAME_SPECS = (
    Spec(
        "run_again",
        "Run with the &settings of the chosen run",
        "Run again with the settings of the chosen run, on the people and masks that are shown",
        slot=lambda t: t.project.commands.run_again(),
        blocked=lambda s: s.in_a_run or s.without_pictures or s.without_chosen_run,
    ),
    SEPARATOR,
    Spec(
        "flag_frame",
        "&Flag frame",
        "Flag the frame that is shown, so that the project always keeps it",
        ("F",),
        icon="flag",
        switch=lambda t, on: t.timeline.act_on_frame(lambda frame: t.project.commands.flag(frame, on)),
        checked=lambda s: s.frame_flagged,
        blocked=lambda s: s.without_frame,
    ),
    Spec(
        "fork_frame",
        "F&ork from frame",
        "Start a run that continues from the frame that is shown, with the present masks and weights",
        ("Shift+F",),
        icon="fork",
        slot=lambda t: t.timeline.act_on_frame(t.project.commands.fork),
        blocked=lambda s: (
            s.in_a_run or s.without_frame or (None if s.frame_has_latent else NO_LATENT) or s.mismatch
        ),
    ),
)

RUNS_VISIBLE = Spec(
    "show_runs",
    "&Runs",
    "Show the list of the project's runs",
    ("F7",),
    switch=lambda t, on: t.project.show_runs(on),
    checked=lambda s: s.shows_runs,
)
