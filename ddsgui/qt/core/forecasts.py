"""The forecast of the next run, and how right it was once the run has ended."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from ddsgui.errors import LibraryError
from ddsgui.jobs.forecast import Forecast, ForecastStore, run_kind
from ddsgui.jobs.mix import Machine
from ddsgui.jobs.run_clock import RunClock
from ddsgui.library.library import without_class
from ddsgui.memory import used_memory
from ddsgui.qt.core.controller import MixController
from ddsgui.synthesis.run_cost import run_cost
from ddsgui.synthesis.settings import OptimizerStep


class Forecasts(QObject):
    """Measures the runs of a controller, and forecasts the next one. A run that was stopped is not measured."""

    changed = Signal()  # more is known of the device

    def __init__(
        self,
        controller: MixController,
        store: ForecastStore | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(controller)
        self._controller, self._clock = controller, clock
        self.store = store or ForecastStore()
        self.device = ""  # until the engine has started
        self._speed: float | None = None
        self._measured: RunClock | None = None  # of the run that is under way
        self.verdict = ""  # "Done in 12 s, forecast 14 s": about the run that ended last
        controller.machine_known.connect(self._take_machine)
        controller.pictures_changed.connect(self._measure_speed)
        controller.run_started.connect(self._begin)
        controller.stepped.connect(self._step)
        controller.run_changed.connect(self._follow)

    def forecast(self) -> Forecast | None:
        """Return the forecast of a run that would start now; None if there are no pictures or nothing is known."""
        config, session = self._config(), self._controller.session
        if not self.device or not config or session.sample is None:
            return None
        return self.store.forecast(self.device, session.run_settings, config, self._speed)

    def _config(self) -> dict[str, object]:
        """Return the configuration of the target; {} if the library does not know it."""
        name = without_class(self._controller.session.target_domain)[0]
        try:
            config = self._controller.library.entry(name, "domain").config
        except LibraryError:
            return {}
        return config if {"channels", "resolution"} <= set(config) else {}

    def _take_machine(self, machine: Machine) -> None:
        self.device = machine.device
        self.changed.emit()

    def _measure_speed(self) -> None:
        """Time a convolution when the engine is idle, if no run on this device was measured yet."""
        if self._speed is not None or not self.device or self.store.runs(self.device):
            return
        controller = self._controller
        task = controller.engine.submit(None, controller.jobs.speed, idle=True)
        task.returned.connect(self._take_speed)

    def _take_speed(self, speed: float) -> None:
        self._speed = speed
        self.changed.emit()

    def _begin(self) -> None:
        self.verdict, config = "", self._config()
        settings = self._controller.session.run_settings
        if not config:
            self._measured = RunClock(self._clock, self.forecast())
            return
        kind, cost = run_kind(settings, config), run_cost(settings, config)
        self._measured = RunClock(self._clock, self.forecast(), kind, cost)

    def _step(self, step: OptimizerStep) -> None:
        if self._measured is not None:
            self._measured.step(used_memory())

    def _follow(self) -> None:
        clock, controller = self._measured, self._controller
        if clock is None:
            return
        if controller.running:
            clock.pause(controller.paused)
            return
        self._measured = None
        run = controller.run
        if run is None or run.state != "done" or clock.first is None:
            return
        self.verdict = clock.verdict()
        if (measured := clock.measured(self.device)) is not None:
            self.store.add(measured)
        self.changed.emit()
