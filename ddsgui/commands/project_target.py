"""The project that --project names, to which a mix is added."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from ddsgui.errors import DdsError
from ddsgui.library.library import Library
from ddsgui.paths import output_folder
from ddsgui.project.archive import ArchiveChangedError
from ddsgui.project.model_use import model_uses
from ddsgui.project.project import Project
from ddsgui.project.project_file import check_suffix, read_project, write_project
from ddsgui.project.project_run import ProjectRun
from ddsgui.project.run import Run
from ddsgui.project.run_encoding import encode_run

MAX_ATTEMPTS = 100  # to add a run while other mixes are added to the same project

log = logging.getLogger(__name__)


class ProjectTarget:
    """A project file that exists or will be made. Raises ProjectError if its name does not end in .ddsgui."""

    def __init__(self, path: Path) -> None:
        check_suffix(path)
        self.path = path
        self.number: int | None = None  # of the added run
        self.error: DdsError | None = None  # why the run could not be added

    def check(self) -> None:
        """Log what is wrong with the project before long work, which goes ahead in any case."""
        try:
            self._read()
        except DdsError as error:
            log.warning("%s The mix will not be added to it.", error)

    def add(self, run: Run, files: Mapping[str, bytes], library: Library) -> None:
        """Add a run that has ended, with the files of its mix.

        On an error, `error` is set and the project stays as it was. What the project has lost is logged, and the
        damaged file is kept under another name.
        """
        try:
            encoded = encode_run(run, files, model_uses(library, run.recipe))
            with output_folder(self.path.parent):
                self.number = self._append(encoded)
        except DdsError as error:
            self.error = error

    def _append(self, run: ProjectRun) -> int:
        """Add a run to the project as it is on the disk now, and return its number."""
        for attempt in range(MAX_ATTEMPTS):
            project = self._read()
            try:
                written = write_project(self.path, project.with_run(run), update=True)
            except ArchiveChangedError:  # another mix was added in the meantime
                if attempt == MAX_ATTEMPTS - 1:
                    raise
                continue
            for problem in (*project.problems, *written.problems):
                log.warning("%s", problem)
            return project.next_number
        raise AssertionError

    def _read(self) -> Project:
        return read_project(self.path) if self.path.exists() else Project(self.path.stem)
