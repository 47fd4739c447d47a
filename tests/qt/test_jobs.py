from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from ddsgui.gan.checkpoint import DomainMetadata, save_generator
from ddsgui.gan.generator import Generator as Network
from ddsgui.gan.generator import GeneratorConfig
from ddsgui.latest import Latest
from ddsgui.library.library import Library
from ddsgui.qt.jobs import Jobs, Notice, PairRequest, RunRequest
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.settings import OptimizerSettings


def test_a_backbone_on_its_way_is_shown_and_can_be_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[bool] = []

    def slow(name: str) -> Generator[tuple[int, int], None, None]:
        try:
            yield 1_000_000, 233_000_000
        finally:
            ended.append(True)

    monkeypatch.setattr("ddsgui.synthesis.backbones.download_backbone", slow)
    grey = np.zeros((8, 8), np.uint8)
    picture = np.zeros((8, 8, 3), np.uint8)
    crossover = Crossover(picture, picture, grey, grey)
    request = RunRequest("a", "b", crossover, OptimizerSettings.from_preset("paper", backbone="alexnet"))
    job = Jobs(Library(tmp_path)).run(request, Latest())
    assert next(job) == "Starting the run…"
    assert next(job) == "Downloading alexnet: 1 of 233 MB…"
    job.close()
    assert ended == [True]


def test_a_part_that_does_not_fit_leaves_pictures_to_paint_on(tmp_path: Path) -> None:
    (tmp_path / "domains").mkdir()
    generator = Network(GeneratorConfig(32, 8, 8, 1, (4, 4, 4, 4)))
    generator.estimate_w_mean()
    save_generator(generator, tmp_path / "domains" / "mine.safetensors", DomainMetadata("mine"))
    said = []
    job = Jobs(Library(tmp_path)).pair(PairRequest("mine", "mine", "hair", seed=1))
    while True:
        try:
            said.append(next(job))
        except StopIteration as stop:
            sample = stop.value
            break
    assert isinstance(said[-1], Notice)
    assert "64 pixels" in said[-1].text
    assert sample.source.shape == (32, 32, 3)
    assert not sample.source_mask.any()
