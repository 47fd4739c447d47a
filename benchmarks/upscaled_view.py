"""The cost of the upscaled view: python benchmarks/upscaled_view.py [--side 128] [--seconds 20] [--rounds 3].

Prints how long the bundled upscaler takes for a picture of 64, 128 and 256 pixels; and, in one run of the
optimiser in the window, iterations per second with the view off and on by turns, their ratio, and how much of the time
the upscaled pictures took. On a busy machine only the last is reliable.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from ddsgui.device import tune_allocator

tune_allocator()

import numpy as np
from PySide6.QtWidgets import QApplication
from window import Bench, random_domains

from ddsgui.jobs.upscaling import Upscaled, UpscaleRequest
from ddsgui.latest import Latest
from ddsgui.qt.widgets.theme import apply_theme

SIDES, TIMES = (64, 128, 256), 5


def upscale_times() -> None:
    """Print the seconds per picture."""
    from ddsgui.synthesis.upscaler import load_upscaler

    upscaler = load_upscaler()
    for side in SIDES:
        picture = np.random.default_rng(side).integers(0, 256, (side, side, 3), dtype=np.uint8)
        upscaler.upscale(picture)
        times = []
        for _ in range(TIMES):
            began = perf_counter()
            upscaler.upscale(picture)
            times.append(perf_counter() - began)
        print(f"upscale {side:4d} px (s)     best {min(times):.3f}   median {np.median(times):.3f}")


class ViewTimer:
    """The numbers of iterations and upscaled pictures and their time, with the view off and on."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.iterations, self.seconds = {False: 0, True: 0}, {False: 0.0, True: 0.0}
        self.pictures, self.upscaling_seconds, self._counting = 0, 0.0, False
        self._make = bench.window.upscaling.jobs.make
        bench.window.upscaling.jobs.make = self._timed  # type: ignore[method-assign]

    def measure(self, on: bool, seconds: float) -> None:
        bench = self._bench
        bench.window.upscaling.set_on(on)
        settled = len(bench.steps) + 2  # a picture that is being made belongs to the time before
        bench.wait(lambda: len(bench.steps) >= settled)
        first, began, self._counting = bench.steps[-1].iteration, perf_counter(), True
        bench.wait(lambda: perf_counter() - began > seconds)
        self._counting = False
        self.seconds[on] += perf_counter() - began
        self.iterations[on] += bench.steps[-1].iteration - first

    def rate(self, on: bool) -> float:
        return self.iterations[on] / self.seconds[on]

    def _timed(
        self, path: Path | None, box: Latest[UpscaleRequest]
    ) -> Generator[None, None, Upscaled | None]:
        upscaled = yield from self._make(path, box)
        if upscaled is not None and self._counting:
            self.pictures += 1
            self.upscaling_seconds += upscaled.seconds
        return upscaled


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--side", type=int, default=128, help="of the random domains' pictures")
    parser.add_argument("--seconds", type=float, default=20, help="of each turn")
    parser.add_argument("--rounds", type=int, default=3, help="turns with the view off and on")
    args = parser.parse_args()
    upscale_times()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        random_domains(home, args.side)
        app = QApplication([])
        apply_theme(app, "dark")
        bench = Bench(app, home)
        bench.start()
        timer = ViewTimer(bench)
        for _ in range(args.rounds):
            for on in (False, True, True, False):  # so that other load affects both equally
                timer.measure(on, args.seconds / 2)
        off, on = timer.rate(False), timer.rate(True)
        print(f"iterations per second      off {off:.2f}   on {on:.2f}   ratio {on / off:.3f}   (target 0.9)")
        share = timer.upscaling_seconds / timer.seconds[True]
        print(
            f"upscaled pictures           {timer.pictures}, {100 * share:.1f} % of the time   (target 7.4 %)"
        )
        print(f"load                     {os.getloadavg()[0]:.1f}")
        bench.controller.cancel()
        bench.wait(lambda: not bench.controller.running)
        bench.window.close_now()
        bench.controller.engine.shut_down(10_000)


if __name__ == "__main__":
    main()
