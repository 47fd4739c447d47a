from __future__ import annotations

import numpy as np
import pytest
import torch

from ddsgui.rect import Rect
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.synthesis.blending.feature_blend import FeatureBlend, Insertion, affected, draw_to
from ddsgui.synthesis.sampling import ws_of

Pair = tuple[Generator, Generator]


def blend_of(pair: Pair) -> FeatureBlend:
    return FeatureBlend(*pair, *(ws_of(generator, 5, 1.0) for generator in pair))


def everywhere(weight: float):
    return lambda side, region: np.full((region.h, region.w), weight, np.float32)


def test_no_insertion_gives_the_target_and_a_full_one_at_the_last_level_nearly_the_source(
    pair: Pair,
) -> None:
    blend = blend_of(pair)
    target = blend.draw([Insertion(8, everywhere(0))])
    torch.testing.assert_close(target, pair[1].synthesis(ws_of(pair[1], 5, 1.0)))
    source = blend.draw([Insertion(32, everywhere(1))])
    torch.testing.assert_close(source, pair[0].synthesis(ws_of(pair[0], 5, 1.0)))


def test_a_reading_is_a_full_insertion(pair: Pair) -> None:
    blend = blend_of(pair)
    torch.testing.assert_close(blend.reading(16, 32), blend.draw([Insertion(16, everywhere(1))]))


def test_the_deeper_insertion_is_on_top(pair: Pair) -> None:
    blend = blend_of(pair)
    both = blend.draw([Insertion(32, everywhere(1)), Insertion(8, everywhere(1))])
    torch.testing.assert_close(both, blend.draw([Insertion(32, everywhere(1))]))


@pytest.mark.parametrize("depth", [8, 16, 32])
def test_only_the_area_that_a_change_affects_is_drawn(pair: Pair, depth: int) -> None:
    blend = blend_of(pair)
    for layer in pair[1].synthesis.layers:
        layer.noise_strength.data.fill_(0.3)  # type: ignore[union-attr, operator]
    changed = Rect(20, 12, 2, 3)

    def mask_of(side: int, region: Rect) -> np.ndarray:
        mask = np.zeros((32, 32), np.float32)
        mask[changed.slices] = 1
        factor = 32 // side
        return mask.reshape(side, factor, side, factor).mean((1, 3))[region.slices]

    before = blend.draw([Insertion(depth, everywhere(0))])
    whole = blend.draw([Insertion(depth, mask_of)])
    rect = affected(changed, depth, 32)
    part = blend.draw([Insertion(depth, mask_of)], rect)
    assembled = before.clone()
    assembled[(..., *rect.slices)] = part
    torch.testing.assert_close(assembled, whole, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(before, whole, atol=1e-3)


def test_only_the_levels_in_use_are_kept(pair: Pair) -> None:
    blend = blend_of(pair)
    blend.draw([Insertion(8, everywhere(1))])
    small = blend.nbytes
    assert small == 2 * 4 * (12 + 3) * 8 * 8
    blend.draw([Insertion(32, everywhere(1))])
    assert blend.nbytes == 16 * small
    blend.draw([Insertion(8, everywhere(1))])
    assert blend.nbytes == small


def test_kept_levels_are_not_drawn_again(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    blend = blend_of(pair)
    blend.draw([Insertion(16, everywhere(1))])
    levels: list[int] = []
    for generator in pair:
        synthesis = generator.synthesis
        drawn = synthesis.draw_level

        def draw_level(level: int, *rest, drawn=drawn, **options):
            levels.append(level)
            return drawn(level, *rest, **options)

        monkeypatch.setattr(synthesis, "draw_level", draw_level)
    blend.draw([Insertion(16, everywhere(0.5))])
    assert levels == [3]  # of 32 px, the target's
    blend.draw([Insertion(8, everywhere(1))], side=8)
    levels.clear()
    blend.draw([Insertion(16, everywhere(1))])
    blend.draw([Insertion(8, everywhere(1))], side=8)
    assert levels == [3]  # a coarse picture leaves the states of the whole one, and the other way round


def test_two_generators_meet_where_they_are_equally_wide() -> None:
    wide = Generator(GeneratorConfig(64, 8, 8, 2, (8, 8, 8, 6, 4))).freeze()
    slim = Generator(GeneratorConfig(32, 8, 8, 2, (8, 8, 8, 4))).freeze()
    blend = FeatureBlend(wide, slim, ws_of(wide, 1, 1.0), ws_of(slim, 1, 1.0))
    assert blend.depths == (8, 16)
    assert blend.draw([Insertion(16, everywhere(1))]).shape == (1, 3, 32, 32)


def test_the_state_of_the_last_level_holds_the_picture(pair: Pair) -> None:
    ws = ws_of(pair[0], 2, 1.0)
    torch.testing.assert_close(draw_to(pair[0], ws, 32).rgb, pair[0].synthesis(ws))
