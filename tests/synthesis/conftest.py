import numpy as np
import pytest
import torch

from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.sampling import sample_pair


def make_generator(seed: int, resolution: int = 32, width: int = 12) -> Generator:
    """Make a generator with random weights; two of the same seed are equal."""
    torch.manual_seed(seed)
    levels = resolution.bit_length() - 2
    g = Generator(GeneratorConfig(resolution, 16, 16, 2, (width,) * levels))
    g.estimate_w_mean()
    return g.freeze()


@pytest.fixture
def pair() -> tuple[Generator, Generator]:
    """Two domains that share a latent space: the second is the first with its weights shifted a little."""
    source, target = make_generator(0), make_generator(0)
    torch.manual_seed(1)
    for p in target.synthesis.parameters():
        p.data += 0.2 * torch.randn_like(p)
    return source, target


@pytest.fixture
def crossover(pair: tuple[Generator, Generator]) -> Crossover:
    sample = sample_pair(*pair, None, latent=5, truncation=1.0)
    mask = np.zeros((32, 32), np.uint8)
    mask[8:20, 10:24] = 255
    return Crossover(sample.source, sample.target, mask, mask)
