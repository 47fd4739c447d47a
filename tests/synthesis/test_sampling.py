import numpy as np
import pytest
import torch

from ddsgui.errors import OptimizerError
from ddsgui.synthesis.sampling import sample_pair, z_of_seed
from tests.synthesis.conftest import make_generator


def test_a_seed_gives_the_same_latent_always() -> None:
    assert torch.equal(z_of_seed(3, 16), z_of_seed(3, 16))
    assert not torch.equal(z_of_seed(3, 16), z_of_seed(4, 16))
    with pytest.raises(OptimizerError, match="64 bits"):
        z_of_seed(10**30, 16)


def test_paired_and_unpaired() -> None:
    g = make_generator(0)
    paired = sample_pair(g, g, None, latent=1)
    np.testing.assert_array_equal(paired.source, paired.target)
    unpaired = sample_pair(g, g, None, latent=1, target_latent=2)
    np.testing.assert_array_equal(unpaired.source, paired.source)
    np.testing.assert_array_equal(unpaired.target, sample_pair(g, g, None, latent=2).target)
    assert not unpaired.source_mask.any()


def test_truncation_0_draws_the_mean() -> None:
    g = make_generator(0)
    one, two = (sample_pair(g, g, None, latent=s, truncation=0).source for s in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_domains_of_different_sizes_are_refused() -> None:
    with pytest.raises(OptimizerError, match="32 pixels"):
        sample_pair(make_generator(0), make_generator(0, 64), None, latent=1)
