"""The choice of last layers: whether a domain draws the activations of another in right colours."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import torch

from ddsgui.images import to_uint8
from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.blending.colour import colour_excess
from ddsgui.synthesis.blending.feature_blend import FeatureBlend, draw_to, shared_depths

# The level whose activations the target has to read in right colours, and the side of the pictures compared.
MEASURED_DEPTH_PX, MEASURED_SIDE_PX = 64, 128
# Of colour_excess(). Domains with one ancestor that were trained a little have 1.1 to 1.4 at 64 px; two whose colours
# are visibly wrong have 2.1 to 2.8, and those that print lines 5 to 26.
MAX_COLOUR_EXCESS = 1.75


_answers: WeakKeyDictionary[Generator, WeakKeyDictionary[Generator, bool]] = WeakKeyDictionary()


def reads_source_colours(source: Generator, target: Generator) -> bool:
    """Return whether the target's last layers draw the source's activations in right colours.

    Right are the colours that one of the two domains has at that place, or any between: the further two networks have
    moved apart, the more does one draw of the other's activations what neither has. Measured on the mean latents, so
    that the answer is the same for every seed; two frozen generators are measured once.
    """
    answers = _answers.setdefault(source, WeakKeyDictionary())
    if target not in answers:
        answers[target] = _measure(source, target)
    return answers[target]


@torch.no_grad()
def _measure(source: Generator, target: Generator) -> bool:
    side = min(source.config.resolution, target.config.resolution, MEASURED_SIDE_PX)
    depths = [d for d in shared_depths(source, target) if d <= min(MEASURED_DEPTH_PX, side // 2)]
    if not depths:
        return False
    latents = [generator.broadcast(generator.w_mean) for generator in (source, target)]
    drawn = [draw_to(g, ws, side).rgb for g, ws in zip((source, target), latents, strict=True)]
    reading = FeatureBlend(source, target, latents[0], latents[1]).reading(depths[-1], side)
    image, first, second = (to_uint8(rgb[0]) for rgb in (reading, *drawn))
    return colour_excess(image, first, second) <= MAX_COLOUR_EXCESS
