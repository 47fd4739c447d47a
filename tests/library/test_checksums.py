from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from ddsgui.errors import LibraryError
from ddsgui.library import checksums
from ddsgui.library.checksums import Checksums
from ddsgui.steps import result_of


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "domains/a.safetensors"
    path.parent.mkdir()
    path.write_text("one")
    return path


def rewrite(path: Path, text: str, *, keep_time: bool) -> None:
    time = path.stat().st_mtime_ns
    path.write_text(text)
    when = time if keep_time else time + 10**9
    os.utime(path, ns=(when, when))


def test_a_file_of_the_library_is_read_once(tmp_path, file, monkeypatch):
    assert Checksums(tmp_path).of(file) == sha256("one")
    monkeypatch.setattr(checksums, "_hash_steps", lambda path: pytest.fail("read again"))
    checksums._hash.cache_clear()
    assert Checksums(tmp_path).of(file) == sha256("one")


def test_a_file_that_changed_is_read_again(tmp_path, file):
    Checksums(tmp_path).of(file)
    rewrite(file, "two", keep_time=False)
    assert Checksums(tmp_path).of(file) == sha256("two")


def test_a_file_elsewhere_is_not_recorded(tmp_path, file):
    elsewhere = Checksums(tmp_path / "library")
    assert elsewhere.of(file) == sha256("one")
    assert not (tmp_path / "library").exists()


def test_a_check_distinguishes_damage_from_a_new_file(tmp_path, file):
    record = Checksums(tmp_path)
    assert result_of(record.check_steps(file)) == ("new", sha256("one"))
    assert result_of(record.check_steps(file)) == ("same", sha256("one"))
    rewrite(file, "one", keep_time=False)
    assert result_of(record.check_steps(file)) == ("same", sha256("one"))
    rewrite(file, "two", keep_time=False)
    assert result_of(record.check_steps(file)) == ("changed", sha256("two"))
    rewrite(file, "twx", keep_time=True)
    assert result_of(record.check_steps(file)) == ("damaged", sha256("twx"))


def test_downloads_are_recorded(tmp_path):
    record = Checksums(tmp_path)
    assert record.download("cats") is None
    record.record_download("cats", "ab" * 32)
    assert Checksums(tmp_path).download("cats") == "ab" * 32


def test_records_of_missing_files_are_dropped(tmp_path, file):
    record = Checksums(tmp_path)
    record.of(file)
    record.record_download("cats", "ab" * 32)
    file.rename(file.with_name("b.safetensors"))
    record.of(file.with_name("b.safetensors"))
    text = (tmp_path / "checksums.json").read_text()
    assert "a.safetensors" not in text and "b.safetensors" in text and "cats" in text


@pytest.mark.parametrize("content", ["", "[]", '{"files": 3, "downloads": []}', '{"files": {"a": 1}}'])
def test_a_broken_record_starts_from_scratch(tmp_path, file, content):
    (tmp_path / "checksums.json").write_text(content)
    record = Checksums(tmp_path)
    assert record.of(file) == sha256("one")
    assert record.download("cats") is None
    assert result_of(record.check_steps(file))[0] == "same"


def test_a_missing_file_is_reported(tmp_path):
    with pytest.raises(LibraryError, match="cannot be read"):
        Checksums(tmp_path).of(tmp_path / "gone")


def test_a_record_that_cannot_be_written_does_no_harm(tmp_path, file):
    (tmp_path / "checksums.json").mkdir()
    assert Checksums(tmp_path).of(file) == sha256("one")
