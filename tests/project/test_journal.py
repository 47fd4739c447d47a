"""Journals: cut short, damaged, compacted, on a full disk, over a project's file."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest

from ddsgui.errors import DdsError, ProjectError
from ddsgui.project import journal as journal_module
from ddsgui.project.archive import Archive, EntryError, StoredContent, content_bytes
from ddsgui.project.archive_writer import write_archive
from ddsgui.project.journal import Journal, JournalContent, read_info
from ddsgui.project.journal_state import JournalInfo
from ddsgui.project.record_file import MAGIC

FIRST, SECOND = {"a": b"1" * 100, "b": b"2"}, {"a": b"1" * 100, "c": b"3" * 50}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of two states."""
    path = tmp_path / "x.journal"
    journal = Journal(path)
    journal.commit(FIRST, JournalInfo(started="then"))
    journal.commit(SECOND, JournalInfo(started="then", unsaved=True))
    journal.close()
    return path


def entries(journal: Journal) -> dict[str, bytes]:
    return {name: content_bytes(content) for name, content in journal.contents.items()}


def test_the_newest_state_comes_back(path):
    journal = Journal(path)
    assert entries(journal) == SECOND and not journal.problems
    assert journal.info == read_info(path) == JournalInfo(started="then", unsaved=True)


def test_every_cut_gives_the_state_before_or_after_a_change(path):
    content, states = path.read_bytes(), []
    for end in (*range(0, len(content), 9), len(content)):
        path.write_bytes(content[:end])
        journal = Journal(path)
        assert entries(journal) in ({}, FIRST, SECOND) and not journal.problems
        if not states or states[-1] != entries(journal):
            states.append(entries(journal))
        journal.commit({**journal.contents, "new": b"4"}, journal.info)
        journal.close()
        assert entries(Journal(path))["new"] == b"4"
    assert states == [{}, FIRST, SECOND]


def test_a_damaged_record_ends_the_journal_silently(path):
    content, random = path.read_bytes(), np.random.default_rng(0)
    for place in random.integers(len(MAGIC), len(content), 100):
        damaged = bytearray(content)
        damaged[place] ^= 255
        path.write_bytes(damaged)
        assert entries(Journal(path)) in ({}, FIRST)


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "x.journal").write_bytes(b"PK" * 20)
    with pytest.raises(ProjectError):
        Journal(tmp_path / "x.journal")
    assert read_info(tmp_path / "x.journal") is None


def test_an_equal_content_is_written_once(path):
    journal = Journal(path)
    before = journal.bytes
    journal.commit({**SECOND, "again": b"1" * 100}, journal.info)
    assert journal.bytes - before < 200
    same = journal.bytes
    journal.commit(journal.contents, journal.info)
    assert journal.bytes == same


def test_pieces_make_up_one_content(path):
    journal = Journal(path)
    digests = tuple(journal.store_piece(piece, deflate=True) for piece in (b"0" * 1000, b"1" * 1000))
    journal.commit({"undo": journal.content(digests)}, journal.info)
    assert journal.bytes < path.stat().st_size + 1 and entries(Journal(path)) == {
        "undo": b"0" * 1000 + b"1" * 1000
    }


def test_compaction_keeps_the_state_and_what_is_still_in_use(path, monkeypatch):
    monkeypatch.setattr(journal_module, "MIN_COMPACTED_BYTES", 10_000)
    journal = Journal(path)
    journal._next_check = 10_000
    used = journal.store(b"used")
    for i in range(50):
        journal.commit({"big": bytes([i]) * 1000}, journal.info)
    assert journal.bytes < 30_000
    assert used.read() == b"used" and entries(journal) == {"big": bytes([49]) * 1000}
    journal.commit({**journal.contents, "used": used}, journal.info)
    journal.close()
    assert entries(Journal(path)) == {"big": bytes([49]) * 1000, "used": b"used"}


def test_a_full_disk_leaves_the_last_state_and_later_changes_follow_it(path, monkeypatch):
    journal = Journal(path)
    file = journal._file._file

    class FullDisk:
        """A file that accepts half of what is written to it."""

        def __getattr__(self, name):
            return getattr(file, name)

        def write(self, data) -> int:
            if len(data) < 20:
                raise OSError(errno.ENOSPC, "No space left on device")
            return file.write(data[: len(data) // 2])

    monkeypatch.setattr(journal._file, "_file", FullDisk())
    with pytest.raises(DdsError, match="full"):
        journal.commit({"d": b"5" * 1000}, journal.info)
    assert entries(Journal(path)) == SECOND
    monkeypatch.undo()
    journal.commit({"d": b"5" * 1000}, journal.info)
    assert entries(Journal(path)) == {"d": b"5" * 1000}


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DdsError, match="file"):
        Journal(tmp_path / "file" / "x.journal")


def test_a_closed_journal_fails_in_one_sentence(path):
    journal = Journal(path)
    content = journal.contents["a"]
    journal.close()
    with pytest.raises(DdsError):
        journal.commit({}, journal.info)
    with pytest.raises(EntryError):
        content_bytes(content)


def test_entries_of_the_project_file_stay_there(tmp_path, path):
    project = tmp_path / "x.ddsgui"
    write_archive(project, {"a": b"1" * 100_000, "b": b"2"})
    archive, journal = Archive(project), Journal(path)
    before = journal.bytes
    info = JournalInfo(path=str(project))
    journal.commit({"a": StoredContent(archive, "a"), "b": StoredContent(archive, "b"), "c": b"3"}, info)
    assert journal.bytes - before < 1000
    journal.close()
    reopened = Journal(path)
    assert entries(reopened) == {"a": b"1" * 100_000, "b": b"2", "c": b"3"} and not reopened.problems
    reopened.close()
    # The same contents in another file, as after a save that was killed before the journal learnt of it.
    write_archive(project, {"c": b"3", "b": b"2", "a": b"1" * 100_000})
    assert len(entries(Journal(path))) == 3
    write_archive(project, {"a": b"other"})
    reopened = Journal(path)
    assert entries(reopened) == {"c": b"3"} and len(reopened.problems) == 1
    reopened.close()
    project.unlink()
    reopened = Journal(path)
    assert entries(reopened) == {"c": b"3"} and str(project) in reopened.problems[0]


def test_a_content_has_a_limit(path):
    journal = Journal(path)
    content = journal.contents["a"]
    assert isinstance(content, JournalContent) and len(content) == 100
    with pytest.raises(EntryError):
        content.read(99)
