"""The controller of the library window: one message about the results of several files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ddsgui.library.library import Library
from ddsgui.qt.core import engine as engine_module
from ddsgui.qt.core.engine import Engine
from ddsgui.qt.core.io_threads import IoThreads
from ddsgui.qt.library.controller import MAX_RESULTS, LibraryController, results_message

LONG = 30_000  # milliseconds


@pytest.fixture
def library_controller(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LibraryController]:
    monkeypatch.setattr(engine_module, "NICENESS", 0)
    engine = Engine()
    engine.start()
    controller = LibraryController(Library(tmp_path / "library"), engine, IoThreads())
    yield controller
    controller.shut_down()
    assert engine.shut_down(LONG)


def test_files_added_together_share_one_message(
    qtbot: QtBot, library_controller: LibraryController, tiny_library: Path, tmp_path: Path
) -> None:
    (tmp_path / "first.pt").write_bytes(b"")
    (tmp_path / "last.pt").write_bytes(b"")
    part = next((tiny_library / "parts").glob("*.safetensors"))
    own = Path(shutil.copy(part, tmp_path / "own part.safetensors"))
    messages: list[str] = []
    library_controller.message.connect(lambda sentence, _: messages.append(sentence))
    paths = [tmp_path / "first.pt", own, tmp_path / "last.pt"]
    library_controller.add_files(paths)
    qtbot.waitUntil(lambda: len(messages) == len(paths), timeout=LONG)
    assert all(text in messages[-1] for text in ("added", "first.pt", "last.pt"))
    qtbot.waitUntil(lambda: not library_controller.tasks.is_busy, timeout=LONG)
    library_controller.add_files([tmp_path / "last.pt"])
    qtbot.waitUntil(lambda: len(messages) > len(paths), timeout=LONG)
    assert "first.pt" not in messages[-1], "a new message, once the queue was idle"


def test_a_message_about_many_files_stays_short() -> None:
    assert results_message(["A", "B", "C"], []).startswith("A, B and C added")
    titles = [f"Title {number}" for number in range(MAX_RESULTS + 1)]
    assert results_message(titles, []).startswith(f"{len(titles)} files added")
    sentences = [f"Sentence {number}." for number in range(MAX_RESULTS + 2)]
    message = results_message([], sentences)
    assert sentences[MAX_RESULTS - 1] in message and sentences[MAX_RESULTS] not in message
    assert "2 more" in message
