from __future__ import annotations

import torch

from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.training.mixed_precision import HalfConvolutions, half_convolutions


def test_only_three_by_three_convolutions_are_rounded():
    x = torch.rand(1, 2, 5, 5)
    fine, coarse = torch.rand(2, 2, 1, 1), torch.rand(2, 2, 3, 3)
    with HalfConvolutions():
        pointwise, spatial = torch.conv2d(x, fine), torch.conv2d(x, coarse)
        assert torch.equal(torch.nn.functional.linear(x, x[0, 0]), x @ x[0, 0].t())
    assert torch.equal(pointwise, torch.conv2d(x, fine))
    assert pointwise.dtype == spatial.dtype == torch.float32
    expected = torch.conv2d(x.bfloat16(), coarse.bfloat16()).float()
    assert torch.equal(spatial, expected)
    assert not torch.equal(spatial, torch.conv2d(x, coarse))


def test_a_generator_draws_nearly_the_same_and_learns_in_the_same_direction():
    torch.manual_seed(0)
    generator = Generator(GeneratorConfig(16, 8, 8, 1, (16, 16, 8)))
    ws = torch.randn(2, generator.num_ws, 8)
    slopes, pictures = [], []
    for half in (False, True):
        generator.zero_grad()
        with half_convolutions(half):
            picture = generator.synthesis(ws, noise="none")
        picture.square().mean().backward()
        pictures.append(picture.detach())
        slopes.append(torch.cat([p.grad.flatten() for p in generator.parameters() if p.grad is not None]))
    assert not torch.equal(*pictures)
    assert (pictures[0] - pictures[1]).abs().max() < 0.02 * pictures[0].abs().max()
    assert torch.cosine_similarity(*slopes, dim=0) > 0.99
