"""The menu of projects that were open before, and of those that were never saved."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from PySide6.QtWidgets import QMenu, QWidget

from ddsgui.project.journal_folder import JournalEntry
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.projects.controller import ProjectController

MAX_UNSAVED = 10


class RecentMenu(QMenu):
    """Filled each time it is shown."""

    def __init__(self, projects: ProjectController, preferences: Preferences, parent: QWidget) -> None:
        super().__init__("Open &recent", parent)
        self._projects, self._preferences = projects, preferences
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        """List the projects, the newest first."""
        self.clear()
        for path in self._preferences.recent_projects:
            action = self.addAction(path.stem, partial(self._projects.open, path))
            action.setToolTip(str(path))
            action.setEnabled(path != self._projects.path)
        if not self.isEmpty() and self._projects.unsaved_work:
            self.addSeparator()
        for entry in self._projects.unsaved_work[:MAX_UNSAVED]:
            action = self.addAction(unsaved_title(entry), partial(self._projects.open_unsaved, entry))
            action.setToolTip("A project that was never saved")
        if self.isEmpty():
            self.addAction("No projects yet").setEnabled(False)


def unsaved_title(entry: JournalEntry) -> str:
    """Return what a project without a file is called: by the time of its last change."""
    return f"Untitled, {datetime.fromtimestamp(entry.changed):%d.%m.%Y %H:%M}"
