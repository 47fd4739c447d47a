"""The paintings that a part is trained on, as they are kept in its file."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ddsgui.errors import DdsError, SegmenterError
from ddsgui.images import decode_png, encode_png
from ddsgui.synthesis.latents import LatentSource, Seed, StoredLatent

PAINTINGS_KEY = "paintings"  # in the document of a part's file
MAX_PAINTINGS = 64  # that are read from a file
MAX_MASK_CHARACTERS = 8 * 2**20  # of base64


@dataclass(frozen=True, eq=False)
class Painting:
    """One painted picture of a domain."""

    latent: LatentSource
    truncation: float
    mask: np.ndarray  # uint8 [R, R], of the whole square; empty where a face is without the part
    domain: str | None = None  # that drew the picture; None: the source of the request
    picture: np.ndarray | None = None  # uint8 [R, R, 3], to show; not saved

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data: the mask as base64 of a PNG."""
        latent = self.latent
        return {
            "domain": self.domain,
            "seed": latent.value if isinstance(latent, Seed) else None,
            "latent": None if isinstance(latent, Seed) else latent.as_dict(),
            "truncation": self.truncation,
            "mask": base64.b64encode(encode_png(self.mask)).decode("ascii"),
        }

    @classmethod
    def from_dict(cls, data: object) -> Painting:
        """Return what as_dict() wrote. Raises SegmenterError on anything else."""
        try:
            if not isinstance(data, dict):
                raise ValueError("not an object")
            seed, truncation, mask, domain = (data[key] for key in ("seed", "truncation", "mask", "domain"))
            if not isinstance(mask, str) or len(mask) > MAX_MASK_CHARACTERS:
                raise ValueError("not a mask")
            if not isinstance(domain, str | None):
                raise ValueError("not a domain")
            pixels = decode_png(base64.b64decode(mask, validate=True), "mask")
            if pixels.ndim != 2 or pixels.shape[0] != pixels.shape[1]:
                raise ValueError("not a square mask")
            latent = StoredLatent.from_dict(data["latent"]) if seed is None else Seed(seed)
            return cls(latent, float(truncation), pixels, domain)
        except (KeyError, TypeError, ValueError, binascii.Error, DdsError) as error:
            raise SegmenterError("A painting in the part's file is damaged.") from error


def paintings_in(document: Mapping[str, Any]) -> tuple[Painting, ...]:
    """Return the paintings in the document of a part's file; () if it was saved without them or they are damaged."""
    data = document.get(PAINTINGS_KEY)
    if not isinstance(data, list):
        return ()
    try:
        return tuple(Painting.from_dict(item) for item in data[:MAX_PAINTINGS])
    except SegmenterError:
        return ()
