"""Work is kept: closed, crashed, saved, damaged, open twice, on a full disk."""

from __future__ import annotations

import errno
import shutil
import threading
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from ddsgui.project import stored_session
from ddsgui.project.journal_folder import journals
from ddsgui.project.model_use import ModelUse
from ddsgui.project.project import Project
from ddsgui.project.project_file import read_project, write_project
from ddsgui.project.record_file import RecordFile
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.projects.messages import ADD_COPIES, CONTINUE, SHOW_LIST
from ddsgui.qt.widgets.message_bar import MessageBar
from tests.project.example_runs import project_run
from tests.qt.artist import action, begin_run, end_run, image_on, run_of, stroke
from tests.qt.projects.conftest import StartWindow

Crash = Callable[[MainWindow], None]


def paint(window: MainWindow) -> None:
    """Paint on both masks, undo one stroke, and move a dial."""
    stroke(window.panes.source, (0.3, 0.3), (0.6, 0.6))
    stroke(window.panes.target, (0.2, 0.7), (0.5, 0.4))
    stroke(window.panes.target, (0.8, 0.7), (0.9, 0.9))
    window.controller.undo()
    window.inspector.optimizer.weight_boxes["alpha"].setValue(0.25)


def run(qtbot: QtBot, window: MainWindow, iterations: int = 3) -> int:
    """Run to the end, and return the number that the run has in the project."""
    known = len(window.project.controller.project.runs)
    controller = window.controller
    controller.session.settings = replace(controller.session.settings, iterations=iterations)
    with qtbot.waitSignal(controller.finished, timeout=20_000):
        action(window, "run").trigger()
    qtbot.waitUntil(lambda: len(window.project.controller.project.runs) == known + 1, timeout=10_000)
    return window.project.controller.project.runs[-1].summary.number


def save(qtbot: QtBot, window: MainWindow, path: Path | None = None) -> None:
    with qtbot.waitSignal(window.project.controller.saved, timeout=10_000):
        window.project.controller.save(path)


def state_of(window: MainWindow) -> list[object]:
    """Return what has to be as it was, as plain values."""
    session, panes = window.controller.session, window.panes
    masks = [session.mask(role).tolist() for role in ("source", "target")]
    labels = [step.label for step in (*session.state().done, *session.state().undone)]
    numbers = [run.summary.number for run in window.project.controller.project.runs]
    pictures = [image_on(pane).tolist() for pane in (panes.source, panes.target, panes.crossover)]
    return [
        masks,
        session.undo_label,
        session.redo_label,
        labels,
        session.settings,
        session.blend,
        numbers,
        pictures,
    ]


def press(bar: MessageBar, label: str) -> None:
    """Press a button of a message."""
    next(button for button in bar.findChildren(QPushButton) if button.text() == label).click()


def test_a_closed_window_opens_again_as_it_was(qtbot: QtBot, start_window: StartWindow) -> None:
    window = start_window()
    paint(window)
    number = run(qtbot, window)
    before, frames = state_of(window), len(run_of(window).frames)
    assert window.close() and not window.message.text
    again = start_window()
    assert state_of(again) == before and not again.project.messages.bar.text
    assert run_of(again).number == number
    qtbot.waitUntil(lambda: len(run_of(again).frames) == frames, timeout=5_000)
    assert np.array_equal(image_on(again.panes.result), image_on(window.panes.result))
    again.controller.undo()
    assert state_of(again) != before


def test_after_a_crash_the_next_start_offers_to_continue(
    qtbot: QtBot, start_window: StartWindow, crash: Crash
) -> None:
    window = start_window()
    paint(window)
    run(qtbot, window)
    before = state_of(window)
    crash(window)
    again = start_window()
    offer = again.project.messages.bar
    assert offer.text and state_of(again) != before
    press(offer, CONTINUE)
    assert state_of(again) == before and again.isWindowModified() and not offer.text
    assert again.close()
    assert state_of(start_window()) == before


def test_a_crash_during_a_run_keeps_its_frames(qtbot: QtBot, start_window: StartWindow, crash: Crash) -> None:
    window = start_window()
    begin_run(qtbot, window)
    change = window.project.controller.recording.change
    qtbot.waitUntil(lambda: window.project.controller.recording.recorded_change > change, timeout=5_000)
    frames = len(run_of(window).frames)
    crash_now(window, crash)
    end_run(qtbot, window)
    again = start_window()
    press(again.project.messages.bar, CONTINUE)
    (survivor,) = again.project.controller.project.runs
    assert survivor.summary.state == "cancelled" and 0 < len(survivor.summary.frames) <= frames + 1000
    assert run_of(again).number == 1 and run_of(again).best is not None


def crash_now(window: MainWindow, crash: Crash) -> None:
    """Crash while a run is under way, when there is always something that is not recorded yet."""
    window.project.controller.recording.change = window.project.controller.recording.recorded_change
    crash(window)


def test_an_offer_that_is_declined_stays_under_open_recent(
    qtbot: QtBot, start_window: StartWindow, crash: Crash
) -> None:
    window = start_window()
    paint(window)
    before = state_of(window)
    crash(window)
    again = start_window()
    press(again.project.messages.bar, "Start new")
    qtbot.waitUntil(lambda: len(again.project.controller.unsaved_work) == 1, timeout=5_000)
    again.project.recent_menu.fill()
    with qtbot.waitSignal(again.project.controller.opened, timeout=5_000):
        again.project.recent_menu.actions()[0].trigger()
    assert state_of(again) == before


def test_an_offer_that_is_not_answered_is_made_again(start_window: StartWindow, crash: Crash) -> None:
    window = start_window()
    paint(window)
    crash(window)
    for _ in range(2):
        again = start_window()
        assert again.project.messages.bar.text
        assert again.close()


def test_nothing_is_encoded_in_the_windows_thread(
    qtbot: QtBot, start_window: StartWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, threads = start_window(), set[threading.Thread]()
    encode = stored_session.encode_png

    def encode_png(*args: Any, **options: Any) -> bytes:
        threads.add(threading.current_thread())
        return encode(*args, **options)

    monkeypatch.setattr(stored_session, "encode_png", encode_png)
    paint(window)
    save(qtbot, window, tmp_path / "faces.ddsgui")
    save(qtbot, window)
    with qtbot.waitSignal(window.project.controller.saved, timeout=10_000):
        window.project.controller.save_copy(tmp_path / "copy.ddsgui")
    assert threads and threading.main_thread() not in threads


def test_the_title_says_the_name_and_what_the_file_lacks(
    qtbot: QtBot, start_window: StartWindow, tmp_path: Path
) -> None:
    window, path = start_window(), tmp_path / "faces.ddsgui"
    assert not window.isWindowModified()
    paint(window)
    assert window.isWindowModified()
    save(qtbot, window, path)
    assert not window.isWindowModified() and "faces[*]" in window.windowTitle()
    action(window, "undo").trigger()
    assert window.isWindowModified()
    before = state_of(window)
    save(qtbot, window)
    assert not window.isWindowModified() and str(path) in window.message.text
    assert window.close()
    again = start_window(path)
    assert state_of(again) == before and not again.isWindowModified()


def test_a_second_save_keeps_the_strokes_and_runs_of_the_first(
    qtbot: QtBot, start_window: StartWindow, tmp_path: Path
) -> None:
    window, path = start_window(), tmp_path / "faces.ddsgui"
    paint(window)
    run(qtbot, window)
    save(qtbot, window, path)
    steps = [step.label for step in window.controller.session.state().done]
    stroke(window.panes.source, (0.1, 0.9), (0.9, 0.9))
    run(qtbot, window)
    save(qtbot, window)
    more_steps = [step.label for step in window.controller.session.state().done]
    assert len(more_steps) > len(steps)
    project = read_project(path)
    state, problems = project.session()
    assert state is not None and not problems and not project.damage()
    assert [step.label for step in state.done] == more_steps
    assert [r.summary.number for r in project.runs] == [1, 2]
    assert project.run(2).summary.parent == 1 and len(project.run(1).summary.models) == 3


def test_a_run_that_has_just_ended_is_saved(qtbot: QtBot, start_window: StartWindow, tmp_path: Path) -> None:
    window, path = start_window(), tmp_path / "faces.ddsgui"
    with qtbot.waitSignal(window.project.controller.saved, timeout=10_000):
        window.controller.run_changed.connect(
            lambda: None if window.controller.running else window.project.controller.save(path)
        )
        run(qtbot, window)
    assert len(read_project(path).runs) == 1


def test_unsaved_changes_of_a_named_project_survive_a_crash(
    qtbot: QtBot, start_window: StartWindow, tmp_path: Path, crash: Crash
) -> None:
    window, path = start_window(), tmp_path / "faces.ddsgui"
    run(qtbot, window)
    save(qtbot, window, path)
    paint(window)
    before = state_of(window)
    crash(window)
    again = start_window(path)
    assert state_of(again) == before and again.isWindowModified()
    with qtbot.waitSignal(again.project.controller.opened, timeout=10_000):
        action(again, "revert").trigger()
        press(again.message, "Revert")
    assert state_of(again) != before and not again.isWindowModified()
    assert [r.summary.number for r in again.project.controller.project.runs] == [1]


def test_runs_that_another_program_adds_are_joined(
    qtbot: QtBot, start_window: StartWindow, tmp_path: Path
) -> None:
    window, path = start_window(), tmp_path / "faces.ddsgui"
    run(qtbot, window)
    save(qtbot, window, path)
    write_project(path, read_project(path).with_run(project_run(name="outside")))
    window.project.controller.project.run(1).result()  # from the file that is there now
    run(qtbot, window)
    save(qtbot, window)
    names = [(r.summary.number, r.summary.name) for r in read_project(path).runs]
    assert names == [(1, ""), (2, ""), (3, "outside")]
    assert len(window.project.controller.project.runs) == 3


def test_a_second_window_opens_a_copy(qtbot: QtBot, start_window: StartWindow, tmp_path: Path) -> None:
    window, path = start_window(), tmp_path / "faces.ddsgui"
    run(qtbot, window)
    save(qtbot, window, path)
    second = start_window(path)
    assert second.project.controller.path is None and "copy" in second.project.messages.bar.text
    run(qtbot, window)
    save(qtbot, window)
    assert second.project.controller.project.run(1).thumbnail().size
    with qtbot.waitSignal(second.project.controller.failed, timeout=5_000):
        second.project.controller.save(path)
    assert len(read_project(path).runs) == 2
    save(qtbot, second, tmp_path / "other.ddsgui")
    assert len(read_project(tmp_path / "other.ddsgui").runs) == 1


def test_a_project_that_cannot_be_read_leaves_the_present_one(
    qtbot: QtBot, start_window: StartWindow, tmp_path: Path
) -> None:
    window, path = start_window(), tmp_path / "broken.ddsgui"
    path.write_bytes(b"broken")
    paint(window)
    before = state_of(window)
    with qtbot.waitSignal(window.project.controller.failed, timeout=5_000):
        window.project.actions.open(path)
    assert state_of(window) == before and "broken.ddsgui" in window.message.text
    assert window.project.controller.path is None and window.isWindowModified()


def test_a_damaged_project_opens_with_what_is_intact_and_a_list(
    qtbot: QtBot, start_window: StartWindow, tmp_path: Path
) -> None:
    path = tmp_path / "faces.ddsgui"
    window = start_window()
    run(qtbot, window)
    run(qtbot, window)
    save(qtbot, window, path)
    assert window.close()
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["runs/0001/run.json"] = files[
        "session/undo.bin" if "session/undo.bin" in files else "project.json"
    ][:1]
    del files[next(name for name in files if name.startswith("runs/0002/frames/"))]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    again = start_window(path)
    assert [r.summary.number for r in again.project.controller.project.runs] == [2]
    assert "damaged" in again.project.messages.bar.text
    press(again.project.messages.bar, SHOW_LIST)
    assert again.project.messages.problem_list is not None


def test_a_missing_domain_is_asked_for_by_name_and_hash_and_all_else_opens(
    qtbot: QtBot, start_window: StartWindow, tiny_library: Path, tmp_path: Path
) -> None:
    window, path = start_window(), tmp_path / "faces.ddsgui"
    paint(window)
    qtbot.waitUntil(lambda: len(window.project.controller.recording.tracker.models) == 3, timeout=10_000)
    save(qtbot, window, path)
    before = state_of(window)
    assert window.close()
    library = tmp_path / "library"
    shutil.copytree(tiny_library, library)
    (library / "domains/caricature.safetensors").unlink()
    shutil.copy(library / "domains/portrait.safetensors", library / "domains/caricature.safetensors")
    again = start_window(path, library)
    (use,) = [u for u in window.project.controller.recording.tracker.models if u.name == "caricature"]
    assert (
        isinstance(use, ModelUse)
        and use.sha256 in again.project.messages.bar.text
        and "portrait" not in again.project.messages.bar.text
    )
    assert state_of(again) == before


def test_a_project_that_was_sent_brings_its_domains(
    qtbot: QtBot,
    start_window: StartWindow,
    tiny_library: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sender = tmp_path / "sender"
    shutil.copytree(tiny_library, sender)
    for name in ("portrait", "caricature"):
        shutil.copy(sender / f"domains/{name}.safetensors", sender / f"domains/my {name}.safetensors")
    window, path = start_window(library=sender), tmp_path / "sent.ddsgui"
    with qtbot.waitSignal(window.controller.pictures_changed, timeout=10_000):
        window.inspector.pair.take_domains("my portrait", "my caricature")
    number = run(qtbot, window)
    paint(window)
    qtbot.waitUntil(lambda: len(window.project.controller.recording.tracker.models) == 3, timeout=10_000)
    with qtbot.waitSignal(window.project.controller.sent, timeout=10_000):
        window.project.actions.ask_send().fileSelected.emit(str(path))
    assert "my portrait" in window.message.text and path.name in window.message.text
    before = state_of(window)
    assert window.close()
    monkeypatch.setenv("DDSGUI_HOME", str(tmp_path / "other home"))
    receiver = tmp_path / "receiver"
    shutil.copytree(tiny_library, receiver)
    again = start_window(path, receiver)
    assert state_of(again) == before and "my caricature" in again.project.messages.bar.text
    with qtbot.waitSignal(again.project.controller.models_added, timeout=20_000):
        press(again.project.messages.bar, ADD_COPIES)
    names = {entry.name for entry in again.controller.library.domains()}
    assert {"my portrait", "my caricature"} <= names and "my portrait" in again.message.text
    assert again.controller.session.source_domain == "my portrait" == again.inspector.pair.request.source
    with qtbot.waitSignal(again.controller.pictures_changed, timeout=10_000):
        again.inspector.pair.take_seed(11)
    again.project.commands.return_to(number)
    qtbot.waitUntil(lambda: run_of(again).number == number and not again.controller.loading, timeout=10_000)


def test_a_full_disk_is_reported_once_and_counts_as_unsaved(
    qtbot: QtBot, start_window: StartWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = start_window()
    sentences: list[str] = []
    window.project.controller.failed.connect(sentences.append)

    def full(self: RecordFile, kind: bytes, payload: bytes) -> int:
        raise self._error(OSError(errno.ENOSPC, "No space left on device"))

    with monkeypatch.context() as patch:
        patch.setattr(RecordFile, "append", full)
        for _ in range(2):
            paint(window)
            qtbot.waitUntil(lambda: window.project.controller.recording.is_recorded, timeout=5_000)
        assert len(sentences) == 1 and "full" in sentences[0]
        assert window.isWindowModified()
        before = state_of(window)
        assert not window.close() and window.isVisible() and "full" in window.message.text
        assert state_of(window) == before
        with qtbot.waitSignal(window.project.controller.failed, timeout=10_000):
            window.project.controller.save(tmp_path / "no such folder" / "faces.ddsgui")
        assert window.isVisible() and window.isWindowModified() and state_of(window) == before
        with qtbot.waitSignal(window.project.controller.saved, timeout=10_000):  # a disk that is not full
            window.project.controller.save(tmp_path / "faces.ddsgui")
    assert window.close()
    assert state_of(start_window(tmp_path / "faces.ddsgui")) == before


def test_a_home_that_cannot_be_written_is_reported_once(
    qtbot: QtBot, start_window: StartWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DDSGUI_HOME", str(tmp_path / "file"))
    window = start_window()
    sentences: list[str] = []
    window.project.controller.failed.connect(sentences.append)
    run(qtbot, window)
    assert len(sentences) <= 1 and window.isWindowModified()
    save(qtbot, window, tmp_path / "faces.ddsgui")
    assert len(read_project(tmp_path / "faces.ddsgui").runs) == 1


def test_a_save_that_fails_leaves_the_project_unsaved(
    qtbot: QtBot, start_window: StartWindow, tmp_path: Path
) -> None:
    window = start_window()
    paint(window)
    before = state_of(window)
    with qtbot.waitSignal(window.project.controller.failed, timeout=5_000):
        window.project.controller.save(tmp_path / "no such folder" / "faces.ddsgui")
    assert window.isWindowModified() and window.project.controller.path is None and state_of(window) == before
    assert window.close()
    assert state_of(start_window()) == before


def test_a_new_project_leaves_the_present_one_on_the_disk(qtbot: QtBot, start_window: StartWindow) -> None:
    window = start_window()
    paint(window)
    run(qtbot, window)
    before = state_of(window)
    action(window, "new_project").trigger()
    qtbot.waitUntil(
        lambda: not window.controller.loading and not window.controller.session.can_undo, timeout=10_000
    )
    assert not window.project.controller.project.runs and not window.isWindowModified()
    qtbot.waitUntil(lambda: len(window.project.controller.unsaved_work) == 1, timeout=5_000)
    with qtbot.waitSignal(window.project.controller.opened, timeout=5_000):
        window.project.controller.open_unsaved(window.project.controller.unsaved_work[0])
    assert state_of(window) == before
    assert window.close()
    assert len(journals()) == 1  # nothing was done in the new one


def test_a_copy_leaves_the_project_where_it_is(
    qtbot: QtBot, start_window: StartWindow, tmp_path: Path
) -> None:
    window = start_window()
    paint(window)
    with qtbot.waitSignal(window.project.controller.saved, timeout=10_000):
        window.project.controller.save_copy(tmp_path / "copy.ddsgui")
    assert window.project.controller.path is None and window.isWindowModified()
    state = read_project(tmp_path / "copy.ddsgui").session()[0]
    assert state is not None and state.source_mask is not None
    assert np.array_equal(state.source_mask, window.controller.session.mask("source"))


def test_a_dropped_or_recent_project_opens(qtbot: QtBot, start_window: StartWindow, tmp_path: Path) -> None:
    window, path = start_window(), tmp_path / "faces.ddsgui"
    paint(window)
    save(qtbot, window, path)
    before = state_of(window)
    window.project.controller.new()
    qtbot.waitUntil(
        lambda: window.project.controller.path is None and not window.controller.loading, timeout=10_000
    )
    window.project.recent_menu.fill()
    (recent,) = [a for a in window.project.recent_menu.actions() if a.text() == "faces"]
    with qtbot.waitSignal(window.project.controller.opened, timeout=10_000):
        recent.trigger()
    assert state_of(window) == before and window.project.controller.path == path


def test_an_opened_result_is_a_run_of_the_project(
    qtbot: QtBot, start_window: StartWindow, tmp_path: Path
) -> None:
    window, picture = start_window(), tmp_path / "mine.png"
    run(qtbot, window)
    with qtbot.waitSignal(window.files.done, timeout=20_000):
        window.files.export_png(picture)
    with qtbot.waitSignal(window.controller.pictures_changed, timeout=20_000):
        window.project.actions.open(picture)
    qtbot.waitUntil(lambda: len(window.project.controller.project.runs) == 2, timeout=5_000)
    assert window.project.controller.project.run(2).summary.name == "mine.png"
    assert window.close()
    again = start_window()
    assert run_of(again).number == 2 and run_of(again).best is not None


def test_a_project_without_a_session_shows_its_newest_run(
    qtbot: QtBot, start_window: StartWindow, tmp_path: Path
) -> None:
    path = tmp_path / "faces.ddsgui"
    window = start_window()
    run(qtbot, window)
    save(qtbot, window, path)
    best = run_of(window).best
    assert window.close() and best is not None
    write_project(path, replace(read_project(path), session_files={}))  # as `ddsgui mix` makes it
    again = start_window(path)
    assert run_of(again).number == 1 and not again.isWindowModified()
    assert np.array_equal(image_on(again.panes.result), best.image)
    assert np.array_equal(image_on(again.panes.source), image_on(window.panes.source))


def test_an_empty_project_draws_the_usual_pair(start_window: StartWindow, tmp_path: Path) -> None:
    write_project(tmp_path / "x.ddsgui", Project("x"))
    window = start_window(tmp_path / "x.ddsgui")
    assert window.controller.request.source == "portrait" and not window.isWindowModified()


def test_a_save_under_another_name_during_a_run_loses_nothing(
    qtbot: QtBot, start_window: StartWindow, tmp_path: Path, crash: Crash
) -> None:
    window, path = start_window(), tmp_path / "faces.ddsgui"
    begin_run(qtbot, window)
    save(qtbot, window, path)
    recording = window.project.controller.recording
    change = recording.change
    qtbot.waitUntil(lambda: recording.recorded_change > change, timeout=5_000)
    crash_now(window, crash)
    end_run(qtbot, window)
    again = start_window(path)
    (survivor,) = again.project.controller.project.runs
    assert survivor.summary.frames and survivor.summary.state == "cancelled"
    assert [entry.info.path for entry in journals()] == [str(path)]
