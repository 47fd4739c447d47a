"""The commands on the runs of a project: return to one, rename, star, duplicate, delete, run again, flag, fork."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal

from ddsgui.editing.recipe import Recipe
from ddsgui.editing.session_state import Role
from ddsgui.errors import DdsError
from ddsgui.project.frames import Frame
from ddsgui.project.project_run import ProjectRun
from ddsgui.project.run import Run
from ddsgui.qt.core.controller import MixController, OpenedResult
from ddsgui.qt.core.io_threads import IoThreads
from ddsgui.qt.projects.controller import ProjectController
from ddsgui.qt.projects.run_list import RunList
from ddsgui.qt.widgets.action import IN_A_RUN
from ddsgui.qt.widgets.message_bar import MessageBar
from ddsgui.synthesis.settings import OptimizerSettings
from ddsgui.text import listing

UNDO = "Undo"


class RunCommands(QObject):
    """Changes the project's runs, and puts them on the timeline. `list` shows them."""

    settings_changed = Signal()  # of the session, to those of a run

    def __init__(
        self, controller: MixController, projects: ProjectController, runs: RunList, message: MessageBar
    ) -> None:
        super().__init__(runs)
        self._controller, self._projects, self._list, self._message = controller, projects, runs, message
        self._threads = IoThreads(self)
        self._wanted: int | None = None  # the run that is being read
        runs.run_wanted.connect(self.return_to)
        runs.renamed.connect(self.rename)
        projects.runs_changed.connect(self._show_runs)
        projects.opened.connect(lambda _: runs.model.forget_thumbnails())
        projects.opened.connect(lambda _: self._show_runs())
        projects.opened.connect(lambda opened: self._read_frames(opened.run))
        controller.run_shown.connect(self._show_choice)
        controller.run_changed.connect(self._show_choice)

    def shut_down(self) -> None:
        """End all threads."""
        self._threads.shut_down()
        self._list.model.shut_down()

    # ---- the chosen run

    def return_to(self, number: int) -> None:
        """Restore the people, masks and settings of a run, and show its frames."""
        if self._controller.running:
            self._message.show_message(IN_A_RUN)
            return
        stored, self._wanted = self._projects.project.run(number), number
        present = self._controller.run
        if present is not None and present.number == number:
            self._take(present)  # with its frames in memory
            return

        def job() -> Generator[None, None, tuple[Run, list[str]]]:
            yield
            return stored.open_result()

        def take(outcome: tuple[Run, list[str]]) -> None:
            run, problems = outcome
            if self._wanted == number and not self._controller.running:
                self._take(run)
                self._read_frames(run)
            if problems:
                self._message.show_message(" ".join(problems))

        task = self._threads.submit(job)
        task.returned.connect(take)
        task.failed.connect(self._message.show_message)

    def rename(self, number: int, name: str) -> None:
        """Give a run another name; "" removes it."""
        self._change(number, partial(ProjectRun.renamed, name=name))

    def rename_chosen(self) -> None:
        """Let the artist type a name."""
        self._list.rename_current()

    def star(self, starred: bool) -> None:
        """Star the selected runs, or remove their stars."""
        for row in self._list.selected_rows:
            self._change(row.number, partial(ProjectRun.starred, starred=starred))

    def duplicate(self) -> None:
        """Add a copy of the chosen run."""
        if (row := self._list.current_row) is not None:
            number, project = self._projects.project.next_number, self._projects.project
            project = project.with_run(row.run.renamed(f"{row.title} copy"))
            if row.other is not None:
                project = project.with_run(row.other.reversing(number))
            self._projects.set_project(project)
            self._list.choose(number)

    def delete(self) -> None:
        """Delete the selected runs; the message offers to undo it."""
        if not (rows := self._list.selected_rows):
            return
        runs, project = tuple(run for row in rows for run in row.runs), self._projects.project
        for run in runs:
            project = project.without_run(run.summary.number)
        self._projects.deleted.append(runs)
        self._projects.set_project(project)
        titles = listing([row.title for row in rows])
        self._message.show_message(f"Deleted {titles}.", {UNDO: self.undo_delete})

    def undo_delete(self) -> None:
        """Restore the run that was deleted last, also after the project was saved without it."""
        if self._projects.deleted:
            runs, project = self._projects.deleted.pop(), self._projects.project
            for run in runs:
                project = project.with_numbered_run(run)
            self._projects.set_project(project)
            self._list.choose(runs[0].summary.number)
        else:
            self._message.show_message("The deleted run can no longer be restored.")

    def show_other(self) -> None:
        """Return to the other direction of the chosen entry: to the first if the second is on the timeline."""
        row, run = self._list.current_row, self._controller.run
        if row is not None and row.other is not None:
            first, second = row.numbers
            self.return_to(first if run is not None and run.number == second else second)

    def run_again(self) -> None:
        """Run with the settings of the chosen run on the people and masks that are shown."""
        if (run := self._list.current) is None or self._controller.running:
            return
        try:
            self._use_settings(run.recipe())
        except DdsError as error:
            self._message.show_message(str(error))
            return
        self.settings_changed.emit()
        self._controller.start_run(from_scratch=True)

    # ---- frames of the run on the timeline

    def flag(self, iteration: int, flagged: bool) -> None:
        """Flag a frame of the run on the timeline, or remove its flag. A flagged frame is always kept."""
        if (run := self._controller.run) is None:
            return
        (run.flags.add if flagged else run.flags.discard)(iteration)
        if any(stored.summary.number == run.number for stored in self._projects.project.runs):
            assert run.number is not None
            self._change(run.number, partial(ProjectRun.flagged, iteration=iteration, flagged=flagged))
        else:
            self._projects.touch()

    def fork(self, iteration: int) -> None:
        """Start a run that continues the run on the timeline from one of its frames."""
        if (run := self._controller.run) is not None:
            self._controller.fork(run, iteration)

    # ---- internals

    def _change(self, number: int, change: Callable[[ProjectRun], ProjectRun]) -> None:
        project = self._projects.project
        self._projects.set_project(project.with_changed_run(change(project.run(number))))

    def _show_runs(self) -> None:
        self._list.show_runs(self._projects.project.runs)
        self._show_choice()

    def _show_choice(self) -> None:
        """Choose the run on the timeline, once it is in the list."""
        run = self._controller.run
        if run is not None and run.number is not None:
            self._list.choose(run.number)

    def _take(self, run: Run) -> None:
        """Restore what a run was made with: on the pictures that are shown if they are the same, else on new ones."""
        controller, session, recipe = self._controller, self._controller.session, run.recipe
        if not self._has_pictures_of(recipe):
            try:
                controller.open_result(OpenedResult(recipe, run=run))
            except DdsError as error:
                self._message.show_message(str(error))
            return
        try:
            masks = recipe.mask_arrays()
            square = session.square
            if masks is None and square is not None:
                masks = square.source_mask, square.target_mask
            if masks is not None:
                both: dict[Role, np.ndarray] = {"source": masks[0], "target": masks[1]}
                session.set_masks(both, f"masks of run {run.number}")
            self._use_settings(recipe)
        except DdsError as error:
            self._message.show_message(str(error))
            return
        controller.show_run(run, is_current=True)
        controller.pictures_changed.emit()

    def _read_frames(self, run: Run | None) -> None:
        """Read the frames of a run that was opened without them, and show them once they are there."""
        stored = next(
            (r for r in self._projects.project.runs if run and r.summary.number == run.number), None
        )
        if run is None or stored is None:
            return

        def job() -> Generator[None, None, tuple[list[Frame], list[str]]]:
            yield
            return stored.frames()

        def take(outcome: tuple[list[Frame], list[str]]) -> None:
            frames, problems = outcome
            if not len(run.frames):
                for frame in frames:
                    run.frames.add(frame)
            if self._controller.run is run:
                self._controller.run_shown.emit()
            if problems:
                self._message.show_message(" ".join(problems))

        task = self._threads.submit(job)
        task.returned.connect(take)
        task.failed.connect(self._message.show_message)

    def _has_pictures_of(self, recipe: Recipe) -> bool:
        session, square = self._controller.session, self._controller.session.square
        return square is not None and (
            (recipe.source, recipe.target, recipe.part, recipe.target_part)
            == (session.source_domain, session.target_domain, session.part, session.target_part)
            and (recipe.latent, recipe.target_latent) == (square.latent, square.target_latent)
            and recipe.settings.get("truncation") == square.truncation
        )

    def _use_settings(self, recipe: Recipe) -> None:
        """Use the settings of a recipe for the next run, on the people that are shown. Raises OptimizerError."""
        session = self._controller.session
        settings = OptimizerSettings.from_dict(recipe.settings)
        session.settings = replace(settings, truncation=session.settings.truncation)
        session.take_blends(settings.live)
