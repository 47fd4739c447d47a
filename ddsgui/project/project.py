"""A project: the runs that an artist made, and the state of the window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ddsgui.editing.session_state import SessionState
from ddsgui.errors import ProjectError
from ddsgui.project.archive import Content, Stamp
from ddsgui.project.project_run import ProjectRun
from ddsgui.project.stored_session import decode_session, encode_session
from ddsgui.text import alternatives


@dataclass(frozen=True, eq=False)
class Project:
    """Runs and session. A change gives a new value; contents stay in the file until they are read."""

    name: str = ""
    runs: tuple[ProjectRun, ...] = ()  # in the order of their numbers
    session_files: Mapping[str, Content] = field(default_factory=dict[str, Content])
    next_number: int = 1  # of the next run; a removed run's number is not used again
    problems: tuple[str, ...] = ()  # sentences about what the file has lost
    stamp: Stamp | None = None  # of the file that it was read from; None of a new project

    def with_run(self, run: ProjectRun) -> Project:
        """Return the project with another run, which gets the next number."""
        numbered = replace(run, summary=replace(run.summary, number=self.next_number))
        return replace(self, runs=(*self.runs, numbered), next_number=self.next_number + 1)

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

    def with_session(self, state: SessionState) -> Project:
        """Return the project with another state of the window."""
        return replace(self, session_files=encode_session(state))

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
        return [*self.problems, *contents, *self.session()[1]]
