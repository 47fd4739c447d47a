"""Archives from anywhere: nothing in them is trusted, and what is intact is read."""

from __future__ import annotations

import zipfile
import zlib
from contextlib import nullcontext

import pytest

from ddsgui.errors import DdsError, ProjectError
from ddsgui.project.archive import (
    MAX_ENTRY_BYTES,
    Archive,
    ArchiveChangedError,
    EntryError,
    StoredContent,
)
from ddsgui.project.archive_writer import write_archive

FILES = {"a.json": b"{}" * 500, "b.png": b"picture", "folder/c.csv": b"1,2\n" * 900}


@pytest.fixture
def path(tmp_path):
    write_archive(tmp_path / "x.ddsgui", FILES)
    return tmp_path / "x.ddsgui"


def foreign(path, entries) -> None:
    """Write a zip file with these pairs of name and content."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            with pytest.warns(UserWarning) if name in archive.namelist() else nullcontext():
                archive.writestr(name, content)


def test_contents_return_and_equal_contents_give_equal_files(path, tmp_path):
    archive = Archive(path)
    assert {name: archive.read(name) for name in archive.names} == FILES
    assert not archive.problems
    write_archive(tmp_path / "copy", {name: StoredContent(archive, name) for name in archive.names})
    assert (tmp_path / "copy").read_bytes() == path.read_bytes()
    with zipfile.ZipFile(path) as plain:
        assert plain.testzip() is None


@pytest.mark.parametrize("name", ["../evil.json", "/etc/evil", "a\\..\\b", "runs/../x.png", "C:evil", "a b"])
def test_a_name_that_leaves_the_project_is_not_read(tmp_path, name):
    foreign(tmp_path / "x", [("good.json", b"1"), (name, b"2")])
    archive = Archive(tmp_path / "x")
    assert archive.names == ["good.json"]
    assert len(archive.problems) == 1


def test_a_name_twice_is_not_read_at_all(tmp_path):
    foreign(tmp_path / "x", [("a.json", b"1"), ("b.json", b"2"), ("a.json", b"3")])
    archive = Archive(tmp_path / "x")
    assert archive.names == ["b.json"]
    assert "a.json" in archive.problems[0]


def test_a_bomb_is_not_inflated(tmp_path):
    limit = MAX_ENTRY_BYTES[".csv"]
    foreign(tmp_path / "x", [("stated.csv", bytes(limit + 1)), ("liar.csv", bytes(limit + 1))])
    content = bytearray((tmp_path / "x").read_bytes())
    size, small = (limit + 1).to_bytes(4, "little"), (10).to_bytes(4, "little")
    at = content.rindex(size)  # in the directory, of the second entry
    content[at : at + 4] = small
    (tmp_path / "x").write_bytes(content)
    archive = Archive(tmp_path / "x")
    for name in archive.names:
        with pytest.raises(EntryError):
            archive.read(name)


def test_overlapping_entries_are_not_read(tmp_path):
    foreign(tmp_path / "x", [("a.json", b"1"), ("b.json", b"2")])
    content = (tmp_path / "x").read_bytes()
    second = content.index(b"PK\3\4", 4).to_bytes(4, "little")
    at = content.rindex(second, 0, content.index(b"PK\5\6"))
    (tmp_path / "x").write_bytes(content[:at] + bytes(4) + content[at + 4 :])
    archive = Archive(tmp_path / "x")
    assert not archive.names and len(archive.problems) == 2


def test_a_changed_byte_is_noticed(path):
    content = path.read_bytes()
    path.write_bytes(content.replace(b"picture", b"pictuRe"))
    archive = Archive(path)
    with pytest.raises(EntryError, match=r"b\.png"):
        archive.read("b.png")
    assert archive.read("a.json") == FILES["a.json"]


def test_a_file_that_is_cut_short_gives_what_comes_before(path):
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"folder/c.csv") + 5])
    archive = Archive(path)
    assert {name: archive.read(name) for name in archive.names} == {k: FILES[k] for k in ("a.json", "b.png")}
    assert archive.problems


def test_a_file_that_another_program_replaced_is_not_mistaken_for_damage(path):
    archive = Archive(path)
    write_archive(path, {"b.png": b"other"})
    with pytest.raises(ArchiveChangedError):
        archive.read("b.png")
    path.unlink()
    with pytest.raises(ArchiveChangedError):
        archive.read("b.png")


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n", b"PK\5\6" + bytes(18)])
def test_another_kind_of_file_is_refused(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(ProjectError, match="not a ddsgui project"):
        Archive(tmp_path / "x")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(ProjectError):
            Archive(path)


def test_a_failing_write_leaves_the_old_file(path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    before = path.read_bytes()
    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(DdsError, match="full"):
        write_archive(path, FILES)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_damaged_entry_is_left_out_and_the_old_file_is_kept(path):
    damaged = path.read_bytes().replace(b"picture", b"pictuRe")
    path.write_bytes(damaged)
    archive = Archive(path)
    problems = write_archive(path, {name: StoredContent(archive, name) for name in archive.names})
    assert set(Archive(path).names) == set(FILES) - {"b.png"}
    assert len(problems) == 2
    assert path.with_name("x.damaged-1.ddsgui").read_bytes() == damaged


def test_encrypted_and_unknown_forms_are_damage(path):
    content = bytearray(path.read_bytes())
    for start in (content.index(b"PK\3\4") + 8, content.index(b"PK\1\2") + 10):
        content[start : start + 2] = (99).to_bytes(2, "little")
    path.write_bytes(content)
    with pytest.raises(EntryError):
        Archive(path).read("a.json")


def test_deflated_rubbish_is_damage(tmp_path):
    foreign(tmp_path / "x", [("a.json", b"hello" * 100)])
    content = bytearray((tmp_path / "x").read_bytes())
    start = 30 + len("a.json")
    content[start : start + 4] = zlib.compress(b"other")[:4]
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(EntryError):
        Archive(tmp_path / "x").read("a.json")
