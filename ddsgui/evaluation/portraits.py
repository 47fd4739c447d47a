"""The faces of a domain: how far their landmarks lie from the mean portrait's, and whether it exaggerates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ddsgui.faces.mesh import FaceMesh
from ddsgui.faces.shape import distance, exaggeration, normalised, shift_share

Shape = np.ndarray  # float64 [468, 2], normalised landmarks


@dataclass(frozen=True)
class Exaggeration:
    """The change of the faces of the same latents from one domain to another; the unit is that of faces/shape.py."""

    faces: int  # latents with a face in both domains
    from_mean_portrait: float  # mean distance of the domain's landmarks from the mean portrait's
    parents_from_mean: float  # that of the portraits themselves
    slope: float  # of deviations from the domain's mean on the portraits' own: above 1, people differ more
    examples_from_mean: float | None = None  # that of the domain's examples
    share_of_examples_shift: float | None = (
        None  # how much of the way to the examples' mean the domain's mean went
    )

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)


def face_shapes(images: Iterable[np.ndarray], mesh: FaceMesh) -> list[Shape | None]:
    """Return the normalised landmarks of images uint8 [H, H, 3]; None where there is no face."""
    landmarks = [mesh.find(np.ascontiguousarray(image)) for image in images]
    return [None if points is None else normalised(points) for points in landmarks]


def measure_exaggeration(
    shapes: Sequence[Shape | None], parents: Sequence[Shape | None], examples: Sequence[Shape] = ()
) -> Exaggeration | None:
    """Return the exaggeration of a domain, from shapes of the same latents; None for fewer than two faces in both."""
    pairs = [(a, b) for a, b in zip(shapes, parents, strict=True) if a is not None and b is not None]
    if len(pairs) < 2:
        return None
    own, theirs = (np.stack(part) for part in zip(*pairs, strict=True))
    mean = theirs.mean(0)
    figures = Exaggeration(len(pairs), distance(own, mean), distance(theirs, mean), exaggeration(own, theirs))
    if not examples:
        return figures
    known = np.stack(list(examples))
    return replace(
        figures,
        examples_from_mean=distance(known, mean),
        share_of_examples_shift=shift_share(own.mean(0) - mean, known.mean(0) - mean),
    )
