"""`official` against the loop of the authors' program, written out again step by step from what it does.

Both have the same generator, pictures, masks, network of features and noise. The loop is that of the program's second
search, which takes the source's part inside y_s and the target outside y_t.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ddsgui import load_generator
from ddsgui.images import to_tensor, to_uint8
from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.backbones import Backbone, load_backbone
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.optimizer import DualDomainOptimizer
from ddsgui.synthesis.perceptual import PerceptualLoss
from ddsgui.synthesis.sampling import picture
from ddsgui.synthesis.settings import PRESETS, OptimizerSettings

GOLDEN = Path(__file__).parents[1] / "checkpoints/golden"
COMPARED = (1, 3, 13, 20)  # torchvision's numbers of the ReLU layers that the program cuts after
POOLED = (4, 9, 16)


def normalised_noise(generator: Generator) -> None:
    """Give every noise buffer mean 0 and spread 1, as the program does after each iteration."""
    for name, noise in generator.synthesis.named_buffers():
        if name.endswith("noise_const"):
            noise.sub_(noise.mean()).div_(noise.std())


@pytest.fixture
def target() -> Generator:
    generator = load_generator(GOLDEN / "rosinality.pt")
    for name, weight in generator.synthesis.named_parameters():
        if name.endswith("noise_strength"):
            weight.fill_(0.1)
    normalised_noise(generator)
    return generator


@pytest.fixture
def crossover(target: Generator) -> Crossover:
    """A pair of one latent, whose masks overlap in part."""
    source = load_generator(GOLDEN / "rosinality.pt")
    torch.manual_seed(1)
    for weight in source.synthesis.parameters():
        weight.add_(0.3 * torch.randn_like(weight))
    x_s, x_t = (to_uint8(picture(generator, 4, 1.0)[0]) for generator in (source, target))
    y_s, y_t = (np.zeros(x_t.shape[:2], np.uint8) for _ in range(2))
    y_s[3:9, 4:11] = y_t[4:11, 2:9] = 255
    return Crossover(x_s, x_t, y_s, y_t)


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    """The bundled VGG-16, fed with pictures in [-1, 1] as they are."""
    vgg = load_backbone("vgg16")
    return Backbone("vgg16", vgg.stages, vgg.layers, vgg.default, normalised=False)


def activations(backbone: Backbone, image: Tensor) -> list[Tensor]:
    weights = dict(backbone.stages.named_parameters())
    compared, x = [], image
    for number in range(max(COMPARED) + 1):
        if f"{number}.weight" in weights:
            x = F.conv2d(x, weights[f"{number}.weight"], weights[f"{number}.bias"], padding=1)
        elif number in POOLED:
            x = F.max_pool2d(x, 2)
        else:
            x = F.relu(x)
        if number in COMPARED:
            compared.append(x)
    return compared


def lifted(image: Tensor, side: int) -> Tensor:
    return F.interpolate(image, (side, side), mode="bilinear")


def perceptual(drawn: list[Tensor], fixed: list[Tensor], mask: Tensor, side: int) -> Tensor:
    total, mask = torch.zeros(()), lifted(mask, side)
    for ours, theirs in zip(drawn, fixed, strict=True):
        if ours.shape[-1] < mask.shape[-1]:
            mask = F.interpolate(mask, scale_factor=ours.shape[-1] / mask.shape[-1], mode="bilinear")
        total = total + F.mse_loss(ours * mask, theirs * mask)
    return total


def losses_of_the_authors_loop(
    target: Generator, backbone: Backbone, crossover: Crossover, side: int, iterations: int
) -> list[float]:
    x_s, x_t = to_tensor(crossover.source), to_tensor(crossover.target)
    y_s, y_t = (
        torch.from_numpy(m / 255).float()[None, None] for m in (crossover.source_mask, crossover.target_mask)
    )
    f_s, f_t = (activations(backbone, lifted(image, side)) for image in (x_s, x_t))
    pasted = (x_s * y_s + x_t * (1 - y_t)).clamp(-1, 1)
    latent = target.w_mean.repeat(1, target.num_ws, 1).requires_grad_()
    optimizer = torch.optim.Adam([latent], lr=0.01)
    losses = []
    for _ in range(iterations):
        drawn = target.synthesis(latent)
        features = activations(backbone, lifted(drawn, side))
        inside, outside = perceptual(features, f_s, y_s, side), perceptual(features, f_t, 1 - y_t, side)
        pixels = F.mse_loss(drawn * y_s, x_s * y_s) + F.mse_loss(drawn * (1 - y_t), x_t * (1 - y_t))
        loss = 2 * (inside + outside) + pixels + 3 * F.mse_loss(drawn, pasted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        normalised_noise(target)
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize(("side", "iterations"), [(128, 1), (32, 50)])
def test_every_iteration_has_the_loss_of_the_authors_program(
    target: Generator, backbone: Backbone, crossover: Crossover, side: int, iterations: int
) -> None:
    settings = OptimizerSettings.from_preset("official", iterations=iterations, upscale_to=side)
    loss = PerceptualLoss(backbone, settings.layers, settings.upscale_to)
    ours = [
        step.losses["total"] for step in DualDomainOptimizer(None, target, crossover, settings, loss).steps()
    ]
    theirs = losses_of_the_authors_loop(target, backbone, crossover, side, iterations)
    assert ours == pytest.approx(theirs, rel=1e-3)
    assert iterations < 50 or ours[-1] < 0.9 * ours[0]  # it is a search, not a constant


def test_official_reads_pictures_at_the_authors_side() -> None:
    assert PRESETS["official"].upscale_to == 256 and PRESETS["official"].learning_rate == 0.01
    assert PRESETS["official"].start == "mean" and PRESETS["official"].iterations == 1000
