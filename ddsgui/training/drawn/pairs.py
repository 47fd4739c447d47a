"""Pairs: latents of a domain, and the pictures that the new domain shall draw of them."""

from __future__ import annotations

from collections.abc import Generator as Steps
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ddsgui.errors import TrainingError
from ddsgui.training.drawn.painters.painter import Painter, Values
from ddsgui.training.drawn.people import People
from ddsgui.training.drawn.settings import MIN_PAIRS

_WORKERS = 2  # painters spend their time in OpenCV and numpy, which run beside each other


@dataclass(frozen=True, eq=False)
class Pairs:
    """Latents and their pictures."""

    w: Tensor  # float32 [N, w_dim]
    pictures: Tensor  # uint8 [N, 3, R, R]

    def check(self, side: int, w_dim: int) -> None:
        """Raise TrainingError if they do not fit a domain, or are too few to learn from."""
        if len(self.w) < MIN_PAIRS:
            raise TrainingError(
                f"{len(self.w)} pairs are too few to learn from. {MIN_PAIRS} or more are needed."
            )
        if self.pictures.shape != (len(self.w), 3, side, side) or self.w.shape[1:] != (w_dim,):
            raise TrainingError("These pairs belong to another domain.")


def paint_steps(people: People, painter: Painter, values: Values) -> Steps[tuple[int, int], None, Pairs]:
    """Redraw all people; yield how many are done, and of how many. Raises TrainingError if the painter fails."""
    pictures: list[np.ndarray] = []
    total = len(people.faces)
    with ThreadPoolExecutor(_WORKERS) as pool:
        for start in range(0, total, 2 * _WORKERS):
            some = people.faces[start : start + 2 * _WORKERS]
            pictures += pool.map(lambda face: painter.redraw(face, values), some)
            yield len(pictures), total
    return Pairs(people.w, torch.from_numpy(np.stack(pictures)).movedim(-1, 1).contiguous())
