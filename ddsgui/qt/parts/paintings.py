"""The paintings of one part. Without widgets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ddsgui.jobs.painting import Painting
from ddsgui.synthesis.latents import LatentSource
from ddsgui.synthesis.sample import Sample

Key = tuple[str, LatentSource]  # a domain and the latent of its picture


class PartPaintings:
    """The paintings of all faces, and the predicted masks with which faces of the wall open."""

    def __init__(self) -> None:
        self.by_key: dict[Key, Painting] = {}
        self._predicted: dict[Key, np.ndarray] = {}  # uint8 [R, R]

    def predict(self, domain: str, latent: LatentSource, mask: np.ndarray) -> None:
        """Let a face be opened with this mask, uint8 [R, R], until it is painted."""
        self._predicted[domain, latent] = mask

    def mask(self, domain: str, square: Sample) -> np.ndarray:
        """Return the mask to open a face with, uint8 [R, R]: painted, predicted or empty."""
        key = (domain, square.latent)
        painting = self.by_key.get(key)
        return self._start(key, square.source_mask) if painting is None else painting.mask

    def store(self, domain: str, square: Sample, mask: np.ndarray) -> None:
        """Remember a mask, uint8 [R, R], unless it is the one that the face began with.

        An empty mask in place of a predicted one counts: that face is without the part.
        """
        key = (domain, square.latent)
        if np.array_equal(mask, self._start(key, mask)):
            self.by_key.pop(key, None)
        else:
            self.by_key[key] = Painting(square.latent, square.truncation, mask, domain, square.source)

    def of_domains(self, is_alike: Callable[[str], bool]) -> dict[Key, Painting]:
        """Return the paintings of the domains that a part can have in common."""
        return {key: painting for key, painting in self.by_key.items() if is_alike(key[0])}

    def _start(self, key: Key, like: np.ndarray) -> np.ndarray:
        predicted = self._predicted.get(key)
        return np.zeros_like(like) if predicted is None else predicted
