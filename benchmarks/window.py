"""The start and the responsiveness of the window: python benchmarks/window.py [--side 128] [--seconds 15].

Prints the time from the start of `python main.py` to its first paint; how late a 5 ms timer of the GUI thread
fires while the optimiser runs; how long a stroke takes to reach an iteration, and how long a cancel takes. A
bare spinning loop in the same run shows how long this machine stops by itself.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter, sleep

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(ROOT))

from ddsgui.device import tune_allocator

tune_allocator()

import numpy as np
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from ddsgui.editing.mask import Stroke
from ddsgui.jobs.mix import Jobs
from ddsgui.library.library import Library
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Engine
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.widgets.theme import apply_theme
from ddsgui.synthesis.settings import OptimizerStep

TICK = 5  # ms
PAINT_TARGET = 1.5  # s
STARTS, EDITS, CANCELS = 5, 12, 5


def first_paint(home: Path) -> list[float]:
    """Start the program several times; return the seconds to its first paint, except of the first start (cold disk)."""
    environment = {**os.environ, "DDSGUI_HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    environment["QT_LOGGING_RULES"] = "ddsgui.startup.debug=true"
    times = []
    for _ in range(STARTS + 1):
        began = perf_counter()
        with subprocess.Popen(
            [sys.executable, str(ROOT / "main.py")], env=environment, stderr=subprocess.PIPE, text=True
        ) as program:
            assert program.stderr is not None
            if not any("first paint" in line for line in program.stderr):
                raise SystemExit("The window did not open.")
            times.append(perf_counter() - began)
            program.send_signal(signal.SIGINT)
    return times[1:]


def random_domains(home: Path, side: int) -> None:
    """Save two random generators as large as the bundled ones; speed does not depend on their weights."""
    import torch

    from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator
    from ddsgui.stylegan.generator import Generator, GeneratorConfig

    channels = (128, 128, 96, 64, 48, 32, 24, 16)[: side.bit_length() - 2]
    (home / "domains").mkdir()
    for seed, name in enumerate(("portrait", "caricature")):
        torch.manual_seed(seed)
        generator = Generator(GeneratorConfig(side, 256, 256, 4, channels))
        generator.estimate_w_mean()
        save_generator(generator, home / f"domains/{name}.safetensors", DomainMetadata(name))


class Bench:
    """The window with a run that can be started again and again."""

    def __init__(self, app: QApplication, home: Path) -> None:
        self._app = app
        library = Library(home)
        self.controller = MixController(library, Engine(), Jobs(library))
        settings = QSettings(str(home / "settings.ini"), QSettings.Format.IniFormat)
        self.window = MainWindow(self.controller, Preferences(settings))
        self.window.first_painted.connect(self.window.start)
        self.window.show()
        self.steps: list[OptimizerStep] = []
        self.controller.stepped.connect(self.steps.append)
        self.wait(lambda: self.controller.session.sample is not None and not self.controller.loading)

    def wait(self, ready: Callable[[], object], seconds: float = 300) -> None:
        end = perf_counter() + seconds
        while not ready():
            self._app.processEvents()
            sleep(0.001)  # spinning would take the engine's core
            if perf_counter() > end:
                raise SystemExit("The window makes no progress.")

    def start(self) -> None:
        """Start a run and wait for its first steps."""
        self.steps.clear()
        session = self.controller.session
        session.settings = replace(session.settings, iterations=1_000_000)
        self.controller.start_run(from_scratch=True)
        self.wait(lambda: len(self.steps) > 3)

    def lateness(self, seconds: float) -> np.ndarray:
        """Return by how many ms each tick of a timer is late."""
        late: list[float] = []
        last = perf_counter()

        def tick() -> None:
            nonlocal last
            now = perf_counter()
            late.append(max(0.0, (now - last) * 1000 - TICK))
            last = now

        timer = QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(tick)
        timer.start(TICK)
        QTimer.singleShot(round(seconds * 1000), self._app.quit)
        self._app.exec()
        return np.array(late)

    def edit_lag(self) -> tuple[float, int]:
        """Return the ms and iterations from the end of a stroke to the first step on the screen that uses it."""
        session = self.controller.session
        side = session.mask("source").shape[0]
        x, y = np.random.default_rng(session.revision).uniform(side / 8, side * 7 / 8, 2)
        before, began = self.steps[-1].iteration, perf_counter()
        session.paint("source", Stroke(((x, y, side / 16), (x + side / 20, y, side / 16))))
        self.window.panes.edited.emit()
        self.wait(lambda: self.steps[-1].revision == session.revision)
        return (perf_counter() - began) * 1000, self.steps[-1].iteration - before

    def cancel_latency(self) -> tuple[float, int]:
        """Return the ms and iterations from Cancel until the run has ended."""
        self.start()
        before, began = self.steps[-1].iteration, perf_counter()
        self.window.mix_actions["stop"].trigger()
        self.wait(lambda: not self.controller.running)
        return (perf_counter() - began) * 1000, self.steps[-1].iteration - before


def spin(seconds: float) -> np.ndarray:
    """Return the gaps in ms between two readings of the clock in a loop that does nothing else."""
    gaps, last = [], perf_counter()
    end = last + seconds
    while last < end:
        now = perf_counter()
        if now - last > 0.0005:
            gaps.append((now - last) * 1000)
        last = now
    return np.array(gaps or [0.0])


def summary(values: np.ndarray) -> str:
    median, p95, p99 = np.percentile(values, [50, 95, 99])
    return f"median {median:7.1f}   p95 {p95:7.1f}   p99 {p99:7.1f}   max {values.max():7.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--side", type=int, default=128, help="of the random domains' pictures")
    parser.add_argument("--seconds", type=float, default=15, help="of each measurement of the timer")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        random_domains(home, args.side)
        paints = first_paint(home)
        print(f"first paint (s)        best {min(paints):.2f}   median {np.median(paints):.2f}", end="")
        print(f"   (target {PAINT_TARGET}, load {os.getloadavg()[0]:.1f})")

        app = QApplication([])
        apply_theme(app, "dark")
        bench = Bench(app, home)
        freezes = spin(args.seconds / 3)
        print(f"bare loop stops (ms)   {len(freezes)} stops over 0.5 ms, longest {freezes.max():.1f}")
        print(f"timer late, idle       {summary(bench.lateness(args.seconds / 3))}")
        bench.start()
        began, first = perf_counter(), bench.steps[-1].iteration
        late = bench.lateness(args.seconds)
        iteration_ms = (perf_counter() - began) * 1000 / max(1, bench.steps[-1].iteration - first)
        print(f"timer late, running    {summary(late)}   ({iteration_ms:.0f} ms per iteration)")
        freezes = spin(args.seconds / 3)
        print(f"bare loop, running     {len(freezes)} stops over 0.5 ms, longest {freezes.max():.1f}")
        lags = np.array([bench.edit_lag() for _ in range(EDITS)])
        print(
            f"stroke to step (ms)    {summary(lags[:, 0])}   at most {lags[:, 1].max():.0f} iterations later"
        )
        bench.controller.cancel()
        bench.wait(lambda: not bench.controller.running)
        cancels = np.array([bench.cancel_latency() for _ in range(CANCELS)])
        print(
            f"cancel (ms)            {summary(cancels[:, 0])}   at most {cancels[:, 1].max():.0f} iterations later"
        )
        bench.window.close_now()
        began = perf_counter()
        ended = bench.controller.engine.shut_down(10_000)
        print(f"engine {'ended' if ended else 'did not end'} {perf_counter() - began:.2f} s after the window")


if __name__ == "__main__":
    main()
