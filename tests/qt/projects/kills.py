"""Kills the window at random moments, and checks that nothing older than two seconds is lost and every file is intact.

    python -m tests.qt.projects.kills --count 100

Each time, a window paints, undoes, runs, fills the queue, trains a domain, exports and saves at random, and notes every
change with its time. Then it is killed, and what the next start would open is compared with the notes. The training
saves its state several times a second here, so that kills fall into a save, too. Linux and macOS only.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

SIDE = 16
MAX_LOST_SECONDS = 2.0
ACTION_MS = 25


@dataclass(frozen=True)
class Note:
    """A change of the window: when it happened, and how masks and undo steps, a run or a training were after it."""

    seconds: float
    kind: str  # "masks", "run", "queue" or "training"
    value: tuple[int, ...]


@dataclass(frozen=True)
class Outcome:
    """The result of a kill."""

    lost_seconds: float  # the age of the oldest change that is lost
    problems: tuple[str, ...]
    runs: int
    was_named: bool
    trained: int = 0  # steps of the training that are on the disk


def masks_value(source: np.ndarray, target: np.ndarray, steps: int) -> tuple[int, ...]:
    """Return masks and the number of undo steps, short enough to be noted."""
    return zlib.crc32(source.tobytes()), zlib.crc32(target.tobytes()), steps


# ---- the window that is killed


def work(library: Path, folder: Path, notes: int, seed: int) -> None:
    """Open a window and use it at random until somebody kills the process. notes: the descriptor to note changes in."""
    from PySide6.QtCore import QSettings, QTimer
    from PySide6.QtWidgets import QApplication

    from ddsgui.jobs.batch.grid import grid_recipes, paired
    from ddsgui.jobs.mix import Jobs
    from ddsgui.library.library import Library
    from ddsgui.qt.core.controller import MixController
    from ddsgui.qt.core.engine import Engine
    from ddsgui.qt.core.preferences import Preferences
    from ddsgui.qt.main_window import MainWindow
    from tests.qt.artist import stroke
    from tests.qt.projects.killed_training import KilledTraining

    app = QApplication([])
    models, engine, chance = Library(library), Engine(), random.Random(seed)
    controller = MixController(models, engine, Jobs(models, "cpu"))
    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    window = MainWindow(controller, Preferences(settings))
    session = controller.session
    last: list[tuple[str, tuple[int, ...]]] = []

    def note(kind: str, value: tuple[int, ...]) -> None:
        if (kind, value) not in last[-1:]:
            last.append((kind, value))
            os.write(notes, f"{time.monotonic()} {kind} {' '.join(map(str, value))}\n".encode())

    def note_masks() -> None:
        if session.sample is not None:
            done = len(session.state().done)
            note("masks", masks_value(session.mask("source"), session.mask("target"), done))

    def note_run() -> None:
        run = controller.run
        if run is not None and run.number is not None and len(run.frames):
            note("run", (run.number, run.frames[-1].iteration))

    def note_queue() -> None:
        note("queue", tuple(int(entry.key, 16) for entry in window.project.queue.queue.entries))

    training = KilledTraining(controller, folder, lambda step: note("training", (step,)))

    def paint() -> None:
        canvas = chance.choice((window.panes.source, window.panes.target))
        stroke(canvas, *((chance.random(), chance.random()) for _ in range(3)))

    def start_run() -> None:
        session.settings = replace(session.settings, iterations=chance.choice((20, 400)))
        controller.start_run()

    def enqueue() -> None:
        seeds = [chance.randrange(1000) for _ in range(3)]
        short = replace(session.settings, iterations=chance.choice((10, 100)))
        window.project.queue.add(
            grid_recipes([session.recipe(short)], paired(seeds), [(session.part, session.target_part)])
        )

    def export() -> None:
        if controller.result_run is not None:
            window.files.export_png(folder / "exports" / f"{chance.randrange(10**9)}.png")

    actions: list[Callable[[], object]] = [
        *[paint] * 12,
        *[controller.undo] * 2,
        controller.redo,
        lambda: controller.invert("source"),
        *[start_run] * 2,
        *[enqueue] * 2,
        training.toggle,
        *[export] * 2,
        controller.cancel,
        lambda: window.project.controller.save(folder / "faces.ddsgui"),
    ]

    def act() -> None:
        if session.sample is None or controller.loading:
            return
        if chance.random() < 0.3:
            chance.choice(actions)()
        note_masks()
        note_run()
        note_queue()

    (folder / "exports").mkdir()
    timer = QTimer(interval=ACTION_MS)
    timer.timeout.connect(act)
    timer.start()
    if chance.random() < 0.5:
        training.toggle()
    window.show()
    window.start()
    app.exec()


# ---- the check after the kill


def check(library: Path, folder: Path, notes: list[Note], killed: float) -> Outcome:
    """Open what the next start opens, and compare it with the notes."""
    from ddsgui.errors import DdsError
    from ddsgui.images import read_image
    from ddsgui.jobs.batch.queue import read_queue
    from ddsgui.library.library import Library
    from ddsgui.project.opening import newest_work
    from ddsgui.project.project_file import read_project
    from tests.qt.projects.killed_training import trained_steps

    problems: list[str] = []
    for picture in (folder / "exports").glob("[!.]*.png"):
        try:
            read_image(picture)
        except DdsError as error:
            problems.append(str(error))
    if was_named := (folder / "faces.ddsgui").exists():
        problems += read_project(folder / "faces.ddsgui").damage()
    trained = 0
    try:
        trained = trained_steps(folder)
    except DdsError as error:
        problems.append(str(error))
    if saved := max((note.value[0] for note in notes if note.kind == "training"), default=0):
        problems += [f"step {saved} of the training is lost"] if trained < saved else []
    opened = newest_work(Library(library))
    if opened is None:
        age = killed - notes[0].seconds if notes else 0.0
        return Outcome(
            age, (*problems, *(["nothing is left"] if age > MAX_LOST_SECONDS else [])), 0, was_named
        )
    problems += [*opened.problems, *opened.project.damage()]
    lost = 0.0
    state = opened.state
    masks = [note for note in notes if note.kind == "masks"]
    if state is not None and state.source_mask is not None and state.target_mask is not None and masks:
        value = masks_value(state.source_mask, state.target_mask, len(state.done))
        places = [i for i, note in enumerate(masks) if note.value == value]
        if not places:
            problems.append("the masks are none of those that were painted")
        elif places[-1] + 1 < len(masks):
            lost = killed - masks[places[-1] + 1].seconds
    frames = {
        run.summary.number: max((f.iteration for f in run.summary.frames), default=0)
        for run in opened.project.runs
    }
    for note in notes:
        if note.kind == "run" and frames.get(note.value[0], -1) < note.value[1]:
            lost = max(lost, killed - note.seconds)
            break
    queue = [note for note in notes if note.kind == "queue"]
    keys = tuple(int(entry.key, 16) for entry in read_queue(opened.project.queue_files)[0].entries)
    places = [i for i, note in enumerate(queue) if note.value == keys]
    if queue and not places:
        problems.append("the queue is none of those that were there")
    elif queue and places[-1] + 1 < len(queue):
        lost = max(lost, killed - queue[places[-1] + 1].seconds)
    if opened.journal is not None:
        opened.journal.close()
    if lost > MAX_LOST_SECONDS:
        problems.append(f"changes of {lost:.1f} s are lost")
    return Outcome(lost, tuple(problems), len(frames), was_named, trained)


def kill_once(library: Path, seed: int, min_seconds: float, max_seconds: float) -> Outcome:
    """Start a window in a process of its own, kill it, and check what it has left."""
    with tempfile.TemporaryDirectory(prefix="ddsgui-kill-") as name:
        folder = Path(name)
        os.environ["DDSGUI_HOME"] = str(folder / "home")
        reader, writer = os.pipe()
        if (child := os.fork()) == 0:
            os.close(reader)
            try:
                work(library, folder, writer, seed)
            finally:
                os._exit(1)
        os.close(writer)
        text = os.read(reader, 1 << 16)  # the first pictures are there
        time.sleep(random.Random(seed).uniform(min_seconds, max_seconds))
        os.kill(child, signal.SIGKILL)
        killed = time.monotonic()
        os.waitpid(child, 0)
        while more := os.read(reader, 1 << 16):
            text += more
        os.close(reader)
        notes = []
        for line in text.decode().splitlines():
            seconds, kind, *values = line.split()
            notes.append(Note(float(seconds), kind, tuple(map(int, values))))
        return check(library, folder, notes, killed)


def main() -> int:
    """Kill windows; return 0 if nothing was lost."""
    parser = argparse.ArgumentParser(description="Kill the window at random moments.")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--seconds", type=float, nargs=2, default=(0.2, 6.0), help="from the first picture to a kill"
    )
    args = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # Imported before the processes are forked, which saves each of them several seconds.
    from ddsgui.qt import main_window  # noqa: F401
    from ddsgui.synthesis import optimizer  # noqa: F401
    from ddsgui.training.few_shot import adaptation  # noqa: F401
    from tests.qt.tiny_library import make_tiny_library

    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="ddsgui-kills-") as name:
        library = Path(name)
        make_tiny_library(library)
        for seed in range(args.seed, args.seed + args.count):
            outcome = kill_once(library, seed, *args.seconds)
            outcomes.append(outcome)
            print(
                f"{seed}: lost {outcome.lost_seconds:.2f} s, {outcome.runs} runs, {outcome.trained} steps",
                *outcome.problems,
                flush=True,
            )
    lost = sorted(outcome.lost_seconds for outcome in outcomes)
    failures = [outcome for outcome in outcomes if outcome.problems]
    print(
        f"{len(outcomes)} kills, {sum(o.was_named for o in outcomes)} of a saved project, "
        f"{sum(o.trained > 0 for o in outcomes)} of a training, "
        f"{sum(o.runs for o in outcomes)} runs: lost {lost[len(lost) // 2]:.2f} s in the middle, "
        f"{lost[-1]:.2f} s at most; {len(failures)} failures"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
