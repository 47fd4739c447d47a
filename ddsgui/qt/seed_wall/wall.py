"""The window of the seed wall: source, target and live blend of many seeds at once."""

from __future__ import annotations

import random
from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout

from ddsgui.editing.session_state import Role
from ddsgui.jobs.pairs import PairRequest
from ddsgui.jobs.seed_wall import MAX_SEEDS, WallPicture, WallSettings
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.projects.controller import ProjectController
from ddsgui.qt.seed_wall.actions import WallActions
from ddsgui.qt.seed_wall.controls import WallControls
from ddsgui.qt.seed_wall.filling import WallFilling
from ddsgui.qt.seed_wall.model import WallModel
from ddsgui.qt.seed_wall.options import WallOptions
from ddsgui.qt.seed_wall.view import WallView
from ddsgui.qt.widgets.action_button import ActionButton
from ddsgui.qt.widgets.context_menu import show_context_menu
from ddsgui.qt.widgets.message_bar import MessageBar
from ddsgui.qt.widgets.screen import OnScreen
from ddsgui.qt.widgets.seed_box import RANDOM_SEEDS
from ddsgui.text import plural

PREFERENCES = "seed wall"
OUTDATED = "The settings of the window have changed since these pictures were drawn."
NO_PART = "no part is chosen, so each result is its target"
REFRESH, TRY_AGAIN = "Refresh", "Try again"


class SeedWall(QDialog):
    """A window of its own, so that seeds can be dragged onto the main one. It draws only while it is open."""

    pair_wanted = Signal(object, object)  # the latents of source and target; None: both from the first
    face_wanted = Signal(str, object)  # the Role, and the seed that it is to be drawn from
    queue_wanted = Signal(object, object)  # list of seeds, and their WallSettings

    def __init__(
        self, controller: MixController, projects: ProjectController, preferences: Preferences
    ) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setWindowTitle("Seed wall")
        self._controller, self._projects, self._preferences = controller, projects, preferences
        self._settings: WallSettings | None = None  # of the pictures that are shown
        self._reported: WallSettings | None = None  # of the window, when they were compared last
        self._locked_pair = PairRequest()  # that was in the window when a side was locked
        self.model = WallModel(self)
        self.view = WallView(self.model, self)
        self.wall_actions = WallActions(self, self.view)
        options = WallOptions.from_dict(preferences.document(PREFERENCES))
        self.controls = WallControls(options, self.wall_actions["others"])
        self.filling = WallFilling(controller, self)
        self.message = MessageBar()
        self.status = QLabel()
        self._lay_out()
        self._connect()
        self.view.show_options(options)
        self._show_stars()
        self._update()
        OnScreen(self)

    def begin(self) -> None:
        """Show the window and draw what is missing."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        self.view.setFocus()
        if self._settings == self.present_settings:
            self._fill()
        else:
            self.refresh()

    @property
    def present_settings(self) -> WallSettings:
        """The settings of the window, with the side that is locked here."""
        locked, pair = self.controls.locked, self._controller.request
        if locked is not None:
            then = self._locked_pair
            pair = replace(pair, latent=then.latent, target_latent=then.target_latent)
        return WallSettings.of(pair, self._controller.session.blends, locked)

    @property
    def is_outdated(self) -> bool:
        """True if the pictures were drawn with other settings than those of the window."""
        return self._settings is not None and self._settings != self.present_settings

    def follow(self) -> None:
        """Compare the settings of the window with those of the pictures."""
        if not self.isVisible() or self._settings is None:
            return
        present = self.present_settings
        if present != self._settings and present != self._reported:
            self.filling.stop()
            self.message.show_message(OUTDATED, {REFRESH: self.refresh})
        elif present == self._settings and self._reported != present:
            self._fill()
        self._reported = present

    def refresh(self) -> None:
        """Draw all seeds again with the present settings, those that are visible first."""
        self._settings = self._reported = self.present_settings
        self.controls.show_locked(self._settings.locked, self._settings.locked_latent)
        self.filling.stop()
        self.model.clear_pictures()
        self._show_seeds()
        self._fill()

    # ---- building

    def _lay_out(self) -> None:
        actions = self.wall_actions
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.status, stretch=1)
        for id in ("star", "queue", "use"):
            button = ActionButton(actions[id])
            button.setAutoDefault(False)
            below.addWidget(button)
        self.status.setMinimumWidth(1)  # a narrow window cuts it off rather than growing
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self.controls)
        column.addWidget(self.message)
        column.addWidget(self.view, stretch=1)
        column.addLayout(below)
        self.setMinimumSize(740, 360)
        self.resize(1010, 720)

    def _connect(self) -> None:
        controller, actions, view = self._controller, self.wall_actions, self.view
        self.controls.changed.connect(self._take_options)
        self.controls.lock_changed.connect(self._take_lock)
        self.filling.drawn.connect(self._take_pictures)
        self.filling.changed.connect(self._show_status)
        self.filling.failed.connect(
            lambda sentence: self.message.show_message(sentence, {TRY_AGAIN: self.refresh})
        )
        view.chosen.connect(self._update)
        view.star_clicked.connect(lambda seed: self._star([seed]))
        side = self.controls.side
        view.resize_wanted.connect(lambda notches: side.setValue(side.value() + notches * side.pageStep()))
        view.doubleClicked.connect(lambda _: actions["use"].trigger())
        view.customContextMenuRequested.connect(self._show_menu)
        actions["use"].triggered.connect(lambda: self._use())
        actions["source"].triggered.connect(lambda: self._use_face("source"))
        actions["target"].triggered.connect(lambda: self._use_face("target"))
        actions["star"].triggered.connect(lambda: self._star(self.chosen))
        actions["queue"].triggered.connect(lambda: self.queue_wanted.emit(self.chosen, self._settings))
        actions["others"].triggered.connect(lambda: self.controls.show_first(random.randrange(RANDOM_SEEDS)))
        actions["refresh"].triggered.connect(self.refresh)
        controller.pictures_changed.connect(self.follow)
        controller.run_changed.connect(self._update)
        self._projects.runs_changed.connect(self._show_stars)
        self._projects.opened.connect(lambda _: self._show_other_stars())

    # ---- seeds and pictures

    @property
    def chosen(self) -> list[int]:
        """The chosen seeds in the order of the wall; else the one with the focus."""
        items, current = self.view.chosen_items, self.view.current
        return [item.seed for item in items or ([] if current is None else [current])]

    @property
    def _starred(self) -> frozenset[int]:
        return self._projects.project.starred_seeds

    def _take_options(self) -> None:
        options = self.controls.options
        self._preferences.save_document(PREFERENCES, options.as_dict())
        self.view.show_options(options)
        if self._show_seeds():
            self._fill()

    def _take_lock(self) -> None:
        self._locked_pair = self._controller.request
        self.refresh()

    def _show_seeds(self) -> bool:
        """Show the seeds that are chosen, without the pictures that are missing; return whether they are others."""
        before, starred = set(self.model.seeds), self.controls.only_starred.isChecked()
        self.model.set_seeds(sorted(self._starred)[:MAX_SEEDS] if starred else self.controls.options.seeds)
        return set(self.model.seeds) != before

    def _fill(self) -> None:
        """Draw the seeds that have no pictures yet."""
        if self._settings is None or self.is_outdated or not self.isVisible():
            return
        self.message.hide()
        self.filling.begin(self._settings, self.model.missing(self.view.seeds_from_visible()))
        self._update()

    def _take_pictures(self, pictures: tuple[WallPicture, ...]) -> None:
        self.model.set_pictures(pictures)

    # ---- the chosen seeds

    def _use(self) -> None:
        if self._settings is not None and (item := self.view.current) is not None:
            self.pair_wanted.emit(*self._settings.latents(item.seed))

    def _use_face(self, role: Role) -> None:
        if (item := self.view.current) is not None:
            self.face_wanted.emit(role, item.seed)

    def _star(self, seeds: list[int]) -> None:
        """Star seeds, or remove their stars if all have one."""
        project = self._projects.project
        self._projects.set_project(project.with_stars(seeds, not self._starred.issuperset(seeds)))

    def _show_stars(self) -> None:
        self.model.set_starred(self._starred)
        self._update()

    def _show_other_stars(self) -> None:
        """Show the stars of a project that was opened."""
        self._show_stars()
        if self.controls.only_starred.isChecked() and self._show_seeds():
            self._fill()

    # ---- state

    def _update(self) -> None:
        chosen = self.chosen
        self.wall_actions.update(
            has_seed=bool(chosen),
            is_starred=bool(chosen) and self._starred.issuperset(chosen),
            is_running=self._controller.running,
        )
        self._show_status()

    def _show_status(self) -> None:
        count = len(self.view.selectedIndexes())
        words = [self.filling.text or plural(len(self.model.seeds), "seed")]
        if count > 1:
            words.append(f"{count} chosen")
        if self._settings is not None and not self._settings.has_part:
            words.append(NO_PART)
        self.status.setText("   ·   ".join(words))

    def _show_menu(self, at: QPoint) -> None:
        if self.view.indexAt(at).isValid():
            show_context_menu(self.view, self.wall_actions.of_seed, at)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.filling.stop()
        super().closeEvent(event)
