from __future__ import annotations

import pytest
import torch

from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.training.few_shot.latents import AnchoredLatents
from ddsgui.training.few_shot.settings import AdaptationSettings


@pytest.fixture(scope="module")
def source() -> Generator:
    torch.manual_seed(0)
    return Generator(GeneratorConfig(16, 8, 8, 2, (8, 8, 8))).freeze()


def make(source: Generator, **settings) -> AnchoredLatents:
    return AnchoredLatents(source, AdaptationSettings(**settings), torch.Generator().manual_seed(1))


def test_anchored_latents_are_near_the_anchors(source):
    exact, near = make(source, anchors=3, anchor_noise=0.0), make(source, anchors=3, anchor_noise=0.1)
    of_anchors = source.mapping(exact.anchors)
    drawn = torch.cat([exact.draw(anchored=True) for _ in range(10)])
    assert drawn.shape == (40, 6, 8)
    assert torch.equal(drawn[:, 0], drawn[:, -1])  # no styles are mixed around anchors
    nearest = torch.cdist(drawn[:, 0], of_anchors).min(1)
    assert nearest.values.max() < 0.01
    assert set(nearest.indices.tolist()) == {0, 1, 2}
    distance = torch.cdist(near.draw(anchored=True)[:, 0], source.mapping(near.anchors)).min(1).values
    assert 0.01 < distance.max() < torch.cdist(of_anchors, of_anchors).max()


@pytest.mark.parametrize(("mixing", "changes"), [(0.0, 0), (1.0, 1)])
def test_styles_are_mixed_at_one_layer(source, mixing, changes):
    latents = make(source, mixing=mixing)
    ws = torch.cat([latents.draw(anchored=False) for _ in range(20)])  # [80, 6, 8]
    changed = (ws[:, 1:] != ws[:, :-1]).any(2)
    assert (changed.sum(1) == changes).all()
    assert changed.any(0).all() == bool(changes)  # the change may be at any layer


def test_mixing_is_the_fraction_of_latents_that_change(source):
    latents = make(source, mixing=0.3, batch=250)
    ws = torch.cat([latents.draw(anchored=False) for _ in range(4)])
    changed = (ws[:, 1:] != ws[:, :-1]).any(2).any(1)
    assert changed.float().mean().item() == pytest.approx(0.3, abs=0.05)
