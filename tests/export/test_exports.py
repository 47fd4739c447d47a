from __future__ import annotations

import errno
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ddsgui.errors import DdsError, UsageError
from ddsgui.export.exports import export_steps, free_path
from ddsgui.export.options import FORMAT_NAMES, ExportOptions
from ddsgui.export.registry import FORMATS, format_named
from ddsgui.images import read_image
from tests.export.examples import a_mix, drained

ONE_OF_EACH_WAY = ("png", "jpeg", "gif", "awebp", "apng", "webm", "frames", "psd", "ora", "sheet")


def place_of(folder: Path, name: str) -> Path:
    return folder / f"mine{FORMATS[name].suffix}"


def test_the_command_line_names_all_formats() -> None:
    assert tuple(FORMATS) == FORMAT_NAMES
    assert format_named("psd") is FORMATS["psd"]
    with pytest.raises(UsageError, match="gif"):
        format_named("bmp")
    assert all(fmt.description and fmt.title for fmt in FORMATS.values())


def test_formats_name_options_that_there_are() -> None:
    known = set(ExportOptions().as_dict())
    assert all(set(fmt.options) <= known for fmt in FORMATS.values())


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_written_with_progress_and_leaves_nothing_else(tmp_path: Path, name: str) -> None:
    steps: list[Any] = []
    path = place_of(tmp_path, name)
    try:
        FORMATS[name].check()
    except DdsError:
        pytest.skip("this computer has no encoder")
    options = ExportOptions(scale=1)
    exported = drained(export_steps(path, FORMATS[name], a_mix(side=24, frames=2), options), steps.append)
    assert exported.path == path and str(path) in exported.sentence
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    counts = [step for step in steps if step is not None]
    assert all(0 < done <= total for done, total in counts)
    if FORMATS[name].kind != "picture":
        assert counts[-1][0] == counts[-1][1]


@pytest.mark.parametrize("name", ONE_OF_EACH_WAY)
def test_a_cancelled_export_leaves_nothing(tmp_path: Path, name: str) -> None:
    content = a_mix(side=24)
    path = place_of(tmp_path, name)
    total = sum(1 for _ in export_steps(path, FORMATS[name], content, ExportOptions(scale=2)))
    for file in [*path.glob("*"), path]:
        file.unlink() if file.is_file() else file.rmdir()
    for cut in {1, total // 2, total}:
        steps = export_steps(path, FORMATS[name], a_mix(side=24), ExportOptions(scale=2))
        taken = sum(1 for _ in islice(steps, cut))
        steps.close()
        if taken < cut:  # a video has a step less when the encoder was quick
            assert taken >= total - 2
            path.unlink()
        assert not list(tmp_path.iterdir()), f"after {cut} of {total} steps"


@pytest.mark.parametrize("name", ONE_OF_EACH_WAY)
def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DdsError, match="cannot be written"):
        drained(
            export_steps(place_of(tmp_path / "file", name), FORMATS[name], a_mix(), ExportOptions(scale=1))
        )


@pytest.mark.parametrize("name", ["png", "gif", "awebp", "frames"])
def test_a_full_disk_leaves_the_earlier_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = place_of(tmp_path, name)
    drained(export_steps(path, FORMATS[name], a_mix(side=16), ExportOptions(scale=1)))
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}

    def full(*args: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DdsError, match="the disk is full"):
        drained(export_steps(path, FORMATS[name], a_mix(side=24), ExportOptions(scale=1)))
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


def test_frames_replace_those_of_an_earlier_export_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "frames"
    drained(export_steps(folder, FORMATS["frames"], a_mix(frames=9), ExportOptions(scale=1)))
    (folder / "mine.png").touch()
    content = a_mix(frames=2)
    drained(export_steps(folder, FORMATS["frames"], content, ExportOptions(scale=1)))
    names = sorted(file.name for file in folder.iterdir())
    assert names == ["frame_0001.png", "frame_0002.png", "frame_0003.png", "mine.png"]
    np.testing.assert_array_equal(read_image(folder / "frame_0002.png"), content.frames[1])


def test_a_free_name_is_numbered(tmp_path: Path) -> None:
    path = tmp_path / "a.b.png"
    assert free_path(path) == path
    path.touch()
    (tmp_path / "a.b (2).png").touch()
    assert free_path(path) == tmp_path / "a.b (3).png"
    (tmp_path / "frames").mkdir()
    assert free_path(tmp_path / "frames").name == "frames (2)"


def test_files_of_a_mix_are_named_for_what_they_show() -> None:
    morph, large = ExportOptions(animate="morph"), ExportOptions(scale=4)
    names = [FORMATS["gif"].file_name(ExportOptions()), FORMATS["gif"].file_name(morph)]
    assert names == ["optimisation.gif", "morph.gif"]
    assert FORMATS["jpeg"].file_name(large) == "result_x4.jpg"
    assert FORMATS["psd"].file_name(large) == "result.psd" and FORMATS["frames"].file_name(morph) == "frames"
