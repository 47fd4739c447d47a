"""Everything that the main window has for its project: commands, messages, recent projects, the list of runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ddsgui.jobs.batch.grid import seeds_text
from ddsgui.jobs.seed_wall import WallSettings
from ddsgui.library.own_presets import PresetStore
from ddsgui.project.run import Run
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.projects.actions import ProjectActions
from ddsgui.qt.projects.controller import ProjectController
from ddsgui.qt.projects.messages import ProjectMessages
from ddsgui.qt.projects.queue_controller import QueueController
from ddsgui.qt.projects.queue_dialog import People, QueueDialog
from ddsgui.qt.projects.queue_panel import QueuePanel
from ddsgui.qt.projects.recent_menu import RecentMenu
from ddsgui.qt.projects.run_commands import RunCommands
from ddsgui.qt.projects.run_list import RunList
from ddsgui.qt.widgets.message_bar import MessageBar

CONTINUE_QUEUE = "Continue queue"
RUNS_FROM_PX = 1280  # width of the screen in widget pixels; on a narrower one the pictures need the room


class ProjectPart(QObject):
    """The project's part of the window. It builds its widgets and connects them with each other."""

    changed = Signal()  # something that actions depend on

    def __init__(
        self,
        window: QMainWindow,
        controller: MixController,
        preferences: Preferences,
        message: MessageBar,
        open_result: Callable[[Path], object],
        show_library: Callable[[], object],
        live_run: Callable[[], Run | None],
    ) -> None:
        """`open_result` opens a result's PNG or a recipe; `live_run` returns the live blend as a run."""
        super().__init__(window)
        self._preferences = preferences
        self.controller = ProjectController(controller, preferences, live_run, self)
        self.actions = ProjectActions(window, self.controller, preferences, message, open_result)
        self.messages = ProjectMessages(window, self.controller, message, show_library)
        self.recent_menu = RecentMenu(self.controller, preferences, window)
        self.runs = RunList()
        self.commands = RunCommands(controller, self.controller, self.runs, message)
        self._window, self._mixing = window, controller
        self.queue = QueueController(controller, self.controller, self)
        self.queue_panel = QueuePanel(self.queue)
        self.queue_dialog: QueueDialog | None = None
        lists = QWidget()
        column = QVBoxLayout(lists)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.queue_panel)
        column.addWidget(self.runs, stretch=1)
        self.dock = QDockWidget("Runs", window)
        self.dock.setWidget(lists)
        self.dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.dock.setTitleBarWidget(self._title_bar())
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.dock)
        has_room = window.screen().availableGeometry().width() >= RUNS_FROM_PX
        self.dock.setVisible(preferences.shows_runs and has_room)
        self.queue.failed.connect(message.show_message)
        self.queue.ended.connect(message.show_message)
        self.queue.offered.connect(
            lambda sentence: message.show_message(
                sentence, {CONTINUE_QUEUE: lambda: self.queue.set_paused(False)}
            )
        )
        for signal in (
            self.controller.changed,
            self.controller.runs_changed,
            self.runs.chosen,
            self.queue.changed,
            self.queue_panel.chosen,
        ):
            signal.connect(self.changed)
        self.dock.visibilityChanged.connect(lambda _: self.changed.emit())

    @property
    def shows_runs(self) -> bool:
        """True if the list of runs is visible."""
        return not self.dock.isHidden()

    def show_runs(self, visible: bool) -> None:
        """Show or hide the list of runs."""
        self._preferences.shows_runs = visible
        self.dock.setVisible(visible)

    def ask_queue(
        self,
        seeds: Sequence[int] = (),
        settings: WallSettings | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Ask for people, parts, presets and pairs to add to the queue.

        seeds: to begin with, of a wall with these settings; by default the people that are shown.
        """
        session, library = self._mixing.session, self._mixing.library
        people = None if settings is None else _people(seeds, settings)
        dialog = self.queue_dialog = QueueDialog(
            session,
            library.domains(),
            library.parts(),
            PresetStore().presets(),
            self.queue.both_directions,
            parent or self._window,
            people,
        )
        dialog.chosen.connect(self.queue.add)
        dialog.show()  # not exec(), so that the artist can keep working

    def act_on_queued(self, act: Callable[[str], object]) -> None:
        """Call a function with the key of the chosen entry of the queue, if there is one."""
        if (entry := self.queue_panel.current) is not None:
            act(entry.key)

    def _title_bar(self) -> QWidget:
        """Return the title of the list, and the button that hides it."""
        title = QLabel("Runs")
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        hide = QToolButton(autoRaise=True)
        hide.setText("✕")
        hide.setToolTip("Hide the list of runs; “Runs” in the View menu shows it again")
        hide.setAccessibleName("Hide the list of runs")
        hide.clicked.connect(lambda: self.show_runs(False))
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(10, 6, 4, 0)
        row.addWidget(title, stretch=1)
        row.addWidget(hide)
        return bar

    def add_to_menu(self, menu: QMenu, before: QAction, run_actions: list[QAction | None]) -> None:
        """Put the recent projects into a menu, and actions into the menu of a run."""
        menu.insertMenu(before, self.recent_menu)
        self.runs.set_actions(run_actions)

    def watch(self, *signals: SignalInstance) -> None:
        """Record the window after each of these signals, because the artist has changed something."""
        for signal in signals:
            signal.connect(lambda *_: self.controller.touch())

    def shut_down(self) -> None:
        """End all threads."""
        self.queue.shut_down()
        self.commands.shut_down()
        self.controller.shut_down()


def _people(seeds: Sequence[int], settings: WallSettings) -> People:
    """Return the people of a wall's seeds."""
    note = ""
    if settings.locked is not None:
        note = f"The {settings.locked} is {settings.locked_latent} in all of them."
    return People(seeds_text(seeds), lambda seeds: [settings.latents(seed) for seed in seeds], note)
