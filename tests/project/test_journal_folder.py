"""Journals of projects with and without a file, and their locks."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ddsgui.errors import DdsError
from ddsgui.project import journal_folder
from ddsgui.project.file_lock import FileLock
from ddsgui.project.journal_folder import is_open, journal_path, journals, open_journal
from ddsgui.project.journal_state import JournalInfo


def test_a_project_has_one_journal_and_a_new_one_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    project = tmp_path / "my faces.ddsgui"
    assert journal_path(project) == journal_path(project.relative_to(tmp_path))
    assert journal_path(project) != journal_path(tmp_path / "other" / project.name)
    assert journal_path(None) != journal_path(None)


def test_only_one_window_has_a_journal_open():
    path = journal_path(None)
    first = open_journal(path)
    assert first is not None and open_journal(path) is None and is_open(path)
    first.close()
    second = open_journal(path)
    assert second is not None
    second.remove()
    assert not path.exists() and not is_open(path)


def test_a_killed_window_leaves_no_lock(tmp_path):
    path = tmp_path / "x.lock"
    code = (
        "import os, sys, pathlib; from ddsgui.project.file_lock import FileLock\n"
        "lock = FileLock.take(pathlib.Path(sys.argv[1])); print(lock is not None, flush=True)\n"
        "sys.stdin.read(1); os.kill(os.getpid(), 9)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as window:
        assert window.stdin is not None and window.stdout is not None
        assert window.stdout.readline() == "True\n"
        assert FileLock.take(path) is None
        window.stdin.write("x")
        window.stdin.close()
        window.wait()
    assert FileLock.take(path) is not None


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DdsError, match="file"):
        FileLock.take(tmp_path / "file" / "x.lock")


def test_journals_are_listed_with_the_newest_first():
    for number in range(3):
        opened = open_journal(journal_path(None))
        assert opened is not None
        opened.journal.commit({}, JournalInfo(started=str(number), closed=True))
        opened.close()
    folder = journal_folder.folder()
    (folder / "empty.journal").touch()
    (folder / ".untitled-1.abcd.journal").write_bytes(b"left over")
    entries = journals()
    assert sorted(entry.info.started for entry in entries) == ["0", "1", "2"]
    assert [entry.changed for entry in entries] == sorted((e.changed for e in entries), reverse=True)
