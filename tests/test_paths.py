from __future__ import annotations

import errno
import sys
import tempfile
from pathlib import Path

import pytest

from ddsgui import paths
from ddsgui.errors import DdsError
from ddsgui.paths import (
    assets,
    output_folder,
    reason_of,
    remove_unfinished,
    user_data,
    write_all,
    write_beside,
)


def test_bundled_folders_are_next_to_the_package_in_a_checkout(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "ddsgui")
    assert assets() == tmp_path / "assets"


def test_bundled_folders_are_inside_the_package_in_a_wheel(monkeypatch, tmp_path):
    (tmp_path / "ddsgui" / "assets").mkdir(parents=True)
    monkeypatch.setattr(paths, "PACKAGE", tmp_path / "ddsgui")
    assert assets() == tmp_path / "ddsgui" / "assets"


def test_user_data_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("DDSGUI_HOME", str(tmp_path))
    assert user_data() == tmp_path
    monkeypatch.delenv("DDSGUI_HOME")
    assert user_data().name == "ddsgui"


def test_another_folder_may_be_chosen_for_the_process(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "_chosen", None)
    before = user_data()
    paths.set_user_data(tmp_path / "mine")
    assert user_data() == tmp_path / "mine"
    paths.set_user_data(None)
    assert user_data() == before
    (tmp_path / "file").touch()
    with pytest.raises(DdsError, match="is a file"):
        paths.set_user_data(tmp_path / "file")


def test_the_cache_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("DDSGUI_HOME", str(tmp_path))
    assert paths.user_cache() == tmp_path / "cache"
    monkeypatch.delenv("DDSGUI_HOME")
    assert paths.user_cache().name == "ddsgui"


def test_a_written_file_gets_its_name_only_when_complete(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with write_beside(path) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".txt"
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("raised", [ValueError("no"), KeyboardInterrupt()])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, raised):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(type(raised)), write_beside(path) as temporary:
        temporary.write_text("half")
        raise raised
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_process_that_ends_during_a_write_leaves_nothing_half_written(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(DdsError), write_beside(path) as temporary:  # in the other thread, if it still ran
        temporary.write_text("half")
        remove_unfinished()
        assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "old"


def test_a_full_disk_gets_one_sentence(tmp_path):
    with pytest.raises(DdsError, match="the disk is full"), write_beside(tmp_path / "a") as temporary:
        temporary.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_gets_one_sentence(tmp_path):
    with (
        pytest.raises(DdsError, match="folder does not exist"),
        write_beside(tmp_path / "no" / "a") as temporary,
    ):
        temporary.write_bytes(b"")


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


def test_an_output_folder_is_made_and_stays_if_it_has_files(tmp_path):
    with output_folder(tmp_path / "a" / "b") as folder:
        (folder / "result").touch()
    assert (tmp_path / "a" / "b" / "result").exists()


def test_an_output_folder_that_stays_empty_is_removed(tmp_path):
    with pytest.raises(DdsError, match="no domain"), output_folder(tmp_path / "out"):
        raise DdsError("no domain")
    assert not (tmp_path / "out").exists()
    (tmp_path / "mine").mkdir()
    with output_folder(tmp_path / "mine"):
        pass
    assert (tmp_path / "mine").exists()


def test_an_output_folder_that_cannot_be_written_is_reported_at_once(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "deeper"):
        with pytest.raises(DdsError, match="a file is in the way"), output_folder(folder):
            pytest.fail("the work began")

    def refuse(dir: Path) -> None:
        raise PermissionError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(DdsError, match="permission denied"), output_folder(tmp_path):
        pytest.fail("the work began")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="/proc is Linux's")
def test_the_error_names_the_folder_that_cannot_have_files():
    for folder in (Path("/proc/x"), Path("/proc/x/deeper"), Path("/proc")):
        with pytest.raises(DdsError, match="/proc does not accept new files"), output_folder(folder):
            pytest.fail("the work began")
    with (
        pytest.raises(DdsError, match="/proc does not accept new files"),
        write_beside(Path("/proc/x")) as temporary,
    ):
        temporary.write_bytes(b"")
    with pytest.raises(DdsError, match="a file is in the way"), output_folder(Path("/dev/null/x")):
        pytest.fail("the work began")


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit")
def test_a_file_above_the_size_limit_is_reported(tmp_path):
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(DdsError, match="larger than"), write_beside(tmp_path / "a") as temporary:
            temporary.write_bytes(bytes(20_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_reasons_continue_a_sentence():
    assert reason_of(OSError(errno.EIO, "Input/output error")) == "input/output error"
    assert reason_of(PermissionError(errno.EACCES, "Permission denied")).startswith("permission denied")


def test_a_user_without_a_home_gets_a_folder_and_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def nobody(*_: object) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("DDSGUI_HOME", raising=False)
    monkeypatch.setattr(paths.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(paths.platformdirs, "user_data_path", lambda *_, **__: Path("~/.local/share/ddsgui"))
    monkeypatch.setattr(paths.platformdirs, "user_cache_path", lambda *_, **__: nobody())
    monkeypatch.setattr(Path, "expanduser", nobody)
    monkeypatch.setattr(Path, "home", nobody)
    paths._replacement.cache_clear()
    try:
        assert paths.user_data().parent == paths.user_cache().parent
        assert paths.user_data().is_relative_to(tmp_path)
        assert paths.expanded("~/a.pt") == Path("~/a.pt")
        assert paths.home_folder() == Path.cwd()
    finally:
        paths._replacement.cache_clear()
    assert caplog.text.count("--library") == 1


@pytest.mark.parametrize("links", [True, False])
def test_a_new_file_never_replaces_one_that_came_in_the_meantime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def no_links(self: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "no links")

    if not links:
        monkeypatch.setattr(Path, "hardlink_to", no_links)
    with write_beside(tmp_path / "a", new=True) as beside:
        beside.write_text("first")
    with pytest.raises(DdsError, match="another name"), write_beside(tmp_path / "a", new=True) as beside:
        beside.write_text("second")
    assert (tmp_path / "a").read_text() == "first"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


@pytest.mark.skipif(sys.platform == "win32", reason="names are text there")
def test_a_name_that_is_not_utf8_becomes_a_link(tmp_path: Path) -> None:
    path = tmp_path / "Stra\udcdfe.txt"
    path.write_text("content")
    with paths.utf8_path(path) as named:
        assert str(named).encode() and named.read_text() == "content"
    with paths.utf8_path(tmp_path) as named:
        assert named == tmp_path
