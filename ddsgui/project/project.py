"""A project: the runs that an artist made, and the state of the window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ddsgui.editing.session_state import SessionState
from ddsgui.errors import ProjectError
from ddsgui.project.archive import MAX_MODEL_BYTES, Content, EntryError, Stamp, content_bytes
from ddsgui.project.model_use import ModelUse
from ddsgui.project.project_run import ProjectRun
from ddsgui.project.stored_session import decode_session, encode_session
from ddsgui.text import alternatives


@dataclass(frozen=True, eq=False)
class Project:
    """Runs and session. A change gives a new value; contents stay in the file until they are read."""

    name: str = ""
    runs: tuple[ProjectRun, ...] = ()  # in the order of their numbers
    session_files: Mapping[str, Content] = field(default_factory=dict[str, Content])
    queue_files: Mapping[str, Content] = field(default_factory=dict[str, Content])  # of the runs that wait
    copies: Mapping[str, Content] = field(
        default_factory=dict[str, Content]
    )  # of models, by SHA-256: see jobs.copies
    starred_seeds: frozenset[int] = frozenset()  # on the seed wall
    next_number: int = 1  # of the next run; a removed run's number is not used again
    problems: tuple[str, ...] = ()  # sentences about what the file has lost
    stamp: Stamp | None = None  # of the file that it was read from; None of a new project

    def with_run(self, run: ProjectRun) -> Project:
        """Return the project with another run, which gets the next number."""
        numbered = replace(run, summary=replace(run.summary, number=self.next_number))
        return replace(self, runs=(*self.runs, numbered), next_number=self.next_number + 1)

    def with_reserved_number(self) -> Project:
        """Return the project with the next number in use, for a run that with_numbered_run() adds once it has ended."""
        return replace(self, next_number=self.next_number + 1)

    def with_numbered_run(self, run: ProjectRun) -> Project:
        """Return the project with a run that has its number already, in the place of that number."""
        runs = sorted((*self.runs, run), key=lambda run: run.summary.number)
        return replace(self, runs=tuple(runs), next_number=max(self.next_number, run.summary.number + 1))

    def with_changed_run(self, run: ProjectRun) -> Project:
        """Return the project with `run` in place of the run of its number."""
        number = run.summary.number
        self.run(number)
        return replace(self, runs=tuple(run if r.summary.number == number else r for r in self.runs))

    def without_run(self, number: int) -> Project:
        """Return the project without a run. Raises ProjectError if there is none of this number."""
        self.run(number)
        return replace(self, runs=tuple(run for run in self.runs if run.summary.number != number))

    def run(self, number: int) -> ProjectRun:
        """Return the run of a number. Raises ProjectError, which lists the numbers, if there is none."""
        for run in self.runs:
            if run.summary.number == number:
                return run
        numbers = [str(run.summary.number) for run in self.runs]
        choice = f"Choose {alternatives(numbers)}." if numbers else "The project has no runs."
        raise ProjectError(f"There is no run {number}. {choice}")

    def settled(self) -> Project:
        """Return the project with runs that the end of the program interrupted as cancelled ones."""
        runs = tuple(
            replace(run, summary=replace(run.summary, state="cancelled"))
            if run.summary.state in ("running", "paused")
            else run
            for run in self.runs
        )
        return replace(self, runs=runs)

    def with_runs_of(self, saved: Project, first: int) -> Project:
        """Return the project with runs that another program has added to its file, from the number `first` on."""
        project, known = self, [run.summary.as_made() for run in self.runs]
        for run in saved.runs:
            number = run.summary.number
            if number >= first and run.summary.as_made() not in known:
                is_free = number >= self.next_number
                project = project.with_numbered_run(run) if is_free else project.with_run(run)
        return project

    def moved(self, before: Project, written: Project) -> Project:
        """Return the project with its contents in the file that has just been written.

        before: the project that was written; written: the same as it is in the file.
        """
        old = {run.summary.number: run.contents for run in before.runs}
        new = {run.summary.number: run.contents for run in written.runs}
        runs = tuple(
            replace(run, contents=new[number])
            if (number := run.summary.number) in new and run.contents is old.get(number)
            else run
            for run in self.runs
        )
        moved = replace(self, runs=runs, stamp=written.stamp, problems=())
        if self.queue_files is before.queue_files:
            moved = replace(moved, queue_files=written.queue_files)
        return replace(moved, copies=written.copies) if self.copies is before.copies else moved

    def relinked(self, old: ProjectRun, new: ProjectRun) -> Project:
        """Return the project with the contents of `new` wherever a run has those of `old`."""
        runs = (
            replace(run, contents=new.contents) if run.contents is old.contents else run for run in self.runs
        )
        return replace(self, runs=tuple(runs))

    def with_stars(self, seeds: Iterable[int], starred: bool) -> Project:
        """Return the project with seeds starred, or without their stars."""
        changed = frozenset(seeds)
        stars = self.starred_seeds | changed if starred else self.starred_seeds - changed
        return replace(self, starred_seeds=stars)

    def with_session(
        self, state: SessionState, shown_run: int | None = None, models: Iterable[ModelUse] = ()
    ) -> Project:
        """Return the project with another state of the window.

        shown_run: the number of the run on the timeline. models: the domains and parts in use.
        """
        return replace(self, session_files=encode_session(state, shown_run, models))

    def session(self) -> tuple[SessionState | None, list[str]]:
        """Return the state of the window, None if there is none, and a sentence about each part that is lost."""
        if not self.session_files:
            return None, []
        try:
            return decode_session(self.session_files)
        except ProjectError as error:
            return None, [str(error)]

    def damage(self) -> list[str]:
        """Read all contents; return a sentence about each that is damaged or lost."""
        contents = [sentence for run in self.runs for sentence in run.damage()]
        return [*self.problems, *contents, *self.session()[1], *self._damaged_copies()]

    def _damaged_copies(self) -> list[str]:
        problems: list[str] = []
        for content in self.copies.values():
            try:
                content_bytes(content, MAX_MODEL_BYTES)
            except EntryError as error:
                problems.append(str(error))
        return problems
