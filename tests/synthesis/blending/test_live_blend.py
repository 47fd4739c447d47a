from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ddsgui.errors import OptimizerError
from ddsgui.rect import Rect
from ddsgui.stylegan.generator import Generator, GeneratorConfig, SynthesisNetwork
from ddsgui.synthesis.blend_settings import BlendPart, BlendSettings
from ddsgui.synthesis.blending.colour_reading import reads_source_colours
from ddsgui.synthesis.blending.live_blend import LiveBlend
from ddsgui.synthesis.sample import Sample, resized
from ddsgui.synthesis.sampling import sample_pair

Pair = tuple[Generator, Generator]
SIDE = 32


@pytest.fixture
def sample(pair: Pair) -> Sample:
    return sample_pair(*pair, None, latent=5, truncation=1.0)


@pytest.fixture
def blend(pair: Pair, sample: Sample) -> LiveBlend:
    return LiveBlend(*pair, sample)


def spot(x: int = 16, y: int = 14, radius: float = 7) -> np.ndarray:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return (((columns - x) ** 2 + (rows - y) ** 2 < radius**2) * 255).astype(np.uint8)


def part(mask: np.ndarray | None = None, **settings) -> BlendPart:
    mask = spot() if mask is None else mask
    return BlendPart(mask, mask, BlendSettings(**settings))


def whole(blend: LiveBlend, *parts: BlendPart) -> np.ndarray:
    return blend.blend(parts).image


BOTH = pytest.mark.parametrize("last_layers", ["target", "source"])


@BOTH
def test_an_empty_mask_gives_exactly_the_target(blend: LiveBlend, sample: Sample, last_layers: str) -> None:
    empty = np.zeros((SIDE, SIDE), np.uint8)
    for nothing in ([], [part(empty, last_layers=last_layers)], [part(strength=0, last_layers=last_layers)]):
        np.testing.assert_array_equal(whole(blend, *nothing), sample.target)


@BOTH
def test_a_full_mask_is_the_source_as_drawn(blend: LiveBlend, sample: Sample, last_layers: str) -> None:
    full = np.full((SIDE, SIDE), 255, np.uint8)
    difference = whole(blend, part(full, last_layers=last_layers, depth=SIDE)).astype(int) - sample.source
    assert np.abs(difference).max() <= 1


@BOTH
def test_the_mask_shows_the_source_and_distant_pixels_the_target(
    blend: LiveBlend, sample: Sample, last_layers: str
) -> None:
    image = whole(blend, part(last_layers=last_layers, depth=SIDE, feather=2)).astype(int)
    assert np.abs(image - sample.source)[13:16, 15:18].max() <= 1
    assert np.abs(image - sample.target)[:, 30:].max() <= 1


def test_masks_that_do_not_overlap_carry_over_both_areas(blend: LiveBlend, sample: Sample) -> None:
    settings = BlendSettings(last_layers="source", feather=0)
    image = blend.blend([BlendPart(spot(8), spot(24), settings)]).image
    union = (spot(8) | spot(24)) > 0
    np.testing.assert_array_equal(image, np.where(union[..., None], sample.source, sample.target))


@BOTH
def test_half_the_strength_changes_less(blend: LiveBlend, sample: Sample, last_layers: str) -> None:
    distance = [
        np.abs(
            whole(blend, part(last_layers=last_layers, strength=strength)).astype(int) - sample.target
        ).mean()
        for strength in (0.25, 0.5, 1.0)
    ]
    assert 0 < distance[0] < distance[1] < distance[2]


@pytest.mark.parametrize("feather", [0, 1, 3])
@pytest.mark.parametrize(
    "settings",
    [
        ({"last_layers": "target", "depth": 8},),
        ({"last_layers": "target", "depth": 32},),
        ({"last_layers": "source"},),
        (
            {"last_layers": "target", "depth": 16},
            {"last_layers": "source"},
            {"last_layers": "target", "depth": 32},
        ),
        ({"last_layers": "target", "match_colour": True},),
    ],
)
def test_a_stroke_redraws_its_surroundings_like_the_whole_picture(
    blend: LiveBlend, settings: tuple[dict, ...], feather: int
) -> None:
    changed = Rect(3, 20, 4, 3)
    places = (9, 16, 22)
    parts = [part(spot(x), feather=feather, **s) for x, s in zip(places, settings, strict=False)]
    image = whole(blend, *parts).copy()
    after = []
    for before in parts:
        mask = before.source_mask.copy()
        mask[changed.slices] = 255 - mask[changed.slices]
        after.append(part(mask, feather=feather, **settings[len(after)]))
    region = blend.blend(after, changed)
    image[region.rect.slices] = region.image
    assert np.abs(image.astype(int) - whole(blend, *after)).max() <= 1


def test_erasing_the_last_of_a_part_restores_the_target(blend: LiveBlend, sample: Sample) -> None:
    changed = Rect(14, 12, 4, 4)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[changed.slices] = 255
    image = whole(blend, part(mask, last_layers="target", depth=8)).copy()
    region = blend.blend([part(0 * mask, last_layers="target", depth=8)], changed)
    image[region.rect.slices] = region.image
    assert np.abs(image.astype(int) - sample.target).max() <= 1


def test_only_a_part_of_a_large_picture_is_drawn_again(blend: LiveBlend) -> None:
    region = blend.blend([part(last_layers="target", depth=32, feather=1)], Rect(4, 4, 2, 2))
    assert region.rect == Rect(3, 3, 4, 4)
    assert region.image.shape == (4, 4, 3)


@BOTH
def test_matched_colours_are_the_targets_along_the_edge(pair: Pair, sample: Sample, last_layers: str) -> None:
    lighter = np.clip(sample.source.astype(int) + 60, 0, 255).astype(np.uint8)
    blend = LiveBlend(*pair, replace(sample, source=lighter))
    edge = (spot(radius=8) > 0) & (spot(radius=5) == 0)
    distances = []
    for match_colour in (False, True):
        image = whole(blend, part(last_layers=last_layers, depth=SIDE, match_colour=match_colour))
        distances.append(np.abs((image.astype(int) - sample.target)[edge].mean(0)).mean())
    assert distances[1] < 0.7 * distances[0]


# ---- a coarse picture first


@pytest.mark.parametrize(
    "settings",
    [
        {"last_layers": "target", "depth": 8},
        {"last_layers": "target", "depth": 32},
        {"last_layers": "source"},
    ],
)
def test_a_preview_at_the_pictures_side_is_the_blend(blend: LiveBlend, settings: dict) -> None:
    parts = [part(feather=0, **settings)]
    assert np.abs(blend.preview(parts, SIDE).astype(int) - whole(blend, *parts)).max() <= 1


@BOTH
def test_a_preview_is_small_and_far_from_the_part_it_is_the_target(
    blend: LiveBlend, sample: Sample, last_layers: str
) -> None:
    target = resized(sample.target, 16)
    np.testing.assert_array_equal(blend.preview([], 16), target)
    coarse = blend.preview([part(last_layers=last_layers, depth=32)], 16)
    assert coarse.shape == (16, 16, 3)
    np.testing.assert_array_equal(coarse[:, 14:], target[:, 14:])
    assert not np.array_equal(coarse[7, 8], target[7, 8])


def test_a_preview_draws_no_level_above_its_own(blend: LiveBlend, monkeypatch: pytest.MonkeyPatch) -> None:
    levels: list[int] = []
    drawn = SynthesisNetwork.draw_level
    monkeypatch.setattr(
        SynthesisNetwork,
        "draw_level",
        lambda self, level, *rest, **options: levels.append(level) or drawn(self, level, *rest, **options),
    )
    blend.preview([part(last_layers="target", depth=8)], 16)
    assert max(levels) == 2


# ---- domains that cannot be blended


def test_domains_of_different_architecture_are_pasted_with_a_notice(pair: Pair) -> None:
    torch.manual_seed(3)
    wider = Generator(GeneratorConfig(64, 10, 10, 2, (6,) * 5))
    wider.estimate_w_mean()
    sample = sample_pair(wider.freeze(), pair[1], None, latent=5)
    blend = LiveBlend(wider, pair[1], sample)
    assert blend.depths == () and blend.notice is not None
    image = blend.blend([part(last_layers="target", depth=16, feather=0)]).image
    np.testing.assert_array_equal(image, np.where(spot()[..., None] > 0, sample.source, sample.target))


def test_a_level_that_does_not_exist_is_named_with_those_that_do(blend: LiveBlend) -> None:
    with pytest.raises(OptimizerError, match=r"no level of 64 px.*8, 16, 32"):
        blend.blend([part(depth=64, last_layers="target")])


def test_masks_of_another_size_are_refused(blend: LiveBlend) -> None:
    with pytest.raises(OptimizerError, match="16 × 16"):
        blend.blend([part(np.zeros((16, 16), np.uint8))])


def test_numbers_that_are_not_finite_get_a_sentence(pair: Pair, sample: Sample) -> None:
    pair[0].synthesis.layers[2].bias.data[0] = float("nan")  # type: ignore[union-attr, index]
    with pytest.raises(OptimizerError, match="not finite"):
        LiveBlend(*pair, sample).blend([part(last_layers="target", depth=16)])


def test_unpaired_pictures_are_blended(pair: Pair) -> None:
    sample = sample_pair(*pair, None, latent=5, target_latent=6, truncation=1.0)
    blend = LiveBlend(*pair, sample)
    np.testing.assert_array_equal(whole(blend), sample.target)
    image = whole(blend, part(np.full((SIDE, SIDE), 255, np.uint8), last_layers="source"))
    assert np.abs(image.astype(int) - sample.source).max() <= 1


# ---- the choice of last layers


def test_a_domain_can_draw_its_own_activations_but_not_those_of_an_unrelated_one(pair: Pair) -> None:
    stranger = Generator(pair[0].config)
    stranger.estimate_w_mean()
    assert reads_source_colours(pair[0], pair[0])
    stranger.synthesis.to_rgbs[-1].bias.data.fill_(0.0)  # type: ignore[union-attr, operator]
    for rgb in stranger.synthesis.to_rgbs[1:]:
        rgb.conv.weight.data.mul_(-5)  # type: ignore[union-attr, operator]
    assert not reads_source_colours(pair[0], stranger.freeze())


@pytest.mark.parametrize("reads", [True, False])
def test_auto_follows_the_reading(pair: Pair, sample: Sample, reads: bool) -> None:
    blend = LiveBlend(*pair, sample, reads)
    chosen = "target" if reads else "source"
    np.testing.assert_array_equal(whole(blend, part()), whole(blend, part(last_layers=chosen)))
    assert blend.draws_with_target(BlendSettings()) is reads


def test_a_blend_reports_its_memory(blend: LiveBlend) -> None:
    before = blend.nbytes
    assert before == 2 * SIDE * SIDE * 3
    whole(blend, part(last_layers="target", depth=8))
    assert blend.nbytes == before + 2 * 4 * (12 + 3) * 8 * 8
