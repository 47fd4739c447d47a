from __future__ import annotations

import torch
import torch.nn.functional as F

from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.stylegan.ops import upsample
from ddsgui.training.growth import grown_discriminator, grown_generator


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(3)


def test_a_grown_generator_draws_the_smaller_picture_enlarged():
    torch.manual_seed(0)
    smaller = Generator(GeneratorConfig(8, 6, 6, 2, (8, 4)))
    for name, parameter in smaller.synthesis.named_parameters():
        if name.endswith(("noise_strength", ".bias")):
            parameter.data.normal_()
    smaller.w_mean.normal_()
    grown = grown_generator(smaller, 5, rng())
    assert grown.config == GeneratorConfig(16, 6, 6, 2, (8, 4, 5))
    z = torch.randn(3, 6)
    before, after = (g.synthesis(g.broadcast(g.mapping(z))) for g in (smaller, grown))
    torch.testing.assert_close(after, upsample(before))
    assert torch.equal(grown.w_mean, smaller.w_mean)


def test_a_grown_generator_can_learn_its_new_level():
    torch.manual_seed(0)
    grown = grown_generator(Generator(GeneratorConfig(8, 6, 6, 1, (8, 4))), 5, rng())
    target = torch.randn(2, 3, 16, 16)
    adam = torch.optim.Adam(grown.parameters(), lr=0.01)
    ws = grown.broadcast(grown.mapping(torch.randn(2, 6))).detach()
    for _ in range(2):  # the first step moves the toRGB, which then passes gradients on
        adam.zero_grad()
        F.mse_loss(grown.synthesis(ws), target).backward()
        adam.step()
    for layer in (3, 4):
        slope = grown.get_parameter(f"synthesis.layers.{layer}.conv.weight").grad
        assert slope is not None
        assert slope.abs().sum() > 0


def test_a_grown_discriminator_equals_the_smaller_one_on_the_halved_picture():
    torch.manual_seed(0)
    smaller = Discriminator(DiscriminatorConfig(16, (8, 6, 4)))
    for parameter in smaller.parameters():
        parameter.data.normal_()
    grown = grown_discriminator(smaller, 5, rng())
    assert grown.config == DiscriminatorConfig(32, (8, 6, 4, 5))
    picture = torch.randn(4, 3, 32, 32)
    expected = smaller(F.avg_pool2d(picture, 2))
    torch.testing.assert_close(grown(picture, fade=0.0), expected)
    assert not torch.allclose(grown(picture, fade=0.5), expected)
    grown.rgb_smaller = None
    torch.testing.assert_close(grown(picture), grown(picture, fade=0.0))


def test_growing_twice_drops_the_first_smaller_input():
    torch.manual_seed(0)
    first = grown_discriminator(Discriminator(DiscriminatorConfig(8, (4, 4))), 4, rng())
    second = grown_discriminator(first, 4, rng())
    picture = torch.randn(4, 3, 32, 32)
    torch.testing.assert_close(second(picture, fade=0.0), first(F.avg_pool2d(picture, 2)))


def test_new_weights_depend_only_on_the_given_generator():
    smaller = Generator(GeneratorConfig(8, 6, 6, 1, (8, 4)))
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = grown_generator(smaller, 5, rng())
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    second = grown_generator(smaller, 5, rng())
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
