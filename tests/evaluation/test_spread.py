from __future__ import annotations

import math

import pytest
import torch

from ddsgui.evaluation import spread


def test_pictures_have_a_mean_and_a_standard_deviation() -> None:
    figure = spread.of_pictures([1.0, 2.0, 3.0, math.nan])
    assert (figure.mean, figure.spread) == (2, 1)
    assert figure.text("{:.1f}") == "2.0 ± 1.0"
    assert spread.of_pictures([math.nan]).text() == "–"


def test_the_jackknife_gives_the_standard_error_of_a_mean() -> None:
    rows = torch.randn(200, 1, generator=torch.Generator().manual_seed(0))
    figure = spread.of_sets(rows, rows * 0, lambda a, b: float((a - b).mean()))
    assert figure.mean == pytest.approx(rows.mean().item())
    assert figure.spread == pytest.approx(rows.std().item() / 200**0.5, rel=0.6)


def test_two_rows_have_no_spread() -> None:
    figure = spread.of_sets(torch.zeros(2, 1), torch.ones(2, 1), lambda a, b: float((b - a).mean()))
    assert figure.mean == 1 and math.isnan(figure.spread)
