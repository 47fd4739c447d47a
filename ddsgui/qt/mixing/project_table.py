"""The actions on the window's project."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence

from ddsgui.qt.mixing.action_spec import Spec

Standard = QKeySequence.StandardKey

PROJECT_SPECS = (
    Spec(
        "new_project",
        "&New project",
        "Begin an empty project; the present one stays on the disk",
        (Standard.New,),
        slot=lambda t: t.projects.new(),
        blocked=lambda s: s.in_a_run,
    ),
    Spec(
        "open",
        "&Open…",
        "Open a project, a result's PNG or a recipe and continue from there",
        (Standard.Open,),
        icon="open",
        slot=lambda t: t.projects.ask_open(),
        blocked=lambda s: s.in_a_run,
    ),
    Spec(
        "save",
        "&Save",
        "Save the project with its masks, settings and runs",
        (Standard.Save,),
        icon="save",
        slot=lambda t: t.projects.save(),
    ),
    Spec(
        "save_as",
        "Save &as…",
        "Save the project in another file and continue there",
        ("Ctrl+Shift+S",),
        slot=lambda t: t.projects.ask_save_as(),
    ),
    Spec(
        "save_copy",
        "Save a &copy…",
        "Save the project in another file, too",
        slot=lambda t: t.projects.ask_copy(),
    ),
    Spec(
        "revert",
        "&Revert",
        "Return to the project as it was saved last",
        slot=lambda t: t.projects.revert(),
        blocked=lambda s: s.in_a_run or (None if s.revertible else "There is nothing to revert."),
    ),
)
