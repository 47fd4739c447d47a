"""The seconds of a seed wall, and the live blend next to it: python benchmarks/seed_wall.py [--rounds 3].

Fills walls of 24 and 200 seeds of the bundled pair in the window's own engine, and measures the time from a stroke on
both masks to its live blend, alone and while a wall is being filled.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from ddsgui.jobs.mix import Jobs
from ddsgui.jobs.pairs import PairRequest
from ddsgui.jobs.seed_wall import MAX_SEEDS, MIN_SEEDS, WallSettings
from ddsgui.library.bundled import PART, SOURCE, TARGET
from ddsgui.library.library import Library
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Engine
from ddsgui.qt.core.live import LiveController
from ddsgui.qt.seed_wall.filling import WallFilling

STROKES, BETWEEN_SECONDS = 20, 0.1


class Bench:
    """A session without widgets, its live blend and a wall."""

    def __init__(self) -> None:
        library = Library()
        self.parent = QObject()
        self.controller = MixController(library, Engine(), Jobs(library))
        self.live = LiveController(self.controller, self.parent)
        self.filling = WallFilling(self.controller, self.parent)
        self._blends = 0
        self.live.changed.connect(self._count)
        self.controller.start()
        self.controller.draw_pair(PairRequest(SOURCE, TARGET, PART))
        self.wait(lambda: self.live.image is not None)

    def fill(self, count: int, locked: bool = False) -> None:
        """Begin a wall of the first seeds."""
        controller = self.controller
        settings = WallSettings.of(
            controller.request, controller.session.blends, "source" if locked else None
        )
        self.filling.begin(settings, range(count))

    def seconds(self, count: int, rounds: int, locked: bool = False) -> list[float]:
        """Return the seconds of whole walls."""
        times: list[float] = []
        for _ in range(rounds):
            began = perf_counter()
            self.fill(count, locked)
            self.wait(lambda: not self.filling.is_active)
            times.append(perf_counter() - began)
        return times

    def strokes(self) -> list[float]:
        """Return the seconds from strokes to their live blends."""
        session, times = self.controller.session, list[float]()
        for i in range(STROKES):
            mask = session.mask("source").copy()
            mask[40:52, 40 + i : 52 + i] ^= 255
            blends, began = self._blends, perf_counter()
            session.set_masks({"source": mask, "target": mask})
            self.live.request()
            self.wait(lambda blends=blends: self._blends > blends)
            times.append(perf_counter() - began)
            self.wait(lambda began=began: perf_counter() > began + BETWEEN_SECONDS)
        return times

    def wait(self, is_done: Callable[[], bool]) -> None:
        while not is_done():
            QApplication.processEvents()
            sleep(0.001)  # leaves the core to the engine

    def _count(self, _: object) -> None:
        self._blends += 1


def report(name: str, times: list[float], unit: str) -> None:
    scale = 1e3 if unit == "ms" else 1.0
    print(f"{name:34}  min {min(times) * scale:6.1f}  median {median(times) * scale:6.1f} {unit}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    app = QApplication.instance() or QApplication([])
    bench = Bench()
    print(f"load of the machine                 {os.getloadavg()[0]:.1f}")
    for count in (MIN_SEEDS, MAX_SEEDS):
        report(f"{count} seeds", bench.seconds(count, rounds), "s")
    report(f"{MAX_SEEDS} seeds, source locked", bench.seconds(MAX_SEEDS, 1, locked=True), "s")
    report("stroke to live blend", bench.strokes(), "ms")
    bench.fill(MAX_SEEDS)
    report("the same while a wall is filled", bench.strokes(), "ms")
    bench.filling.stop()
    bench.controller.engine.shut_down(10_000)
    del app


if __name__ == "__main__":
    main()
