"""Choosing one of several generators in a file: the average, the wanted one, or a question."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import torch

from ddsgui.checkpoints.checkpoint import load_generator
from ddsgui.checkpoints.layouts.state_dict import choose_network
from ddsgui.checkpoints.model_file import ModelFile
from ddsgui.cli import main
from ddsgui.errors import CheckpointError
from ddsgui.jobs.library import NetworkChoice, add
from ddsgui.library.library import Entry, Library
from ddsgui.steps import result_of

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A file with two generators, whose constants are all 1 and all 2."""
    state = torch.load(GOLDEN / "rosinality.pt", weights_only=False)
    network = state.get("g_ema", state.get("g"))
    networks = {
        name: {**network, "input.input": torch.full_like(network["input.input"], value)}
        for name, value in (("first", 1.0), ("second", 2.0))
    }
    torch.save(networks, tmp_path / "two.pt")
    return tmp_path / "two.pt"


@pytest.mark.parametrize(
    ("names", "wanted", "expected"),
    [
        (["g", "g_ema"], "", (1, ())),
        (["g", "g_ema"], "g", (0, ())),
        (["a", "b"], "", (0, ("a", "b"))),
        (["a", "b"], "b", (1, ())),
        ([""], "", (0, ())),
    ],
)
def test_the_network_is_chosen_by_its_name(
    names: list[str], wanted: str, expected: tuple[int, tuple[str, ...]]
) -> None:
    assert choose_network(names, wanted) == expected


def test_the_first_is_taken_with_a_word(two: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        generator = load_generator(two)
    assert float(generator.synthesis.const.mean()) == 1
    assert "first, second" in caplog.text and "--network" in caplog.text


def test_an_option_takes_another(two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DDSGUI_HOME", str(tmp_path / "home"))
    out = tmp_path / "out.safetensors"
    assert main(["convert", str(two), "--out", str(out), "--network", "second"]) == 0
    assert float(load_generator(out).synthesis.const.mean()) == 2
    assert main(["library", "add", str(two), "--network", "second"]) == 0
    assert float(load_generator(Library().domain("two")).synthesis.const.mean()) == 2
    with pytest.raises(CheckpointError, match=r"third.*first"):
        ModelFile(two, "third").report()


def test_the_window_asks(two: Path, tmp_path: Path) -> None:
    library = Library(tmp_path / "home")
    question = result_of(add(library, two, None))
    assert isinstance(question, NetworkChoice) and question.networks == ("first", "second")
    assert not library.domains() or "two" not in {entry.name for entry in library.domains()}
    entry = result_of(add(library, two, None, "second"))
    assert isinstance(entry, Entry)
    assert float(load_generator(entry.path).synthesis.const.mean()) == 2
