from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch

from ddsgui.evaluation.features import FeatureNetwork
from ddsgui.jobs.evaluation.comparison import Comparison, compare
from ddsgui.jobs.evaluation.measures import Measures, Pictures
from ddsgui.steps import result_of


class Person:
    """A mix of which only the job's key is read."""

    def __init__(self, number: int) -> None:
        self.job = self
        self.key = f"person {number}"
        self.image = np.random.default_rng(number).integers(0, 256, (16, 16, 3), np.uint8)


@pytest.fixture
def people() -> Any:
    return [Person(number) for number in range(20)]


@pytest.fixture
def seen() -> list[int]:
    """The sizes of the batches that the network has seen."""
    return []


@pytest.fixture
def measures(tmp_path: Path, seen: list[int]) -> Measures:
    def rows(images: Any) -> Iterator[torch.Tensor]:
        for batch in images:
            assert batch.shape[1:] == (3, 16, 16) and batch.dtype == torch.uint8
            seen.append(len(batch))
            yield batch.float().mean((2, 3))

    return Measures(tmp_path, FeatureNetwork("mean", "mean", "", rows), None)


def pictures(people: Any, name: str = "own", shift: int = 0) -> Pictures:
    return Pictures(name, people, lambda mix: np.roll(cast(Person, mix).image, shift, 0))


def test_features_are_computed_once(people: Any, measures: Measures, seen: list[int]) -> None:
    first = result_of(measures.features(pictures(people)))
    assert first.shape == (20, 3) and seen == [16, 4]
    again = result_of(measures.features(pictures(people)))
    assert torch.equal(first, again) and seen == [16, 4]
    result_of(measures.features(pictures(people[:3])))
    assert seen == [16, 4, 3]


def test_figures_are_remembered(people: Any, measures: Measures) -> None:
    calls: list[int] = []

    def measure() -> dict[str, Any]:
        calls.append(1)
        return {"gap": len(calls)}

    own, reversed_ = pictures(people), pictures(people[::-1], "reversed")
    for references in (own, own, reversed_):
        measures.remembered("person", own, references, measure)
    assert len(calls) == 2
    assert measures.remembered("person", own, own, measure) == {"gap": 1}


def test_a_stop_within_a_set_leaves_nothing_half_written(
    people: Any, measures: Measures, tmp_path: Path
) -> None:
    steps = measures.features(pictures(people))
    assert "16 of 20" in next(steps)
    steps.close()
    assert not list(tmp_path.iterdir())


def test_a_comparison_has_every_figure(people: Any, measures: Measures) -> None:
    same: Comparison = result_of(compare(measures, pictures(people), pictures(people, "again")))
    shuffled: Comparison = result_of(
        compare(measures, pictures(people), pictures(people[::-1], "reversed", 3))
    )
    assert same.fid.mean == pytest.approx(0, abs=1e-6) and same.ssim.mean == pytest.approx(1)
    assert shuffled.ssim.mean < 0.5 and shuffled.psnr.mean < 12 < shuffled.psnr_of_bytes.mean
    assert len(same.cells) == len(Comparison.HEAD)
    assert {"fid", "fid_spread", "kid", "ssim", "lpips", "pictures"} <= same.columns.keys()
