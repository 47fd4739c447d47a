"""A small mix to export."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

import numpy as np

from ddsgui.editing.recipe import Recipe
from ddsgui.export.bundle import Picture
from ddsgui.export.content import ExportContent, Progress
from ddsgui.steps import result_of
from ddsgui.synthesis.crossover import compose
from ddsgui.synthesis.latents import Seed, StoredLatent
from ddsgui.synthesis.settings import OptimizerSettings

RECIPE = Recipe("a", "b", "hair", Seed(1), None, OptimizerSettings.from_preset().as_dict())
ZHAT = StoredLatent(np.arange(12, dtype=np.float32).reshape(1, 3, 4), "w+", "result.png")

T = TypeVar("T")


class Doubling:
    """An upscaler without a network."""

    scale = 2

    def upscale_steps(self, picture: np.ndarray) -> Generator[None, None, np.ndarray]:
        yield
        return picture.repeat(2, axis=0).repeat(2, axis=1)


def smooth(side: int, lift: float = 0.0) -> np.ndarray:
    """Make a smooth picture whose right half is brighter by `lift`, 0 … 1, while the left half stands still."""
    y, x = np.mgrid[0:side, 0:side] / side
    bright = np.where(x >= 0.5, lift, 0)
    return np.stack([x * 120 + bright * 80, y * 200, 90 + bright * 100], axis=-1).astype(np.uint8)


def fade(count: int = 12, side: int = 32) -> tuple[np.ndarray, ...]:
    """Make frames of a smooth picture whose right half brightens."""
    return tuple(smooth(side, number / count) for number in range(count))


def a_mix(side: int = 32, frames: int = 5, **changes: Any) -> ExportContent:
    """Make a mix with a few frames."""
    source, target = smooth(side), smooth(side)[::-1].copy()
    source_mask, target_mask = np.zeros((side, side), np.uint8), np.zeros((side, side), np.uint8)
    source_mask[side // 4 : side // 2] = 255
    target_mask[side // 4 : side // 2 + 2] = 200
    values: dict[str, Any] = {
        "source": source,
        "target": target,
        "source_mask": source_mask,
        "target_mask": target_mask,
        "crossover": compose(source, target, source_mask, target_mask),
        "result": Picture(smooth(side, 1.0), RECIPE, ZHAT),
        "live": smooth(side, 0.5),
        "frames": fade(frames, side),
        "iterations": tuple(range(1, frames + 1)),
        "upscaler": Doubling,
    }
    return ExportContent(**values | changes)


def drained(
    steps: Generator[Progress | None, None, T], on_step: Callable[[Progress | None], object] | None = None
) -> T:
    """Return the result of the steps."""
    return result_of(steps, on_step)
