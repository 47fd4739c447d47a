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
        "save_to_send",
        "Save a copy to se&nd…",
        "Save the project in another file, with copies of its domains and parts, for somebody who does not have them",
        slot=lambda t: t.project.actions.ask_send(),
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
        "compare_runs",
        "&Compare runs",
        "Compare the results of two selected runs, or of the two directions of one",
        slot=lambda t: t.project.runs.act_on_two(t.centre.compare_runs),
        blocked=lambda s: s.without_two_runs,
    ),
    Spec(
        "other_direction",
        "Show the other dire&ction",
        "Return to the run of the same pair in the other direction",
        slot=lambda t: t.project.commands.show_other(),
        blocked=lambda s: (
            s.without_chosen_run or (None if s.run_has_other else "The run has one direction only.")
        ),
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

ADD_SPECS = (
    Spec(
        "queue_run",
        "&Add to queue",
        "Add what is shown to the queue, whose runs are made while you keep working",
        ("Q",),
        icon="add",
        slot=lambda t: t.project.queue.add_present(),
        blocked=lambda s: s.without_pictures or s.while_drawing or s.mismatch,
    ),
    Spec(
        "queue_several",
        "Add se&veral to queue…",
        "Add several people, parts, presets and pairs to the queue",
        ("Shift+Q",),
        slot=lambda t: t.project.ask_queue(),
        blocked=lambda s: s.without_pictures or s.while_drawing,
    ),
    Spec(
        "both_directions",
        "&Both directions",
        "Also mix the target's part into the source after each run; the list shows both as one entry",
        switch=lambda t, on: t.project.queue.set_both_directions(on),
        checked=lambda s: s.both_directions,
    ),
)

# Those on an entry have keys that work in the list of the queue.
QUEUE_HEADS = ("pause_queue", "cancel_queue")
QUEUE_ROWS = ("queue_up", "queue_down", SEPARATOR, "queue_again", "cancel_queued")
QUEUE_SPECS = (
    Spec(
        "pause_queue",
        "&Pause queue",
        "Pause the queue, with the run that it is making",
        icon="pause",
        switch=lambda t, on: t.project.queue.set_paused(on),
        blocked=lambda s: s.without_queue,
        checked=lambda s: s.queue_paused,
        label=lambda s: "&Continue queue" if s.queue_paused else "&Pause queue",
    ),
    Spec(
        "cancel_queue",
        "Cancel &all",
        "Empty the queue; of the run that it is making, the best picture so far is kept",
        icon="clear",
        slot=lambda t: t.project.queue.cancel_all(),
        blocked=lambda s: s.without_queue,
    ),
    SEPARATOR,
    Spec(
        "queue_up",
        "Move &up",
        "Make the chosen entry of the queue earlier",
        ("Ctrl+Up",),
        slot=lambda t: t.project.act_on_queued(lambda key: t.project.queue.move(key, -1)),
        blocked=lambda s: s.without_queued,
        own_keys=True,
    ),
    Spec(
        "queue_down",
        "Move &down",
        "Make the chosen entry of the queue later",
        ("Ctrl+Down",),
        slot=lambda t: t.project.act_on_queued(lambda key: t.project.queue.move(key, 1)),
        blocked=lambda s: s.without_queued,
        own_keys=True,
    ),
    Spec(
        "queue_again",
        "&Try again",
        "Let the chosen entry, which failed, wait again",
        slot=lambda t: t.project.act_on_queued(t.project.queue.try_again),
        blocked=lambda s: s.without_queued or (None if s.queued_failed else "This run has not failed."),
    ),
    Spec(
        "cancel_queued",
        "&Cancel",
        "Take the chosen entry out of the queue; of one that is being made, the best picture so far is kept",
        (Standard.Delete,),
        slot=lambda t: t.project.act_on_queued(t.project.queue.cancel),
        blocked=lambda s: s.without_queued,
        own_keys=True,
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
