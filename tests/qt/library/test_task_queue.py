"""Library tasks run one after another on a real engine, and can be cancelled."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from ddsgui.errors import DdsError
from ddsgui.library.progress import Step
from ddsgui.qt.core import engine as engine_module
from ddsgui.qt.core.engine import Engine
from ddsgui.qt.library.task_queue import LibraryTask, TaskQueue

LONG = 30_000  # ms; the machine may be busy


class GatedQueue:
    """A queue of tasks whose steps wait for a gate; all their reports are recorded."""

    def __init__(self, engine: Engine, parent: QObject) -> None:
        self.tasks = TaskQueue(engine, parent)
        self.gate = threading.Event()
        self.open: list[str] = []  # the tasks that have started and not ended
        self.reports: list[str] = []
        self.tasks.failed.connect(self.reports.append)
        self.tasks.cancelled.connect(self.reports.append)

    def add(self, name: str, error: str = "") -> None:
        def job() -> Generator[Step, None, str]:
            self.open.append(name)
            try:
                for tenth in range(10):
                    yield Step("Reading", tenth / 10)
                    assert self.gate.wait(30)
            finally:
                self.open.remove(name)
            if error:
                raise DdsError(error)
            return f"{name} is done"

        self.tasks.add(LibraryTask(f"Waiting for {name}", f"{name} was not added", job, self.reports.append))


@pytest.fixture
def queue(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[GatedQueue]:
    monkeypatch.setattr(engine_module, "NICENESS", 0)
    parent = QObject()
    engine = Engine(parent)
    engine.start()
    queue = GatedQueue(engine, parent)
    yield queue
    queue.gate.set()
    assert engine.shut_down(LONG)


def test_tasks_run_one_after_another_and_each_is_reported(qtbot: QtBot, queue: GatedQueue) -> None:
    queue.add("one")
    assert (queue.tasks.text, queue.tasks.progress) == ("Waiting for one…", None)
    queue.add("two", error="two is damaged.")
    queue.add("three")
    qtbot.waitUntil(lambda: queue.tasks.progress is not None, timeout=LONG)
    assert queue.tasks.text.startswith("Reading, ") and queue.tasks.text.endswith(" %  ·  2 more queued")
    assert queue.open == ["one"]
    queue.gate.set()
    qtbot.waitUntil(lambda: not queue.tasks.is_busy, timeout=LONG)
    assert queue.reports == ["one is done", "two is damaged.", "three is done"] and queue.tasks.text == ""


@pytest.mark.parametrize(
    ("waiting", "words"),
    [
        (0, "one was not added."),
        (1, "1 queued task was skipped"),
        (2, "2 queued tasks were skipped"),
    ],
)
def test_a_cancelled_task_ends_after_its_step(
    qtbot: QtBot, queue: GatedQueue, waiting: int, words: str
) -> None:
    for name in ("one", "two", "three")[: 1 + waiting]:
        queue.add(name)
    qtbot.waitUntil(lambda: queue.open == ["one"], timeout=LONG)
    queue.tasks.cancel()
    queue.tasks.cancel()  # impatiently
    assert queue.tasks.is_cancelling and queue.tasks.text == "Cancelling…"
    queue.add("four")  # after the cancelled ones
    queue.gate.set()
    qtbot.waitUntil(lambda: not queue.tasks.is_busy, timeout=LONG)
    assert words in queue.reports[0] and queue.reports[1:] == ["four is done"] and not queue.open


def test_a_task_that_finishes_while_being_cancelled_counts(qtbot: QtBot, queue: GatedQueue) -> None:
    def job() -> Generator[None, None, str]:
        queue.open.append("one")
        assert queue.gate.wait(30)
        return "one is done"
        yield

    queue.tasks.add(LibraryTask("Waiting", "one was not added", job, queue.reports.append))
    queue.add("two")
    qtbot.waitUntil(lambda: bool(queue.open), timeout=LONG)
    queue.tasks.cancel()
    queue.gate.set()
    qtbot.waitUntil(lambda: not queue.tasks.is_busy, timeout=LONG)
    assert queue.reports[0] == "one is done" and "1 queued task was skipped" in queue.reports[1]


def test_the_program_can_end_during_a_task(qtbot: QtBot, queue: GatedQueue) -> None:
    queue.add("one")
    queue.add("two")
    qtbot.waitUntil(lambda: queue.open == ["one"], timeout=LONG)
    queue.tasks.shut_down()
    queue.gate.set()
    qtbot.waitUntil(lambda: not queue.open, timeout=LONG)
    assert not queue.reports
