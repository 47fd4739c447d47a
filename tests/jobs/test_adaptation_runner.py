"""The times at which an adaptation is drawn and saved, by a simulated clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from ddsgui.errors import DdsError
from ddsgui.jobs import adaptation_runner
from ddsgui.jobs.adaptation_runner import AdaptationRunner
from ddsgui.training.few_shot.settings import AdaptationStep
from ddsgui.training.snapshots import Snapshot


class Machine:
    """A clock, an adaptation whose steps take a second, and a folder that records what is written and when."""

    def __init__(self) -> None:
        self.now = 0.0
        self.notes: list[tuple[str, float]] = []
        self.full = False
        self.drawing = 0.1  # seconds
        # of the adaptation
        self.step, self.warm_up, self.total = 0, 10, 310
        self.source = self.generator = "a network"
        # of the folder
        self.path, self.examples = Path("folder"), 10
        self.stored: list[Snapshot] = []

    def monotonic(self) -> float:
        return self.now

    def steps(self) -> Iterator[AdaptationStep]:
        while self.step < self.total:
            self.now += 1
            self.step += 1
            yield AdaptationStep(self.step, self.total, {}, 1.0, self.step <= self.warm_up)

    def examples_tensor(self) -> torch.Tensor:
        return torch.zeros(10, 3, 4, 4, dtype=torch.uint8)

    def snapshots(self) -> list[Snapshot]:
        return self.stored

    def snapshot(self, _: object) -> None:
        self._write("snapshot")
        self.stored.append(Snapshot(self.step, Path()))

    def save(self, _: object) -> None:
        self._write("state")

    def _write(self, what: str) -> None:
        if self.full:
            raise DdsError("The disk is full.")
        self.notes.append((what, self.now))

    def draw(self, _: object) -> np.ndarray:
        self.now += self.drawing
        return np.zeros((8, 4, 4, 3), np.uint8)

    def times(self, what: str) -> np.ndarray:
        return np.array([time for noted, time in self.notes if noted == what])


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(adaptation_runner, "time", machine)
    monkeypatch.setattr(adaptation_runner, "draw", machine.draw)
    return machine


def make_runner(machine: Machine) -> AdaptationRunner:
    return AdaptationRunner(machine, machine, "portrait", "Portrait")  # type: ignore[arg-type]


def test_it_draws_every_twenty_seconds_and_saves_within_a_minute(machine: Machine) -> None:
    for status in make_runner(machine).steps():
        assert status.step == max(0, machine.step - 10) and status.warmed == min(machine.step, 10)
        assert status.is_warming_up == (machine.step < 10)
    drawn, saved = machine.times("snapshot"), machine.times("state")
    assert np.diff(drawn).min() >= 20 and np.diff(drawn).max() < 22
    assert np.diff(saved, prepend=0).max() < 50
    assert machine.stored[0].step > 10  # nothing changes while it warms up


def test_drawing_takes_a_twentieth_of_the_time_at_most(machine: Machine) -> None:
    machine.drawing = 4.0
    began = machine.now
    for _ in make_runner(machine).steps():
        pass
    drawn = len(machine.times("snapshot")) * 4.0
    assert drawn > 0 and drawn / (machine.now - began) < 0.05
    assert np.diff(machine.times("state"), prepend=0).max() < 55  # saving is not delayed


def test_saving_to_a_full_disk_is_tried_again_and_reported_until_there_is_room(machine: Machine) -> None:
    runner = make_runner(machine)
    machine.full = True
    errors = set()
    for status in runner.steps():
        errors.add(status.save_error)
        if machine.step == 200:
            machine.full = False
    assert len(errors) == 2
    assert "" in errors
    assert "The disk is full." in max(errors)
    assert not runner.status.save_error and machine.times("state")[0] < 255


def test_write_saves_the_snapshot_and_the_state(machine: Machine) -> None:
    runner = make_runner(machine)
    steps = runner.steps()
    for _ in range(16):
        next(steps)
    assert not machine.notes
    status = runner.write()
    assert status.step == status.newest.step == status.snapshots[-1] == 5
    assert {what for what, _ in machine.notes} == {"snapshot", "state"}
    machine.notes.clear()
    runner.write()
    assert [what for what, _ in machine.notes] == ["state"]  # the snapshot is there already
