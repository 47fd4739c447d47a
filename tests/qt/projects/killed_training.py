"""The training in a window that is killed, and the check of what it has left."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np

from ddsgui.editing.example import read_example
from ddsgui.images import write_png
from ddsgui.jobs import adaptation_runner
from ddsgui.jobs.adaptation_folders import open_adaptation
from ddsgui.jobs.adaptation_runner import AdaptationRunner
from ddsgui.jobs.adaptation_values import DomainRequest
from ddsgui.jobs.adaptations import AdaptationJobs
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Channel, Task

NAME = "killed"
SAVE_SECONDS = 0.1  # so that kills fall into a save, too
FOLDER, SETTINGS = "adaptations", "settings.json"


class _Jobs(AdaptationJobs):
    """Jobs that train in a folder that belongs to one kill."""

    place: Path

    @property
    def folder(self) -> Path:
        return self.place


class KilledTraining:
    """A training that is begun, stopped and resumed; `note` is called with each step whose state is on the disk."""

    def __init__(self, controller: MixController, folder: Path, note: Callable[[int], object]) -> None:
        self._controller, self._examples = controller, folder / "examples"
        self._jobs = _Jobs(controller.jobs)
        self._jobs.place = folder / FOLDER
        self._task: Task | None = None
        self._examples.mkdir()
        for number, picture in enumerate(np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)):
            write_png(self._examples / f"{number}.png", picture)
        adaptation_runner.SAVE_SECONDS = adaptation_runner.REFRESH_SECONDS = SAVE_SECONDS
        adaptation_runner.REFRESH_INTERVAL_FACTOR = 1.0
        save = AdaptationRunner.save

        def save_and_note(self: AdaptationRunner) -> None:
            save(self)
            note(self.adaptation.step)

        AdaptationRunner.save = save_and_note

    def toggle(self) -> None:
        """Begin or resume the training, or stop it."""
        if self._task is None:
            self._task = self._controller.engine.submit(Channel.DOMAIN, self._train, share=0.5)
        else:
            self._task.cancel()
            self._task = None

    def _train(self) -> Generator[object, None, object]:
        if (self._jobs.folder / NAME / SETTINGS).exists():
            return (yield from self._jobs.resume(NAME))
        examples = tuple(map(read_example, sorted(self._examples.iterdir())))
        return (yield from self._jobs.begin(DomainRequest(NAME, "portrait", examples, 100_000)))


def trained_steps(folder: Path) -> int:
    """Return the steps that a killed training has on the disk. Raises DdsError if a file of it is damaged."""
    from ddsgui.checkpoints.checkpoint import load_generator

    place = folder / FOLDER / NAME
    if not (place / SETTINGS).exists():
        return 0
    adaptation = open_adaptation(place)
    for snapshot in adaptation.snapshots():
        load_generator(snapshot.path)
    return adaptation.resume("cpu").step
