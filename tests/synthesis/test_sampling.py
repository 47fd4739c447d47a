import numpy as np
import pytest
import torch

from ddsgui.errors import OptimizerError
from ddsgui.synthesis.latents import SEED_RANGE
from ddsgui.synthesis.sample import nearest_part
from ddsgui.synthesis.sampling import check_pair, sample_pair, sample_parts, z_of_seed
from ddsgui.synthesis.segmenter import Segmenter
from tests.synthesis.conftest import make_generator


def test_a_seed_always_gives_the_same_latent() -> None:
    assert torch.equal(z_of_seed(3, 16), z_of_seed(3, 16))
    assert not torch.equal(z_of_seed(3, 16), z_of_seed(4, 16))
    with pytest.raises(OptimizerError, match=SEED_RANGE):
        z_of_seed(10**30, 16)


def test_a_pair_has_one_seed_or_two() -> None:
    g = make_generator(0)
    paired = sample_pair(g, g, None, latent=1)
    np.testing.assert_array_equal(paired.source, paired.target)
    unpaired = sample_pair(g, g, None, latent=1, target_latent=2)
    np.testing.assert_array_equal(unpaired.source, paired.source)
    np.testing.assert_array_equal(unpaired.target, sample_pair(g, g, None, latent=2).target)
    assert not unpaired.source_mask.any()


def test_truncation_0_draws_the_mean() -> None:
    g = make_generator(0)
    first, second = (sample_pair(g, g, None, latent=s, truncation=0).source for s in (1, 2))
    np.testing.assert_array_equal(first, second)


def test_a_source_of_another_size_is_resized_to_the_target() -> None:
    small, large = make_generator(0), make_generator(0, 64)
    for source, target, side in ((small, large, 64), (large, small, 32)):
        sample = sample_pair(source, target, None, latent=1)
        assert sample.source.shape == sample.target.shape == (side, side, 3)
        assert sample.source_mask.shape == (side, side)
        own = sample_pair(source, source, None, latent=1).source.astype(float)
        assert abs(sample.source.mean() - own.mean()) < 2


def test_generators_that_share_a_latent_must_have_one_resolution() -> None:
    with pytest.raises(OptimizerError, match="32 and 64 px"):
        check_pair(make_generator(0), make_generator(0, 64))


def test_a_pixel_belongs_to_the_nearest_part() -> None:
    left, right = (np.zeros((8, 8), np.uint8) for _ in range(2))
    left[2:5, 1:3], right[2:5, 5:7] = 255, 255
    owners = nearest_part([left, right])
    assert not owners[:, :4].any() and owners[:, 4:].all()
    assert nearest_part([np.zeros_like(left), right]).all()


def test_several_parts_of_a_sample_have_owners() -> None:
    generator = make_generator(0)
    segmenters = []
    for seed in range(2):
        torch.manual_seed(seed)
        segmenters.append((Segmenter(generator.config.layer_channels(), 32, ("part",), "S"), 1))
    sample = sample_parts(generator, generator, segmenters, segmenters, 3)
    assert sample.owners is not None and sample.owners.shape == (32, 32) and sample.owners.max() <= 1
    assert sample_parts(generator, generator, segmenters[:1], segmenters[:1], 3).owners is None
