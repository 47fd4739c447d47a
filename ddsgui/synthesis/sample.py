"""The pictures and masks that one seed gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Sample:
    """A pair x_s, x_t with its predicted masks y_s, y_t; plain arrays, so that it may cross threads."""

    source: np.ndarray  # uint8 [H, W, 3]
    target: np.ndarray  # uint8 [H, W, 3]
    source_mask: np.ndarray  # uint8 [H, W], 0..255
    target_mask: np.ndarray  # uint8 [H, W], 0..255
    seed: int
    target_seed: int | None  # None: paired, both pictures come from `seed`
    truncation: float
