"""ddsgui mix --export and ddsgui render --export."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage

from ddsgui.cli import main
from ddsgui.export import video_encoders
from ddsgui.export.options import ExportOptions
from ddsgui.images import read_image, read_recipe

MIX = ("mix", "--source", "one", "--target", "two", "--part", "spot", "--iterations", "4")
ALL = "jpeg,webp,tiff,gif,apng,frames,psd,ora,strip"
FILES = {
    *("result.jpg", "result.webp", "result.tif", "result.psd", "result.ora", "strip.png"),
    *("optimisation.gif", "optimisation.png", "frames"),
}


@pytest.fixture(autouse=True)
def folder(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ddsgui(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_mix_and_render_write_the_same_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--export", ALL, "--scale", 1, "--fps", 10, "--side-by-side")
    assert ddsgui(*MIX, "--every", 2, "--project", "p.ddsgui", "--out", "a", *options, "--json") == 0
    assert set(json.loads(capsys.readouterr().out)["files"]) >= FILES
    assert ddsgui("render", "p.ddsgui", "--run", 1, "--out", "b", *options, "--json") == 0
    assert set(json.loads(capsys.readouterr().out)["files"]) >= FILES
    mixed, rendered = contents(folder / "a"), contents(folder / "b")
    assert mixed.keys() == rendered.keys()
    # A project keeps the frames that lead to its result, which may be others than the animation's.
    for name in ("result.jpg", "result.webp", "result.tif", "strip.png", "result.psd", "result.ora"):
        assert mixed[name] == rendered[name], name
    names = [layer.name for layer in PSDImage.open(folder / "b/result.psd")]
    assert names[-2:] == ["Live blend", "Result"]
    assert read_recipe(folder / "b/result.tif") == read_recipe(folder / "a/result.png")


def test_a_morph_needs_no_frames(folder: Path) -> None:
    assert ddsgui(*MIX, "--export", "gif,apng", "--seconds", 0.5, "--hold", 0, "--animate", "morph") == 0
    with Image.open("ddsgui-out/morph.png") as film:
        film.seek(3)
        middle = np.array(film.convert("RGB").resize((16, 16), Image.Resampling.BOX)).astype(int)
    assert np.abs(middle - read_image(folder / "ddsgui-out/result.png")).mean() < 12
    assert not (folder / "ddsgui-out/optimisation.gif").exists()


def test_a_live_blend_is_animated_as_a_morph(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    live = ("mix", "--source", "one", "--target", "two", "--part", "spot", "--preset", "live")
    assert ddsgui(*live, "--export", "gif,psd", "--seconds", 0.5) == 0
    assert {"morph.gif", "result.psd"} <= contents(folder / "ddsgui-out").keys()
    assert ddsgui(*live, "--export", "gif", "--animate", "run") == 2
    assert "morph" in capsys.readouterr().err


def test_an_upscaled_export_has_its_own_name(folder: Path) -> None:
    assert ddsgui(*MIX, "--export", "png,jpeg", "--scale", 4, "--quality", 50) == 0
    assert read_image(folder / "ddsgui-out/result.png").shape == (16, 16, 3)
    for name in ("result_x4.png", "result_x4.jpg"):
        assert read_image(folder / "ddsgui-out" / name).shape == (64, 64, 3)


def test_files_that_are_not_of_a_mix_are_never_replaced(folder: Path) -> None:
    (folder / "ddsgui-out").mkdir()
    (folder / "ddsgui-out/sheet.png").write_bytes(b"mine")
    for _ in range(2):
        assert ddsgui(*MIX, "--export", "psd,gif,strip") == 0
    assert ddsgui(*MIX, "--export", "sheet") == 0
    names = contents(folder / "ddsgui-out").keys()
    assert {"result.psd", "result (2).psd"} <= names, "somebody may have painted on it"
    assert not names & {"optimisation.gif", "strip.png"}, "those of an earlier mix go with it"


def test_formats_of_one_export_share_what_they_draw(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ddsgui.export import animation

    drawn: list[int] = []
    real = animation._run
    monkeypatch.setattr(animation, "_run", lambda content: drawn.append(1) or real(content))
    assert ddsgui(*MIX, "--export", "gif,apng,frames") == 0
    assert drawn == [1]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("--export bmp", "bmp"),
        ("--fps 12", "--export"),
        ("--export png --fps 12", "--fps"),
        ("--export gif --fps 0", "frames per second"),
        ("--export gif --scale 99", "scale"),
        ("--export psd --max-mb 8", "--max-mb"),
    ],
)
def test_a_wrong_option_is_reported_before_the_search(
    folder: Path, capsys: pytest.CaptureFixture[str], options: str, word: str
) -> None:
    assert ddsgui(*MIX, *options.split()) == 2
    assert word in capsys.readouterr().err
    assert not list(folder.iterdir())


def test_a_missing_encoder_is_reported_before_the_search(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    video_encoders.find_encoder.cache_clear()
    monkeypatch.setattr(video_encoders, "_encodes", lambda *_: False)
    assert ddsgui(*MIX, "--export", "mp4") == 1
    video_encoders.find_encoder.cache_clear()
    assert "ffmpeg" in capsys.readouterr().err and not list(folder.iterdir())


def test_one_failed_export_loses_neither_the_mix_nor_the_others(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "ddsgui-out").mkdir()
    (folder / "ddsgui-out/frames").touch()
    assert ddsgui(*MIX, "--export", "frames,jpeg") == 1
    assert "frames" in capsys.readouterr().err
    assert {"result.png", "result.jpg"} <= contents(folder / "ddsgui-out").keys()


def test_a_frame_of_a_run_is_exported_with_the_frames_before_it(folder: Path) -> None:
    assert ddsgui(*MIX, "--project", "p.ddsgui", "--out", "a") == 0
    options = ("--export", "frames", "--scale", 1)
    assert ddsgui("render", "p.ddsgui", "--run", 1, "--frame", 2, "--out", "f", *options) == 0
    frames = sorted((folder / "f/frames").iterdir())
    np.testing.assert_array_equal(read_image(frames[-1]), read_image(folder / "f/result.png"))
    assert len(frames) == 3


def test_a_morph_of_a_run_whose_domain_is_missing_is_faded(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert ddsgui(*MIX, "--project", "p.ddsgui", "--out", "a") == 0
    monkeypatch.setenv("DDSGUI_HOME", str(tmp_path / "empty"))
    options = ("--export", "apng,psd", "--animate", "morph", "--seconds", 0.3)
    assert ddsgui("render", "p.ddsgui", "--run", 1, "--out", "f", *options) == 0
    assert "Live blend" not in [layer.name for layer in PSDImage.open(folder / "f/result.psd")]
    assert (folder / "f/morph.png").is_file() and any("faded" in text for text in caplog.messages)


def test_the_defaults_of_the_help_are_those_of_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["mix", "--help"])
    text = capsys.readouterr().out
    options = ExportOptions()
    for value in (options.fps, options.hold, options.quality):
        assert f"default: {value:g}" in text
