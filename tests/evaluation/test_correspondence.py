from __future__ import annotations

import pytest
import torch

from ddsgui.evaluation.correspondence import correspondence, edges, shapes


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_partners_are_found_through_any_style():
    people = torch.randn(50, 40, generator=rng())
    styled = people * torch.linspace(0.1, 9, 40) + torch.linspace(-100, 100, 40)
    scores = correspondence(people, styled)
    assert scores.pairs == 50
    assert scores.top1 == 1
    assert scores.partners == pytest.approx(1)
    # Cosines of 40 random numbers scatter by 1 / √40.
    assert scores.gap == pytest.approx(40**0.5, rel=0.15)


def test_unrelated_pictures_are_matched_by_chance_only():
    people, strangers = torch.randn(2, 200, 30, generator=rng())
    scores = correspondence(people, strangers)
    assert scores.top1 < 0.03
    assert abs(scores.gap) < 0.3


def test_the_scores_match_those_by_hand():
    source = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    shuffled = source[[1, 0, 2]]
    scores = correspondence(source, shuffled)
    assert scores.top1 == pytest.approx(1 / 3)  # only the last stays in its place


def test_fewer_than_three_pairs_are_refused():
    with pytest.raises(ValueError, match="three pairs"):
        correspondence(torch.zeros(2, 4), torch.zeros(2, 4))


def test_shapes_and_edges_see_no_colour():
    grey = torch.rand(2, 1, 32, 32, generator=rng()).mul(0.2)
    light = grey.expand(-1, 3, -1, -1)
    # Another colour of the same brightness.
    tinted = light + torch.tensor([0.587, -0.299, 0.0]).view(3, 1, 1) * 0.5
    for features, width in ((shapes, 256 * 64), (edges, 256)):
        rows = features([light[:1], light[1:]])
        assert rows.shape == (2, width)
        torch.testing.assert_close(features([tinted]), rows, rtol=1e-3, atol=1e-4)
        assert not torch.allclose(rows[0], rows[1])
