from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from ddsgui.latest import Latest
from ddsgui.library.library import Library
from ddsgui.qt.jobs import Jobs, RunRequest
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
