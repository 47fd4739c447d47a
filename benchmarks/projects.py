"""Size and times of a large project, and how long the window's event loop is delayed while it is painted and saved.

    python benchmarks/projects.py [--frames 200] [--seconds 20] [--stacks]

The project has ten runs at 128 px and one at 1024 px. A timer of 5 ms notes how late it is while strokes are painted:
alone, with the project being saved again and again, and with a queue of runs. "Own work" is processor time of the
window's thread between two beats, which other programs do not lengthen; a bare loop before each measurement says how
often this machine stops by itself. --stacks prints what the window was doing when it was late by more than 100 ms.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter, sleep, thread_time

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(ROOT))

from ddsgui.device import tune_allocator

tune_allocator()

import cv2
import numpy as np
from freezes import freezes
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from ddsgui.editing.recipe import Recipe
from ddsgui.export.bundle import Picture, bundle_documents, bundle_pictures
from ddsgui.images import read_image
from ddsgui.jobs.batch.grid import grid_recipes, paired
from ddsgui.jobs.mix import Jobs
from ddsgui.library.library import Library
from ddsgui.project.project import Project
from ddsgui.project.project_file import read_project, write_project
from ddsgui.project.project_run import ProjectRun
from ddsgui.project.run import Run
from ddsgui.project.run_encoding import encode_run
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Engine
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.main_window import MainWindow
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.loss_terms import LOSSES
from ddsgui.synthesis.settings import AdamMoments, OptimizerResult, OptimizerSettings, OptimizerStep
from tests.qt.artist import stroke

FACE = ROOT / "docs/images/mix-source.png"
BEAT_MS, LATE_MS, STROKE_MS = 5, 100.0, 300


def make_run(side: int, frames: int, seed: int) -> ProjectRun:
    """Return a run with `frames` pictures of a face that differ a little from each other."""
    chance = np.random.default_rng(seed)
    face = cv2.resize(read_image(FACE), (side, side), interpolation=cv2.INTER_CUBIC)
    settings = OptimizerSettings.from_preset("official", iterations=frames)
    recipe = Recipe("portrait", "caricature", "hair", Seed(seed), None, settings.as_dict())
    run = Run(recipe, "w+")
    shape = (1, 2 * side.bit_length() - 4, 128)
    for i in range(1, frames + 1):
        grain = chance.normal(0, 2, (side // 4, side // 4, 3)).astype(np.float32)
        noisy = face + cv2.resize(grain, (side, side), interpolation=cv2.INTER_CUBIC)
        latent, mean, square = (chance.normal(size=shape).astype(np.float32) for _ in range(3))
        losses = dict.fromkeys(LOSSES, 1 / i)
        picture = np.clip(noisy, 0, 255).astype(np.uint8)
        run.add(OptimizerStep(i, frames, losses, picture, 0, 0.1, True, latent, AdamMoments(i, mean, square)))
    last = run.frames[-1]
    assert last.latent is not None
    run.finish("done", OptimizerResult(last.image, last.latent, frames, 0.25))
    mask = np.zeros((side, side), np.uint8)
    mask[side // 4 : side // 2, side // 4 : side // 2] = 255
    result = Picture(last.image, recipe, run.latent)
    pictures = bundle_pictures(Crossover(face, face, mask, mask), (side, side), result)
    files = {name: picture.encode() for name, picture in pictures.items()}
    return encode_run(run, files | bundle_documents(recipe, run.latent))


def make_project(path: Path, frames: int) -> None:
    """Write a project of ten runs at 128 px and one at 1024 px."""
    project = Project("large")
    for seed, side in enumerate([128] * 10 + [1024]):
        project = project.with_run(make_run(side, frames, seed))
    write_project(path, project)


class Heartbeat:
    """A timer of the event loop that notes how late it is, and watches what the loop does meanwhile."""

    def __init__(self, prints_stacks: bool) -> None:
        self.late: list[float] = []  # ms
        self.work: list[float] = []  # ms
        self._last, self._worked = perf_counter(), thread_time()
        self._is_on = False
        self._main = threading.get_ident()
        self._collecting: float | None = None
        self._timer = QTimer(interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()
        if prints_stacks:
            gc.callbacks.append(self._note_collection)
            threading.Thread(target=self._watch, daemon=True).start()

    def begin(self) -> None:
        """Forget what was noted."""
        self.late, self.work, self._is_on = [], [], True
        self._last, self._worked = perf_counter(), thread_time()

    def end(self) -> str:
        """Return the figures since begin()."""
        self._is_on = False
        return f"late by {_figures(self.late)}; own work {_figures(self.work)}"

    def _beat(self) -> None:
        now, worked = perf_counter(), thread_time()
        if self._is_on:
            self.late.append(max(0.0, (now - self._last) * 1e3 - BEAT_MS))
            self.work.append((worked - self._worked) * 1e3)
        self._last, self._worked = now, worked

    def _note_collection(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._collecting = perf_counter()
        elif self._collecting is not None and (ms := (perf_counter() - self._collecting) * 1e3) > LATE_MS / 2:
            print(f"    a garbage collection of generation {info['generation']} took {ms:.0f} ms")

    def _watch(self) -> None:
        reported = 0.0
        while True:
            sleep(0.02)
            if self._is_on and self._last != reported and (perf_counter() - self._last) * 1e3 > LATE_MS:
                reported = self._last
                frame = sys._current_frames().get(self._main)
                lines = traceback.format_stack(frame)[-6:]
                print("    late:", *(" ".join(line.split()) for line in lines), sep="\n      ", flush=True)


def _figures(times: list[float]) -> str:
    middle, most = np.percentile(times, (50, 99))
    return f"{middle:.1f} ms in the middle, {most:.1f} at the 99th percentile, {max(times):.0f} at most"


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=200, help="of each run")
    parser.add_argument("--seconds", type=float, default=20, help="of painting for each figure")
    parser.add_argument("--stacks", action="store_true", help="print what the window does when it is late")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["DDSGUI_HOME"] = str(folder / "home")
        path = folder / "large.ddsgui"
        began = perf_counter()
        make_project(path, args.frames)
        print(f"made in {perf_counter() - began:.0f} s; {path.stat().st_size / 1e6:.0f} MB")
        began = perf_counter()
        project = read_project(path)
        listed = perf_counter()
        for run in project.runs:
            run.thumbnail()
        print(f"read in {listed - began:.2f} s, with thumbnails in {perf_counter() - began:.2f} s")
        measure_window(path, folder, args.seconds, args.stacks)


def measure_window(path: Path, folder: Path, seconds: float, prints_stacks: bool) -> None:
    """Open the project in a window, and paint in it."""
    app = QApplication([])
    library, engine = Library(), Engine()
    controller = MixController(library, engine, Jobs(library))
    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    window = MainWindow(controller, Preferences(settings))
    projects, session, chance = window.project.controller, controller.session, np.random.default_rng(0)
    opened: list[float] = []
    projects.opened.connect(lambda _: opened.append(perf_counter()))
    window.show()
    beat = Heartbeat(prints_stacks)

    def wait(ready: Callable[[], object]) -> None:
        end = perf_counter() + 600
        while not ready():
            app.processEvents()
            sleep(0.0005)
            if perf_counter() > end:
                raise SystemExit("The window makes no progress.")

    def idle(seconds: float) -> None:
        end = perf_counter() + seconds
        wait(lambda: perf_counter() > end)

    def paint() -> None:
        canvas = window.panes.source if chance.random() < 0.5 else window.panes.target
        stroke(canvas, *((chance.random(), chance.random()) for _ in range(8)))

    window.start()
    wait(lambda: session.sample is not None and not controller.loading and projects.recording.is_on)
    idle(3)
    began = perf_counter()
    projects.open(path)
    wait(lambda: opened)
    model = window.project.runs.model
    wait(
        lambda: all(model.index(row).data(Qt.ItemDataRole.DecorationRole) for row in range(model.rowCount()))
    )
    print(
        f"opened in the window in {opened[0] - began:.2f} s, with thumbnails in {perf_counter() - began:.2f} s"
    )
    idle(3)

    painter = QTimer(interval=STROKE_MS)
    painter.timeout.connect(paint)

    def measure(title: str) -> None:
        stops = freezes(2.0, above=20.0)
        beat.begin()
        painter.start()
        idle(seconds)
        painter.stop()
        by_itself = f"; by itself the machine stops for {max(stops):.0f} ms" if stops else ""
        print(f"{title:26}{beat.end()}{by_itself}", flush=True)

    measure("painting")
    saves: list[float] = []
    save_began = perf_counter()

    def note_save(_: object) -> None:
        nonlocal save_began
        saves.append(perf_counter() - save_began)
        save_began = perf_counter()
        projects.save()

    projects.saved.connect(note_save)
    projects.save()
    measure("painting and saving")
    projects.saved.disconnect(note_save)
    idle(5)
    print(f"{len(saves)} saves, each in {np.median(saves):.1f} s")
    session.settings = replace(session.settings, iterations=30)
    parts = [(session.part, session.target_part)]
    window.project.queue.add(grid_recipes([session.recipe()], paired(range(1, 100)), parts))
    wait(lambda: window.project.queue.running_key is not None)
    measure("painting beside a queue")
    window.project.queue.cancel_all()
    window.close_now()
    engine.shut_down(5000)
    os._exit(0)


if __name__ == "__main__":
    main()
