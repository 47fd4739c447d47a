"""ddsgui mix --upscale."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from ddsgui.cli import main
from ddsgui.images import read_image, read_recipe
from ddsgui.synthesis.upscaler import CompactConfig, CompactNetwork, Upscaler, load_upscaler, save_upscaler

MIX = ("mix", "--source", "one", "--target", "two", "--part", "spot", "--iterations", "4")


@pytest.fixture
def out(tmp_path, library, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "out"


def mix(out: Path, *options: object) -> int:
    return main([*MIX, *map(str, options), "--out", str(out)])


def twice(path: Path) -> Upscaler:
    """Save an upscaler by two, and load it."""
    config = CompactConfig(channels=2, convolutions=0, scale=2)
    save_upscaler(CompactNetwork(config), config, path, {})
    return load_upscaler(path)


def sizes(path: Path) -> set[tuple[int, int]]:
    with Image.open(path) as gif:
        return {frame.size for frame in ImageSequence.Iterator(gif)}


def test_the_upscaled_result_is_written_next_to_the_small_one(out, capsys):
    assert mix(out, "--upscale", 4, "--json") == 0
    small, large = read_image(out / "result.png"), read_image(out / "result_x4.png")
    assert small.shape == (16, 16, 3)
    np.testing.assert_array_equal(large, load_upscaler().upscale(small))
    assert read_recipe(out / "result_x4.png") == read_recipe(out / "result.png")
    assert "result_x4.png" in json.loads(capsys.readouterr().out)["files"]
    assert not (out / "optimisation.gif").exists()


def test_without_the_option_nothing_is_upscaled(out, monkeypatch):
    monkeypatch.setattr(Upscaler, "upscale_steps", lambda *_: pytest.fail("upscaled"))
    assert mix(out, "--gif") == 0
    assert not (out / "result_x4.png").exists()


def test_the_frames_of_the_animation_are_as_large(out, library, tmp_path, monkeypatch):
    from ddsgui.export import animation

    monkeypatch.setattr(animation, "MIN_SIDE_PX", 16)
    upscaler = twice(tmp_path / "twice.safetensors")
    assert mix(out, "--gif", "--upscaler", "twice.safetensors") == 0
    assert sizes(out / "optimisation.gif") == {(32, 32)}
    np.testing.assert_array_equal(
        read_image(out / "result_x2.png"), upscaler.upscale(read_image(out / "result.png"))
    )


def test_a_factor_that_the_upscaler_does_not_have_is_refused_before_the_search(out, tmp_path, capsys):
    assert mix(out, "--upscale", 2) == 1
    assert "4 times as large, not 2" in capsys.readouterr().err
    twice(tmp_path / "twice.safetensors")
    assert mix(out, "--upscaler", "twice.safetensors", "--upscale", 4) == 1
    assert "2 times as large, not 4" in capsys.readouterr().err
    assert mix(out, "--upscaler", "nowhere.pth") == 1
    assert "There is no file nowhere.pth" in capsys.readouterr().err
    assert not out.exists()


def test_a_factor_that_is_not_a_number_is_wrong_usage(out):
    with pytest.raises(SystemExit) as stop:
        mix(out, "--upscale", "much")
    assert stop.value.code == 2


def test_the_result_stays_when_the_upscaling_is_interrupted(out, monkeypatch, capsys):
    def interrupted(self: Upscaler, picture: np.ndarray) -> Iterator[None]:
        yield
        raise KeyboardInterrupt

    monkeypatch.setattr(Upscaler, "upscale_steps", interrupted)
    assert mix(out, "--upscale", 4, "--gif", "--json") == 130
    answer = json.loads(capsys.readouterr().out)
    assert answer["interrupted"] and "result_x4.png" not in answer["files"]
    files = {path.name for path in out.iterdir()}
    assert {"result.png", "recipe.json"} <= files and not any("x4" in name or "gif" in name for name in files)
