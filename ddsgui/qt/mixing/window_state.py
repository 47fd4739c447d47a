"""The state that the main window's actions depend on."""

from __future__ import annotations

from dataclasses import dataclass

from ddsgui.qt.widgets.action import (
    IN_A_RUN,
    NO_CHOSEN_RUN,
    NO_FRAME,
    NO_MASKS,
    NO_PICTURES,
    NO_RESULT,
    NO_RUN,
    NO_TWO_RUNS,
)


@dataclass(frozen=True)
class WindowState:
    """A snapshot of the window's state; the actions are derived from it."""

    pictures: bool = False  # source and target are shown
    drawing: bool = False  # other pictures are being drawn
    mismatch: str | None = None  # why these domains cannot be searched with these settings
    running: bool = False  # also while paused
    paused: bool = False
    has_result: bool = False
    frames: int = 0
    undo_label: str = ""  # completes "Undo …"; "" if there is nothing to undo
    redo_label: str = ""
    linked: bool = True  # what is painted on one mask is painted on the other too
    masks: bool = False  # at least one of them is not empty
    continues: bool = False  # a run would start from the last result
    exporting: bool = False  # an export is in progress
    has_domain: bool = False
    tool: str = "brush"
    pressure: bool = True
    shows_comparison: bool = False  # of two pictures, in place of the panes
    comparison_mode: str = "hold"
    comparing: bool = False  # the crossover with the result or, in the comparison, B with A
    upscaled: bool = False  # the view
    own_upscaler: bool = False  # another network than the built-in one is in use
    theme: str = "dark"
    revertible: bool = False  # the project's file lacks something
    shows_runs: bool = True  # the list of the project's runs
    has_chosen_run: bool = False  # in that list
    has_two_runs: bool = False  # selected in that list
    run_starred: bool = False  # the chosen one
    run_has_other: bool = False  # the chosen one has another direction
    both_directions: bool = False  # a run is followed by the one in the other direction
    queued: int = 0  # runs in the queue
    queue_paused: bool = False
    has_chosen_queued: bool = False  # in the list of the queue
    queued_failed: bool = False  # the chosen one
    frame: int | None = None  # the iteration of the frame that was chosen on the timeline
    frame_flagged: bool = False
    frame_has_latent: bool = False

    # Reasons why an action is disabled, None if it is not.

    @property
    def without_pictures(self) -> str | None:
        return None if self.pictures else NO_PICTURES

    @property
    def without_masks(self) -> str | None:
        return None if self.masks or not self.pictures else NO_MASKS

    @property
    def in_a_run(self) -> str | None:
        return IN_A_RUN if self.running else None

    @property
    def without_run(self) -> str | None:
        return None if self.running else NO_RUN

    @property
    def without_result(self) -> str | None:
        return None if self.has_result else NO_RESULT

    @property
    def without_chosen_run(self) -> str | None:
        return None if self.has_chosen_run else NO_CHOSEN_RUN

    @property
    def without_two_runs(self) -> str | None:
        return None if self.has_two_runs else NO_TWO_RUNS

    @property
    def while_drawing(self) -> str | None:
        return "The pictures are being drawn." if self.drawing else None

    @property
    def without_queue(self) -> str | None:
        return None if self.queued else "The queue is empty."

    @property
    def without_queued(self) -> str | None:
        return None if self.has_chosen_queued else "Choose a run in the queue first."

    @property
    def without_frame(self) -> str | None:
        return NO_FRAME if self.frame is None else None
