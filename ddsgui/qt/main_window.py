"""The main window: lays out its widgets and shows the controller's reports in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast, get_args

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QSplitter, QVBoxLayout, QWidget

from ddsgui.editing.session_state import Role
from ddsgui.errors import DdsError
from ddsgui.jobs.mix import Machine
from ddsgui.library.partners import find_partner
from ddsgui.project.frames import BLEND
from ddsgui.project.run import BLEND_CAPTION, Run
from ddsgui.qt.canvas.paint_settings import MAX_RADIUS, MIN_RADIUS
from ddsgui.qt.canvas.panes import Panes
from ddsgui.qt.canvas.tool_bar import ToolBar
from ddsgui.qt.canvas.upscaling import Upscaling
from ddsgui.qt.compare.centre import Centre
from ddsgui.qt.compare.stage import Mode
from ddsgui.qt.core.controller import MixController, OpenedResult
from ddsgui.qt.core.forecasts import Forecasts
from ddsgui.qt.core.live import LiveController
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.export.exports import Exports
from ddsgui.qt.export.transfer import Transfer
from ddsgui.qt.help.help import Help
from ddsgui.qt.mixing.action_spec import Targets
from ddsgui.qt.mixing.actions import Actions
from ddsgui.qt.mixing.dialogs import DialogManager
from ddsgui.qt.mixing.drops import Drops
from ddsgui.qt.mixing.file_actions import FileActions
from ddsgui.qt.mixing.inspector import Inspector
from ddsgui.qt.mixing.project_table import QUEUE_HEADS, QUEUE_ROWS, RUN_SPECS
from ddsgui.qt.mixing.seeds import SeedBar
from ddsgui.qt.mixing.status_bar import StatusBar
from ddsgui.qt.mixing.timeline import Timeline
from ddsgui.qt.mixing.window_state import WindowState
from ddsgui.qt.projects.part import ProjectPart
from ddsgui.qt.seed_wall.drop import SeedDrop
from ddsgui.qt.widgets.hold_key import HoldKey
from ddsgui.qt.widgets.message_area import MessageArea
from ddsgui.qt.widgets.message_bar import MessageBar
from ddsgui.qt.widgets.screen import OnScreen
from ddsgui.qt.widgets.theme import Theme, apply_theme
from ddsgui.rect import Rect
from ddsgui.synthesis.blend_settings import BlendSettings
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.settings import OptimizerSettings, OptimizerStep

REASON_MS = 4000  # for which the status bar says why a key does nothing
FORECAST_TIP = "Time and memory, from the runs that this computer has finished"


class MainWindow(QMainWindow):
    """Tools on the left, pictures in the middle, settings on the right, the run below."""

    first_painted = Signal()

    def __init__(self, controller: MixController, preferences: Preferences) -> None:
        super().__init__()
        self.controller, self._preferences = controller, preferences
        self._painted = self._may_close = self._shows_live = False
        self.mix_actions = Actions(self, self.menuBar())
        self.panes = Panes(controller.session)
        self.live = LiveController(controller, self.panes)
        self.forecasts = Forecasts(controller)
        self.upscaling = Upscaling(controller, self.panes, preferences)
        self.inspector = Inspector(controller.library, self.mix_actions)
        self.timeline = Timeline()
        self.seeds = SeedBar(self.mix_actions["seed_wall"])
        self.message = MessageBar()
        self.status = StatusBar(self.mix_actions["cancel_export"])
        self.exports = Exports(controller, self.upscaling, lambda: self.result_run, lambda: self.live.image)
        self.files = FileActions(
            self, controller, preferences, self.upscaling, lambda: self.result_run, self.exports
        )
        self.transfer = Transfer(
            controller,
            self.exports,
            self.files.open,
            lambda: self.files.suggested_name,
            lambda: self.panes.painted_last,
        )
        self.dialogs = DialogManager(
            self,
            controller,
            preferences,
            self.panes.paint_settings,
            self.inspector.pair,
            self.message,
            self.exports,
        )
        self.project = ProjectPart(
            self,
            controller,
            preferences,
            self.message,
            self.files.open,
            self.dialogs.show_library,
            self.live.as_run,
        )
        self.centre = Centre(controller, self.panes, self.live, self.project.controller, preferences)
        self.drops = Drops(
            self, controller, self.dialogs, self.transfer, self.project.actions.open, self.upscaling.use
        )
        self.seed_drop = SeedDrop(self, {"source": self.panes.source, "target": self.panes.target})
        self.help = Help(self, preferences, self.mix_actions.by_menu)
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._outdated = QTimer(self, singleShot=True, interval=0)  # combines many changes into one update
        self._outdated.timeout.connect(self._update_actions)
        self._lay_out()
        self._bind_actions()
        self._connect()
        self._restore()
        self._update_actions()
        OnScreen(self)

    def start(self, project: Path | None = None) -> None:
        """Start the engine and open a project, or what was open last; call it once the window is drawn."""
        self.timeline.losses.prepare()
        self.panes.source.setFocus()  # not a field, where single keys would be text
        self.controller.start()
        if not self.controller.library.domains():
            self._show_busy("")
            folder = self.controller.library.folder / "domains"
            self.message.show_message(f"There are no domains yet. Put some into {folder} and restart ddsgui.")
            return
        self.help.hints.begin()
        self.project.controller.start(project, lambda: self.controller.draw_pair(self.inspector.pair.request))

    # ---- building

    def _lay_out(self) -> None:
        a = self.mix_actions
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, ToolBar(a.tools(), self.panes.paint_settings))
        below = QWidget()
        row = QHBoxLayout(below)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.seeds)
        row.addWidget(self.timeline, stretch=1)
        self._splitter.addWidget(self.centre)
        self._splitter.addWidget(below)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setChildrenCollapsible(False)
        middle = QVBoxLayout()
        middle.setContentsMargins(6, 6, 0, 6)
        middle.setSpacing(6)
        middle.addWidget(self._splitter, stretch=1)
        area = MessageArea(
            self.centre, self.project.messages.bar, self.drops.bar, self.message, self.help.hints.bar
        )
        self.centre.changed.connect(lambda: area.begin_at(self.centre.pictures))
        centre = QWidget()
        columns = QHBoxLayout(centre)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(0)
        columns.addLayout(middle, stretch=1)
        columns.addWidget(self.inspector)
        self.setCentralWidget(centre)
        self.setStatusBar(self.status)
        self.centre.comparison.set_actions(
            [a[f"compare_{mode}"] for mode in get_args(Mode)],
            a["compare_swap"],
            a["compare"],
            a["compare_pictures"],
        )
        self.timeline.addAction(a["pause"])
        self.timeline.set_frame_actions(a["flag_frame"], a["fork_frame"])
        run_actions = [a["run_again"], None, *(a[spec.id] for spec in RUN_SPECS)]
        queue_rows = [None if id is None else a[id] for id in QUEUE_ROWS]
        self.project.queue_panel.set_actions([a[id] for id in QUEUE_HEADS], queue_rows)
        self.project.add_to_menu(a.menus["&File"], a["save"], run_actions)

    def _connect(self) -> None:
        controller, pair, optimizer = self.controller, self.inspector.pair, self.inspector.optimizer
        pair.changed.connect(self.message.hide)  # it was about the earlier pictures
        pair.changed.connect(lambda: controller.draw_pair(pair.request))
        optimizer.settings_changed.connect(lambda: controller.set_settings(optimizer.settings))
        optimizer.weights_changed.connect(
            lambda: controller.set_weights(optimizer.weights, optimizer.learning_rate)
        )
        self.panes.edited.connect(controller.masks_edited)
        self.panes.brushed.connect(self.live.request)
        optimizer.own_preset_chosen.connect(lambda preset: self._use_blend(preset.blend))
        self.dialogs.training_changed.connect(self.status.show_training)
        self.inspector.presets.reported.connect(self.message.show_message)
        form = self.inspector.live
        form.changed.connect(lambda: self.live.set_settings(form.settings, form.part))
        self.live.changed.connect(self._show_live)
        self.live.changed.connect(lambda _: self.dialogs.follow_settings())
        self.live.failed.connect(self.message.show_message)
        self.seeds.seed_chosen.connect(pair.take_seed)
        self.seed_drop.dropped.connect(self.dialogs.take_face)
        self.seeds.page_wanted.connect(self._draw_seeds)
        self.timeline.frame_wanted.connect(self._show_frame)
        self.timeline.live_wanted.connect(self._show_newest)
        self.files.opened.connect(self.message.hide)
        self.files.opened.connect(self._open)
        self.files.done.connect(self._show_saved)
        self.files.failed.connect(self.message.show_message)
        self.exports.done.connect(self._show_saved)
        self.exports.failed.connect(self.message.show_message)
        self.exports.progressed.connect(self.status.show_export)
        self.transfer.reported.connect(self.message.show_message)
        self.panes.result.drag_started.connect(lambda: self.transfer.drag(self.panes.result))
        self.upscaling.message.connect(self.message.show_message)
        controller.machine_known.connect(self._show_machine)
        controller.pictures_changed.connect(self._show_pictures)
        controller.masks_changed.connect(self.panes.refresh)
        controller.masks_changed.connect(lambda _: self._show_newest())
        controller.busy_changed.connect(self._show_busy)
        controller.run_started.connect(self._begin_run)
        controller.run_shown.connect(lambda: self.timeline.show_run(controller.run))
        controller.run_changed.connect(self._show_run)
        controller.stepped.connect(self._show_step)
        controller.finished.connect(self._show_newest)
        controller.seeds_drawn.connect(self.seeds.show_pictures)
        controller.failed.connect(self.message.show_message)
        controller.request_changed.connect(lambda: pair.show_request(controller.request))
        for changed in (
            controller.busy_changed,
            controller.pictures_changed,
            controller.masks_changed,
            controller.link_changed,
            controller.run_changed,
            optimizer.settings_changed,
            optimizer.weights_changed,
            self.forecasts.changed,
            self.panes.edited,
            self.exports.progressed,
            self.upscaling.switched,
            self.upscaling.upscaler_changed,
            self.project.changed,
            self.centre.changed,
            self.timeline.frame_wanted,
            self.timeline.live_wanted,
            controller.run_shown,
            self.panes.paint_settings.changed,
        ):
            changed.connect(lambda *_: self._outdated.start())

        self.project.controller.models_added.connect(lambda _: self._follow_added_models())
        self.project.queue.changed.connect(lambda: self.status.show_queue(self.project.queue_panel.title))
        self.project.controller.runs_changed.connect(self.timeline.strip.update)
        self.project.commands.settings_changed.connect(
            lambda: optimizer.show_settings(controller.session.settings)
        )
        self.project.watch(
            self.panes.edited,
            controller.link_changed,
            controller.masks_changed,
            optimizer.settings_changed,
            optimizer.weights_changed,
            self.inspector.live.changed,
        )

    def _restore(self) -> None:
        self.resize(1440, 900)
        if (geometry := self._preferences.layout("window")) is not None:
            self.restoreGeometry(geometry)
        if (sizes := self._preferences.layout("splitter")) is not None:
            self._splitter.restoreState(sizes)
        self._restore_brush()
        self.inspector.pair.show_request(self._preferences.request(self.controller.library))
        self.inspector.optimizer.show_settings(self.controller.session.settings)
        self._show_busy("Starting…")

    def _restore_brush(self) -> None:
        paint, preferences = self.panes.paint_settings, self._preferences
        paint.tool = preferences.tool
        paint.radius = preferences.number("brush radius", paint.radius, MIN_RADIUS, MAX_RADIUS)
        paint.overlay_opacity = preferences.number("overlay opacity", paint.overlay_opacity, 0, 1)
        paint.pressure_enabled = preferences.switch("pen pressure", paint.pressure_enabled)

    def _save_brush(self) -> None:
        paint, preferences = self.panes.paint_settings, self._preferences
        preferences.tool = paint.tool
        preferences.save_number("brush radius", paint.radius)
        preferences.save_number("overlay opacity", paint.overlay_opacity)
        preferences.save_switch("pen pressure", paint.pressure_enabled)

    # ---- pictures

    def _show_pictures(self) -> None:
        request = self.controller.request
        self.timeline.show_run(self.controller.run)
        self.panes.refresh()
        self._show_newest()
        pair = self.inspector.pair
        pair.show_request(request)
        self.panes.show_domains(*pair.titles)
        self.inspector.optimizer.show_settings(self.controller.session.settings)
        self._show_blends()
        self.seeds.show_domain(request.source, request.truncation)
        self.seeds.show_seed(request.latent.value if isinstance(request.latent, Seed) else None)
        self._offer_partners()

    def _offer_partners(self) -> None:
        """Offer domains that fit each of two that differ in size; they stay a pair until the artist takes one."""
        sample, request = self.controller.session.sample, self.controller.request
        if sample is None or sample.mismatch is None:
            return
        choices: dict[str, Callable[[], object]] = {}
        roles: tuple[tuple[Role, str], ...] = (("target", request.source), ("source", request.target))
        for role, domain in roles:
            partner = find_partner(self.controller.library, domain)
            if partner is not None:
                take = partial(self.inspector.pair.take_domain, role, partner.name)
                choices[f"{partner.title} as {role}"] = take
        self.message.show_message(self.message.text or sample.mismatch, choices)

    def _show_blends(self) -> None:
        session, form = self.controller.session, self.inspector.live
        titles = {entry.name: entry.title for entry in self.controller.library.parts()}
        form.offer_parts({part: titles.get(part, part) for part in session.parts})
        form.show_settings(session.blend, session.part_blends)

    def _use_blend(self, blend: BlendSettings) -> None:
        """Use the settings of a preset for the live blend of all parts."""
        self.live.set_settings(blend, None)
        self._show_blends()

    def _draw_seeds(self, seeds: range) -> None:
        request = self.controller.request
        if self.controller.session.sample is not None:
            self.controller.draw_seeds(request.source, seeds, request.truncation)

    def _show_busy(self, text: str) -> None:
        self.panes.show_busy(
            text if self.controller.loading or self.controller.session.sample is None else ""
        )
        self.status.show_activity(text)

    def _show_saved(self, sentence: str, folder: Path) -> None:
        self.message.show_message(sentence, {"Show in folder": lambda: self.files.show_folder(folder)})

    def _show_machine(self, machine: Machine) -> None:
        self.inspector.optimizer.offer_backbones(machine.backbones)
        self.status.show_device(machine.device)

    def _follow_added_models(self) -> None:
        """Offer models that came with a project, and draw its people if they could not be drawn without them."""
        self.dialogs.follow_library()
        controller = self.controller
        if controller.session.sample is None or controller.request != self.inspector.pair.request:
            controller.draw_pair(controller.request)

    # ---- the run

    def _begin_run(self) -> None:
        run = self.controller.run
        if run is not None and self.live.image is not None:
            run.begin_with(self.live.image)
        self.timeline.show_run(run)
        self.message.hide()

    def _show_run(self) -> None:
        self.status.show_run(self.controller.running, self.controller.paused, self.forecasts.verdict)

    def _show_step(self, step: OptimizerStep) -> None:
        self.status.show_step(step)
        self.timeline.follow()
        if step.image is not None:
            self._show_newest()

    def _show_newest(self) -> None:
        """Show the run's newest picture or its result, or the live blend where there is none of these masks.

        While an earlier frame is chosen, that stays.
        """
        if not self.timeline.live:
            return
        for run in (self.controller.run, self.controller.result_run):
            picture = run.picture() if run is not None and self._is_current(run) else None
            if run is not None and picture is not None:
                self._shows_live = False
                self.panes.show_result(picture.image, picture.caption, (run, run.revision))
                return
        self._shows_live = True
        self.panes.show_result(self.live.image, BLEND_CAPTION)

    @property
    def result_run(self) -> Run | None:
        """The run whose result is exported: the frame that is shown, the newest run of these masks, or their blend."""
        frame, run = self.timeline.frame, self.controller.run
        if frame is not None and run is not None and frame.iteration != BLEND:
            return run.at_frame(frame)
        run = self.controller.result_run
        return run if run is not None and self._is_current(run) else self.live.as_run() or run

    def _is_current(self, run: Run) -> bool:
        """Return whether a run's pictures belong to the masks that are shown.

        Those of a search that is under way have to be nearer than the live blend, too.
        """
        session = self.controller.session
        is_nearer = run.beats_baseline or not run.is_running or self.live.image is None
        return run.revision == session.revision and not session.is_painting and is_nearer

    def _show_live(self, rect: Rect | None) -> None:
        self.inspector.live.show_picture(self.live.picture)
        if rect is None:
            self._outdated.start()
        if rect is None or self.live.image is None or not self._shows_live:
            self._show_newest()
        elif rect.w:
            self.panes.update_result(self.live.image, rect)

    def _show_frame(self, index: int) -> None:
        if (run := self.controller.run) is not None:
            picture = run.frame_picture(index)
            self.panes.show_result(picture.image, picture.caption)

    # ---- actions

    @property
    def state(self) -> WindowState:
        """The state that the actions depend on, derived at every call, so that it is never out of date."""
        controller, session, paint = self.controller, self.controller.session, self.panes.paint_settings
        run, frame, chosen = controller.run, self.timeline.frame, self.project.runs.current_row
        queue, queued = self.project.queue, self.project.queue_panel.current
        return WindowState(
            pictures=session.sample is not None,
            drawing=controller.loading,
            mismatch=session.mismatch,
            running=controller.running,
            paused=controller.paused,
            has_result=controller.result_run is not None or self.live.image is not None,
            frames=0 if controller.run is None else controller.run.searched_frames,
            undo_label=session.undo_label,
            redo_label=session.redo_label,
            linked=session.linked,
            masks=session.has_masks,
            continues=controller.continued_run is not None,
            exporting=self.exports.exporting,
            has_domain=bool(self.inspector.pair.request.source),
            tool=paint.tool,
            pressure=paint.pressure_enabled,
            shows_comparison=self.centre.shows_comparison,
            comparison_mode=self.centre.comparison.mode,
            comparing=self.centre.is_glancing,
            upscaled=self.upscaling.on,
            own_upscaler=self.upscaling.upscaler is not None,
            theme=self._preferences.theme,
            revertible=self.project.controller.path is not None and self.project.controller.is_modified,
            shows_runs=self.project.shows_runs,
            has_chosen_run=chosen is not None,
            has_two_runs=self.project.runs.two_numbers is not None,
            run_has_other=chosen is not None and chosen.other is not None,
            run_starred=chosen is not None and chosen.run.summary.starred,
            both_directions=queue.both_directions,
            queued=len(queue.queue.entries),
            queue_paused=queue.paused,
            has_chosen_queued=queued is not None,
            queued_failed=queued is not None and not queued.waits,
            frame=None if frame is None else frame.iteration,
            frame_flagged=frame is not None and run is not None and frame.iteration in run.flags,
            frame_has_latent=frame is not None and frame.latent is not None,
        )

    def _bind_actions(self) -> None:
        self.mix_actions.bind(
            Targets(
                self.controller,
                self.panes,
                self.centre,
                self.inspector.pair,
                self.project,
                self.timeline,
                self.files,
                self.exports,
                self.transfer,
                self.dialogs,
                self.upscaling,
                self.close,
                self.take_theme,
                self.help,
            )
        )
        HoldKey(self, self.mix_actions["compare"])
        self.panes.space_tapped.connect(self.mix_actions["pause"].trigger)

    def _update_actions(self) -> None:
        state, focus = self.state, self.focusWidget()
        self.mix_actions.update(state)
        self.inspector.pair.allow(state.in_a_run)
        self.inspector.optimizer.set_running(state.running)
        self._show_forecast(state)
        self._mark_outdated()
        self.seeds.allow(state.in_a_run)
        if focus is not None and not focus.isEnabled():
            self.centre.take_focus()  # rather than the next field, where keys are text

    def _show_forecast(self, state: WindowState) -> None:
        """Show what a run would need, above its button; during a run the status bar has the time that is left."""
        if state.running or not state.pictures:
            self.inspector.show_forecast("")
        elif (problem := state.without_masks or state.mismatch) is not None:
            self.inspector.show_forecast(problem)
        else:
            forecast = self.forecasts.forecast()
            self.inspector.show_forecast("" if forecast is None else forecast.sentence(), FORECAST_TIP)

    def _mark_outdated(self) -> None:
        """Mark a result that was made with other settings than those that are shown now."""
        run, session = self.controller.result_run, self.controller.session
        is_shown = run is not None and not self._shows_live and self.timeline.live
        self.panes.result.set_outdated(
            run is not None and is_shown and not run.is_running and _differs(run, session.run_settings)
        )

    # ---- theme and files

    def take_theme(self, name: Theme) -> None:
        """Use a theme, now and from the next start on."""
        self._preferences.theme = name
        apply_theme(cast(QApplication, QApplication.instance()), name)

    def _open(self, opened: OpenedResult) -> None:
        try:
            self.controller.open_result(opened)
        except DdsError as error:
            self.message.show_message(str(error))

    # ---- keys, start and end

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give the focus back to the canvas after Return in a field, which has taken its value and left the key.

        The key of a disabled action says why it is disabled.
        """
        focus, is_return = self.focusWidget(), event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_return and focus is not None and self.inspector.isAncestorOf(focus):
            self.centre.take_focus()
        elif (reason := self.mix_actions.reason_for(QKeySequence(event.keyCombination()))) is not None:
            self.status.showMessage(reason, REASON_MS)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.first_painted.emit)  # after its children are drawn

    def close_now(self) -> None:
        """Close without asking."""
        self._may_close = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        problem = self.project.controller.close()
        if problem is not None and not self._may_close:
            self.message.show_message(
                f"Your work could not be kept for the next start. {problem}",
                {
                    "Save the project as…": self.project.actions.ask_save_as,
                    "Close and lose it": self.close_now,
                },
            )
            event.ignore()
            return
        self.project.shut_down()
        self.centre.shut_down()
        self.exports.shut_down()
        self.dialogs.shut_down()
        self.help.shut_down()
        self._save_brush()
        self._preferences.save_request(self.inspector.pair.request)
        self._preferences.save_layout("window", self.saveGeometry())
        self._preferences.save_layout("splitter", self._splitter.saveState())
        event.accept()


def _differs(run: Run, settings: OptimizerSettings) -> bool:
    """Return whether a run's result was made with other weights or another method than these settings."""
    try:
        then = OptimizerSettings.from_dict(run.recipe.settings)
    except DdsError:
        return False
    same = replace(
        then,
        preset=settings.preset,
        seed=settings.seed,
        truncation=settings.truncation,
        frame_interval=settings.frame_interval,
        iterations=settings.iterations,
    )
    return same != settings
