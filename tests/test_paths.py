from __future__ import annotations

import errno
from pathlib import Path

import pytest

from ddsgui import paths
from ddsgui.errors import DdsError
from ddsgui.paths import assets, user_data, why_not, write_all, write_beside


def test_shipped_folders_lie_beside_the_package_in_a_checkout(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "ddsgui")
    assert assets() == tmp_path / "assets"


def test_shipped_folders_lie_inside_the_package_in_a_wheel(monkeypatch, tmp_path):
    (tmp_path / "ddsgui" / "assets").mkdir(parents=True)
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "ddsgui")
    assert assets() == tmp_path / "ddsgui" / "assets"


def test_user_data_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("DDSGUI_HOME", str(tmp_path))
    assert user_data() == tmp_path
    monkeypatch.delenv("DDSGUI_HOME")
    assert user_data().name == "ddsgui"


def test_a_written_file_takes_its_name_only_when_whole(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with write_beside(path) as beside:
        assert beside.parent == tmp_path
        assert beside.suffix == ".txt"
        beside.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("raised", [ValueError("no"), KeyboardInterrupt()])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, raised):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(type(raised)), write_beside(path) as beside:
        beside.write_text("half")
        raise raised
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told_in_a_sentence(tmp_path):
    with pytest.raises(DdsError, match="the disk is full"), write_beside(tmp_path / "a") as beside:
        beside.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_told_in_a_sentence(tmp_path):
    with (
        pytest.raises(DdsError, match="folder does not exist"),
        write_beside(tmp_path / "no" / "a") as beside,
    ):
        beside.write_bytes(b"")


def test_devices_and_folders_are_not_replaced(tmp_path):
    with pytest.raises(DdsError, match="not an ordinary file"), write_beside(Path("/dev/null")):
        pass
    with pytest.raises(DdsError, match="not an ordinary file"), write_beside(tmp_path):
        pass


def test_a_set_of_files_is_written_together(tmp_path):
    write_all(tmp_path, {"a.txt": b"1", "b.txt": b"2"})
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a.txt": b"1", "b.txt": b"2"}


def test_a_set_of_files_stays_as_it_was_if_one_cannot_be_written(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"old")
    (tmp_path / "b.txt").mkdir()
    with pytest.raises(DdsError, match=r"b\.txt cannot be written"):
        write_all(tmp_path, {"a.txt": b"new", "b.txt": b"new"})
    assert (tmp_path / "a.txt").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 2


def test_reasons_end_a_sentence():
    assert why_not(OSError(errno.EIO, "Input/output error")) == "input/output error"
    assert why_not(PermissionError(errno.EACCES, "Permission denied")).startswith("permission denied")
