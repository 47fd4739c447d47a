"""What is added or verified, one after another on a real engine, and given up."""

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


class Desk:
    """Chores whose steps wait for a gate; all that is heard of them is noted."""

    def __init__(self, engine: Engine, parent: QObject) -> None:
        self.tasks = TaskQueue(engine, parent)
        self.gate = threading.Event()
        self.open: list[str] = []  # what is amid its work
        self.heard: list[str] = []
        self.tasks.failed.connect(self.heard.append)
        self.tasks.cancelled.connect(self.heard.append)

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

        self.tasks.add(LibraryTask(f"Waiting for {name}", f"{name} was not added", job, self.heard.append))


@pytest.fixture
def desk(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(engine_module, "NICENESS", 0)
    parent = QObject()
    engine = Engine(parent)
    engine.start()
    desk = Desk(engine, parent)
    yield desk
    desk.gate.set()
    assert engine.shut_down(LONG)


def test_one_comes_after_another_and_each_is_heard_of(qtbot: QtBot, desk: Desk) -> None:
    desk.add("one")
    assert (desk.tasks.text, desk.tasks.progress) == ("Waiting for one…", None)
    desk.add("two", error="two is damaged.")
    desk.add("three")
    qtbot.waitUntil(lambda: desk.tasks.progress is not None, timeout=LONG)
    assert desk.tasks.text.startswith("Reading, ") and desk.tasks.text.endswith(" %  ·  2 more queued")
    assert desk.open == ["one"]
    desk.gate.set()
    qtbot.waitUntil(lambda: not desk.tasks.is_busy, timeout=LONG)
    assert desk.heard == ["one is done", "two is damaged.", "three is done"] and desk.tasks.text == ""


@pytest.mark.parametrize(
    ("waiting", "said"),
    [
        (0, "Cancelled: one was not added."),
        (1, "Cancelled: one was not added, and 1 queued task was skipped."),
        (2, "Cancelled: one was not added, and 2 queued tasks were skipped."),
    ],
)
def test_given_up_it_ends_with_its_step(qtbot: QtBot, desk: Desk, waiting: int, said: str) -> None:
    for name in ("one", "two", "three")[: 1 + waiting]:
        desk.add(name)
    qtbot.waitUntil(lambda: desk.open == ["one"], timeout=LONG)
    desk.tasks.cancel()
    desk.tasks.cancel()  # who is impatient
    assert desk.tasks.is_cancelling and desk.tasks.text == "Cancelling…"
    desk.add("four")  # of another mind
    desk.gate.set()
    qtbot.waitUntil(lambda: not desk.tasks.is_busy, timeout=LONG)
    assert desk.heard == [said, "four is done"] and not desk.open


def test_what_ends_by_itself_while_it_is_given_up_counts(qtbot: QtBot, desk: Desk) -> None:
    def job() -> Generator[None, None, str]:
        desk.open.append("one")
        assert desk.gate.wait(30)
        return "one is done"
        yield

    desk.tasks.add(LibraryTask("Waiting", "one was not added", job, desk.heard.append))
    desk.add("two")
    qtbot.waitUntil(lambda: bool(desk.open), timeout=LONG)
    desk.tasks.cancel()
    desk.gate.set()
    qtbot.waitUntil(lambda: not desk.tasks.is_busy, timeout=LONG)
    assert desk.heard == ["one is done", "Cancelled: 1 queued task was skipped."]


def test_the_program_ends_amid_one(qtbot: QtBot, desk: Desk) -> None:
    desk.add("one")
    desk.add("two")
    qtbot.waitUntil(lambda: desk.open == ["one"], timeout=LONG)
    desk.tasks.shut_down()
    desk.gate.set()
    qtbot.waitUntil(lambda: not desk.open, timeout=LONG)
    assert not desk.heard
