"""The second step: follow the training, pause or stop it, and save a snapshot as a domain."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ddsgui.jobs.adaptation_values import (
    Adaptation,
    ComparisonGrid,
    DomainRequest,
    DrawnRequest,
    SaveRequest,
)
from ddsgui.jobs.adaptations import AdaptationJobs
from ddsgui.jobs.job import Job
from ddsgui.library.library import conflict_message
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Channel, Task
from ddsgui.qt.new_domain.comparison_view import ComparisonView, Row
from ddsgui.qt.new_domain.progress import AdaptationProgress
from ddsgui.qt.new_domain.save_form import SaveForm
from ddsgui.qt.new_domain.snapshots import SnapshotSlider
from ddsgui.qt.widgets.icons import icon
from ddsgui.text import plural

ENGINE_SHARE = 0.5  # relative to a mix, so that the mix does not have to wait long


class TrainingPage(QWidget):
    """Shows one adaptation at a time."""

    changed = Signal()  # it has started, is paused or has ended
    progressed = Signal(str)  # `summary`, whenever it may have changed
    saved = Signal(object)  # SaveRequest of a domain that is in the library now
    failed = Signal(str)
    unsaved = Signal(str)  # why an adaptation that has ended could not be saved
    ended_empty = Signal()  # it ended before its first picture
    completed = Signal()  # all steps are done
    replace_wanted = Signal(str)  # the library already has a domain of this name
    back_wanted = Signal()

    def __init__(self, controller: MixController, jobs: AdaptationJobs) -> None:
        super().__init__()
        self._controller, self._jobs = controller, jobs
        self._task: Task | None = None
        self._grids: dict[int, ComparisonGrid] = {}  # by step
        self._name = self._save_error = ""
        self.adaptation: Adaptation | None = None  # as it was reported last
        self.saved_request: SaveRequest | None = None  # the last save
        self.grid = ComparisonView()
        self.snapshots = SnapshotSlider()
        self.form = SaveForm()
        self.progress = AdaptationProgress()
        self.pause, self.stop_button, self.back = QPushButton(), QPushButton("Stop"), QPushButton("New…")
        self._lay_out()
        self.snapshots.chosen.connect(self._show_snapshot)
        self.pause.clicked.connect(lambda _: self.toggle_pause())
        self.stop_button.clicked.connect(lambda _: self.stop())
        self.back.clicked.connect(lambda _: self.back_wanted.emit())
        self.form.save_wanted.connect(self._save)
        self._update()

    @property
    def name(self) -> str:
        """The name of the adaptation."""
        return self._name

    @property
    def running(self) -> bool:
        """True while the training runs or is paused."""
        return self._task is not None

    @property
    def paused(self) -> bool:
        return self._task is not None and self._task.paused

    @property
    def summary(self) -> str:
        """A few words on the training that is under way, "Training pencil: 42 %"; "" for none."""
        if not self.running:
            return ""
        verb = "Training paused" if self.paused else "Training"
        value = self.adaptation
        if value is None:
            return f"{verb}: {self._name}"
        done = (value.warmed + value.step) / max(1, value.warm_up + value.steps)
        return f"{verb}: {self._name}, {int(100 * done)} %"

    def begin(self, request: DomainRequest | DrawnRequest) -> None:
        """Start a new adaptation, or the training of a drawn domain."""
        self._reset(request.name)
        if isinstance(request, DrawnRequest):
            self._submit(partial(self._jobs.begin_drawn, request))
        else:
            self._submit(partial(self._jobs.begin, request))

    def resume(self, name: str) -> None:
        """Resume an adaptation from its files."""
        self._reset(name)
        self._submit(partial(self._jobs.resume, name))

    def toggle_pause(self) -> None:
        """Pause or resume."""
        if self._task is None:
            if self.adaptation is not None:
                self._submit(partial(self._jobs.resume, self.adaptation.name))
        elif self._task.paused:
            self.progress.forget_pace()
            self._task.resume()
        else:
            self._task.pause()
            self.save_progress()
        self._update()
        self.changed.emit()

    def stop(self) -> None:
        """Stop after the current step; the progress is saved."""
        if self._task is not None:
            self._task.cancel()
            self.progress.show_text("Stopping…")

    def save_progress(self) -> None:
        """Save the progress so that the adaptation can be resumed."""
        task = self._controller.engine.submit(None, self._jobs.write)
        task.returned.connect(self._take)

    def save_domain(self) -> None:
        """Save the snapshot that is shown to the library, replacing a domain of the same name."""
        if self.adaptation is None or (step := self.snapshots.step) is None:
            return
        saving = self.form.request(self.adaptation.name, step)
        task = self._controller.engine.submit(None, partial(self._jobs.save, saving))
        task.returned.connect(self._report_saved)
        task.failed.connect(self.failed)

    # ---- building

    def _lay_out(self) -> None:
        self.stop_button.setIcon(icon("cancel"))
        self.back.setIcon(icon("pictures"))
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self.pause, self.stop_button, self.back):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch()
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.progress)
        left.addStretch()
        left.addLayout(buttons)
        below = QHBoxLayout()
        below.setSpacing(28)
        below.addLayout(left, stretch=1)
        below.addWidget(self.form, stretch=1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.grid, stretch=1)
        column.addWidget(self.snapshots)
        column.addLayout(below)

    # ---- the training

    def _reset(self, name: str) -> None:
        self.adaptation, self.saved_request = None, None
        self._name, self._save_error = name, ""
        self._grids.clear()
        self.grid.clear()
        self.snapshots.go_live()
        self.snapshots.show_steps((), 0)
        self.form.begin(name)

    def _submit(self, job: Job) -> None:
        self.progress.begin()
        self._task = task = self._controller.engine.submit(Channel.DOMAIN, job, share=ENGINE_SHARE)
        task.progressed.connect(self._show)
        task.returned.connect(self._take)
        task.failed.connect(self.failed)
        task.ended.connect(self._end)
        self._update()
        self.pause.setFocus()  # not a line of the form, which would take the keys
        self.changed.emit()

    def _show(self, value: str | Adaptation) -> None:
        if isinstance(value, str):
            self.progress.show_text(value)
            self.grid.show_waiting(value)
        else:
            self.progress.tick(value, self.paused)
            self._take(value)

    def _take(self, value: Adaptation) -> None:
        """Show a report of the adaptation."""
        first = self.adaptation is None
        self.adaptation = value
        if first:
            pictures = plural(value.examples, "picture")
            self.grid.show_row(Row.BEFORE, value.title, value.originals.pictures, "starting from")
            self.grid.show_row(Row.EXAMPLES, pictures, value.pictures, "learning from")
        self._grids[value.newest.step] = value.newest
        self.snapshots.show_steps(tuple(sorted({*value.snapshots, value.newest.step})), value.steps)
        if value.save_error and value.save_error != self._save_error:
            self.failed.emit(value.save_error)
        self._save_error = value.save_error
        self._update()

    def _end(self) -> None:
        self._task = None
        adaptation = self.adaptation
        self.progress.end(adaptation)
        self.grid.show_waiting("")
        self._update()
        self.changed.emit()
        if adaptation is None:
            self.ended_empty.emit()
        elif adaptation.save_error:
            self.unsaved.emit(adaptation.save_error)
        elif adaptation.is_complete:
            self.completed.emit()

    # ---- earlier snapshots

    def _show_snapshot(self, step: int) -> None:
        if step in self._grids:
            self._show_grid(self._grids[step])
        elif self.adaptation is not None:
            job = partial(self._jobs.inspect, self.adaptation.name, step)
            task = self._controller.engine.submit(Channel.DOMAIN_PICTURES, job)
            task.returned.connect(self._take_grid)
            task.failed.connect(self.failed)

    def _take_grid(self, grid: ComparisonGrid) -> None:
        self._grids[grid.step] = grid
        if self.snapshots.step == grid.step:
            self._show_grid(grid)

    def _show_grid(self, grid: ComparisonGrid) -> None:
        self.grid.show_row(Row.AFTER, self._name, grid.pictures, f"step {grid.step}")

    # ---- saving

    def _save(self) -> None:
        """Save, but ask before replacing a domain of the user, and never replace a bundled one."""
        name = self.form.name.text().strip()
        conflict = self._controller.library.find_conflict("domain", name)
        if conflict is None:
            self.save_domain()
        elif conflict.bundled:
            self.failed.emit(conflict_message(conflict))
        else:
            self.replace_wanted.emit(name)

    def _report_saved(self, saving: SaveRequest) -> None:
        self.saved_request = saving
        self.saved.emit(saving)

    # ---- state of the buttons

    def _update(self) -> None:
        adaptation = self.adaptation
        complete = adaptation is not None and adaptation.is_complete
        idle = self.paused or not self.running
        self.pause.setText("Continue" if idle else "Pause")
        self.pause.setIcon(icon("run" if idle else "pause"))
        no_more = "All steps are done." if complete else None
        _allow(
            self.pause, no_more or (None if self.running or adaptation else "No training has started yet.")
        )
        _allow(self.stop_button, None if self.running else "No training is running.")
        _allow(self.back, "Stop the training first." if self.running else None, "Start another domain")
        nothing = adaptation is None or adaptation.is_warming_up or not self.snapshots.step
        self.form.allow("There is nothing to save yet." if nothing else None)
        self.progress.show_state(adaptation, self.running, self.paused)
        self.progressed.emit(self.summary)


def _allow(button: QPushButton, reason: str | None, tip: str = "") -> None:
    button.setEnabled(reason is None)
    button.setToolTip(reason or tip)
