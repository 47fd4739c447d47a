"""The status bar: the activity, its progress, the device and the memory in use."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QToolButton

from ddsgui.jobs.eta import Eta, step_time
from ddsgui.memory import used_memory
from ddsgui.synthesis.settings import OptimizerStep
from ddsgui.text import duration_text

MEMORY_INTERVAL_MS = 2000


class StatusBar(QStatusBar):
    """The activity on the left, device and memory on the right."""

    def __init__(self, cancel_export: QAction) -> None:
        super().__init__()
        self._pace = Eta()
        self._usual = "Ready"
        self._activity = QLabel("Starting…")
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedSize(140, 10)
        self._bar.setAccessibleName("Progress of the run")
        self._progress = QLabel()
        self._export = QLabel()
        self._cancel_export = QToolButton()
        self._cancel_export.setDefaultAction(cancel_export)
        self._queue = QLabel()
        self._queue.setToolTip("The list of runs shows the queue")
        self._training = QLabel()
        self._training.setToolTip("A training is under way: see File → New domain… or Paint → Paint a part…")
        self._device = QLabel()
        self._device.setToolTip("The device that ddsgui computes on")
        self._memory = QLabel()
        self._memory.setToolTip("Memory that ddsgui uses")
        self._activity.setContentsMargins(6, 0, 6, 0)
        for widget in (self._activity, self._bar, self._progress):
            self.addWidget(widget)
        for widget in (self._training, self._queue, self._device, self._memory):
            widget.setContentsMargins(6, 0, 6, 0)
            self.addPermanentWidget(widget)
        for widget in (self._export, self._cancel_export):
            self.addWidget(widget)
        for text in (self._activity, self._progress, self._export, self._training):
            text.setMinimumWidth(1)  # a narrow window cuts it off rather than growing
        self._show_run(False)
        self.show_export("")
        self._watch = QTimer(self, interval=MEMORY_INTERVAL_MS)
        self._watch.timeout.connect(self._show_memory)
        self._watch.start()
        self._show_memory()

    @property
    def activity(self) -> str:
        return self._activity.text()

    @property
    def progress(self) -> str:
        """Iteration, time of an iteration, time left."""
        return self._progress.text()

    def show_activity(self, text: str) -> None:
        """Show the activity; "" for the usual one."""
        self._activity.setText(text or self._usual)

    def show_export(self, text: str) -> None:
        """Show the progress of the animation that is being saved; "" for none."""
        self._export.setText(text)
        for widget in (self._export, self._cancel_export):
            widget.setVisible(bool(text))

    def show_queue(self, text: str) -> None:
        """Show how many runs wait; "" for none."""
        self._queue.setText(text)

    @property
    def training(self) -> str:
        """The trainings that are under way; "" for none."""
        return self._training.text()

    def show_training(self, text: str) -> None:
        """Show the trainings that are under way; "" for none."""
        self._training.setText(text)

    @property
    def device(self) -> str:
        """The name of the device."""
        return self._device.text()

    def show_device(self, label: str) -> None:
        self._device.setText(label)

    def show_step(self, step: OptimizerStep) -> None:
        self._pace.tick(step.iteration)
        self._bar.setRange(0, step.iterations)
        self._bar.setValue(step.iteration)
        known = [f"Iteration {step.iteration} of {step.iterations}"]
        if (seconds := self._pace.seconds_per_step) is not None:
            known.append(step_time(seconds))
        if (left := self._pace.seconds_left(step.iterations)) is not None:
            known.append(f"about {duration_text(left)} left")
        self._progress.setText("   ·   ".join(known))

    def show_run(self, running: bool, paused: bool, verdict: str = "") -> None:
        """Show that a run has started, was paused or resumed, or has ended; `verdict` says how that went."""
        self._pace.forget()
        self._show_run(running)
        if running and not paused and not self._progress.text():
            self._bar.setRange(0, 0)  # nothing is known yet
        if not running:
            self._progress.clear()
            self._bar.setRange(0, 1)
        self._usual = ("Paused" if paused else "Running") if running else verdict or "Ready"
        self.show_activity("")

    def _show_run(self, running: bool) -> None:
        for widget in (self._bar, self._progress):
            widget.setVisible(running)

    def _show_memory(self) -> None:
        self._memory.setText(f"{used_memory() / 2**30:.1f} GiB")
