"""Lines along the borders of images, which a generator draws and no photograph has.

StyleGAN2 pads with zeros, in its convolutions and where it doubles the side of an image, which takes a quarter of its
brightness from the outermost pixels. Every level has to learn to make up for that. Losses that count each pixel the
same care little about the few along the border, and whatever changes the weights upsets the balance: what is left is
a dark and a bright line around every image. Second differences across the border are large there and nowhere else.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

LINES = 3  # second differences across each border, which take in five pixels


def border_differences(images: Tensor, lines: int = LINES) -> Tensor:
    """Return second differences across the borders of images [N, C, R, R]: [4, N, C, lines, R], outermost first."""
    down = images.transpose(2, 3)
    sides = torch.stack([side[..., : lines + 2, :] for side in (images, images.flip(2), down, down.flip(2))])
    return sides[..., :-2, :] - 2 * sides[..., 1:-1, :] + sides[..., 2:, :]


def border_loss(images: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean absolute difference of border_differences() between images and those wanted, [N, C, R, R]."""
    return border_differences(images - wanted).abs().mean()


def frame_loss(images: Tensor, usual: Tensor) -> Tensor:
    """Return how far the mean absolute border_differences() of images [N, C, R, R] exceed the usual ones.

    usual: [lines], by frame_strength() of images without a frame.
    """
    return F.relu(_by_line(images, len(usual)) - usual).mean()


@torch.no_grad()
def frame_strength(images: Tensor, lines: int = LINES) -> Tensor:
    """Return the mean absolute border_differences() of images [N, C, R, R] by line: [lines], outermost first."""
    return _by_line(images, lines)


def _by_line(images: Tensor, lines: int) -> Tensor:
    return border_differences(images, lines).abs().mean((0, 1, 2, 4))
