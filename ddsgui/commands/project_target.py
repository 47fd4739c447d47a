"""The project that --project names, to which a mix is added."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from ddsgui.errors import DdsError
from ddsgui.library.library import Library
from ddsgui.paths import output_folder
from ddsgui.project.model_use import model_uses
from ddsgui.project.project import Project
from ddsgui.project.project_file import check_suffix, read_project, write_project
from ddsgui.project.project_run import encode_run
from ddsgui.project.run import Run

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
            # Read again: another mix may have been added in the meantime.
            project = self._read().with_run(encode_run(run, files, model_uses(library, run.recipe)))
            for problem in project.problems:
                log.warning("%s", problem)
            with output_folder(self.path.parent):
                project = write_project(self.path, project)
        except DdsError as error:
            self.error = error
        else:
            for problem in project.problems:
                log.warning("%s", problem)
            self.number = project.runs[-1].summary.number

    def _read(self) -> Project:
        return read_project(self.path) if self.path.exists() else Project(self.path.stem)
