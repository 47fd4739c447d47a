"""Ways of mixing that the benchmarks compare: pastes, live blends, and searches with one idea changed at a time."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ddsgui.synthesis.blend_settings import BlendPart, BlendSettings
from ddsgui.synthesis.blending.live_blend import LiveBlend
from ddsgui.synthesis.crossover import compose
from ddsgui.synthesis.sample import Sample
from ddsgui.synthesis.settings import PRESETS, OptimizerSettings

PYRAMID_LEVELS = 5

# The searches of the main table.
SEARCHES: dict[str, OptimizerSettings] = {name: PRESETS[name] for name in ("fast", "final", "official")}

_BEFORE = replace(PRESETS["official"], preset="fast", upscale_to=None, max_side=256, iterations=200)

# One idea after another, from what `fast` was to what it is.
IDEAS: dict[str, OptimizerSettings] = {
    "from the mean, own side, Adam 0.1, 200 iterations": _BEFORE,
    "from the target, Adam 0.1, 60 iterations": replace(_BEFORE, start="target", iterations=60),
    "from the target, Adam 0.05, 100 iterations": replace(
        _BEFORE, start="target", iterations=100, learning_rate=0.05
    ),
    "the same, L-BFGS": replace(
        _BEFORE, start="target", iterations=100, algorithm="l-bfgs", learning_rate=0.1
    ),
    "the same, without the seam": replace(
        _BEFORE, start="target", iterations=100, algorithm="l-bfgs", learning_rate=0.1, skip_seam=True
    ),
    "the same at twice the side": replace(PRESETS["final"], iterations=100, coarse_iterations=0),
    "30 iterations at its own side, 14 at twice it": PRESETS["fast"],
}


def paste(sample: Sample) -> np.ndarray:
    """Cut and paste (Eq. 1), with the target where neither mask covers."""
    return compose(sample.source, sample.target, sample.source_mask, sample.target_mask)


def poisson(sample: Sample) -> np.ndarray:
    """Pérez et al. 2003, by cv2.seamlessClone."""
    mask = (sample.source_mask > 127).astype(np.uint8) * 255
    mask[[0, -1]], mask[:, [0, -1]] = 0, 0  # the border has no neighbours to solve for
    x, y, width, height = cv2.boundingRect(mask)
    centre = (x + width // 2, y + height // 2)
    return cv2.seamlessClone(sample.source, sample.target, mask, centre, cv2.NORMAL_CLONE)


def laplacian(sample: Sample) -> np.ndarray:
    """Burt and Adelson 1983, with the source's mask."""
    mask = np.repeat(sample.source_mask.astype(np.float32)[..., None] / 255, 3, 2)
    source, target = sample.source.astype(np.float32), sample.target.astype(np.float32)
    masks: list[np.ndarray] = [mask]
    for _ in range(PYRAMID_LEVELS):
        masks.append(cv2.pyrDown(masks[-1]))
    result: np.ndarray = np.zeros(0)
    bands = zip(_bands(source), _bands(target), masks, strict=True)
    for level, (a, b, m) in enumerate(reversed(list(bands))):
        mixed = a * m + b * (1 - m)
        result = mixed if level == 0 else cv2.pyrUp(result, dstsize=mixed.shape[1::-1]) + mixed
    return np.clip(result.round(), 0, 255).astype(np.uint8)


def _bands(image: np.ndarray) -> list[np.ndarray]:
    """Return the Laplacian pyramid of an image, the finest band first."""
    bands: list[np.ndarray] = []
    for _ in range(PYRAMID_LEVELS):
        small = cv2.pyrDown(image)
        bands.append(image - cv2.pyrUp(small, dstsize=image.shape[1::-1]))
        image = small
    return [*bands, image]


def live(blend: LiveBlend, sample: Sample, settings: BlendSettings) -> np.ndarray:
    """Blend a sample with settings."""
    return blend.blend([BlendPart(sample.source_mask, sample.target_mask, settings)]).image


LIVE: dict[str, BlendSettings] = {
    "live": BlendSettings(),
    "live, target's layers, 16 px": BlendSettings(16, "target"),
    "live, target's layers, 32 px": BlendSettings(32, "target"),
    "live, target's layers, 64 px": BlendSettings(64, "target"),
}
PASTES = {"cut and paste": paste, "Poisson": poisson, "Laplacian pyramid": laplacian}
