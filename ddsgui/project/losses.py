"""The losses of a run, in bounded memory."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ddsgui.synthesis.loss_terms import LOSSES

MAX_ROWS = 4096  # with more, every second row is removed


class LossTable:
    """Losses by iteration, thinned evenly when there are too many."""

    def __init__(self) -> None:
        self._rows: list[tuple[float, ...]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, iteration: int, losses: Mapping[str, float]) -> None:
        """Add a row. `losses` has the keys LOSSES."""
        self._rows.append((float(iteration), *(losses[name] for name in LOSSES)))
        if len(self._rows) > MAX_ROWS:
            self._rows = self._rows[::2]

    def copy(self) -> LossTable:
        """Return a table with the same rows."""
        copy = LossTable()
        copy._rows = list(self._rows)
        return copy

    def columns(self) -> np.ndarray:
        """Return the iterations and a column for each of LOSSES: float64 [N, 1 + len(LOSSES)]."""
        return np.array(self._rows, dtype=float).reshape(-1, 1 + len(LOSSES))
