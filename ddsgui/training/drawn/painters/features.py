"""The features of a face as shapes: eyes, brows, lips and nose, from the landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ddsgui.faces.anatomy import (
    BROWS,
    CREASES,
    EYES,
    LIPS_INNER,
    LIPS_OUTER,
    LOWER_LIDS,
    LOWER_LIP,
    NOSE_BASE,
    NOSTRILS,
    UPPER_LIDS,
    UPPER_LIP,
)
from ddsgui.training.drawn.painters.canvas import discs, ramp, shapes, strokes


@dataclass(frozen=True)
class Features:
    """Each of them float32 [SIDE_PX, SIDE_PX], 1 where it is."""

    eyes: np.ndarray
    irises: np.ndarray
    pupils: np.ndarray
    glints: np.ndarray
    upper_lids: np.ndarray
    lower_lids: np.ndarray
    creases: np.ndarray
    brows: np.ndarray
    upper_lip: np.ndarray
    lower_lip: np.ndarray
    mouth: np.ndarray  # between the lips
    lip_line: np.ndarray
    nose: np.ndarray
    openness: float  # of the mouth: 0 closed, 1 shows teeth


def features_of(points: np.ndarray, line: float = 1.0, iris: float = 0.27) -> Features:
    """Return the features of landmarks [468, 2] in pixels.

    line: how many times the usual width strokes have. iris: its radius in widths of the eye.
    """
    eyes = points[np.array(EYES)]  # [2, 16, 2]
    widths = np.linalg.norm(eyes[:, 0] - eyes[:, 8], axis=1)
    # Between the middle of the corners and the middle of the lids, whose landmarks jitter.
    centres = 0.35 * eyes[:, [0, 8]].mean(1) + 0.65 * eyes[:, [4, 12]].mean(1)
    radii = iris * widths
    inside = shapes(list(eyes))
    lips = points[list(LIPS_INNER)]
    gap = np.linalg.norm(points[13] - points[14]) / (np.linalg.norm(lips[0] - lips[10]) + 1e-6)
    between_lips = (lips[:11] + lips[[0, *range(19, 9, -1)]]) / 2
    under_lip = points[list(LIPS_OUTER[3:8])] + (0, 4)
    return Features(
        eyes=inside,
        irises=discs(centres, radii) * inside,
        pupils=discs(centres, radii * 0.52) * inside,
        glints=discs(centres + np.array([-0.32, -0.38]) * radii[:, None], radii * 0.26) * inside,
        upper_lids=_strokes(points, UPPER_LIDS, 6.5 * line, (0.5, 0.35)),
        lower_lids=_strokes(points, LOWER_LIDS, 3 * line, (0.8, 0.2)),
        creases=_strokes(points, CREASES, 2.5 * line, (0.3, 0.2)),
        brows=shapes([_brow(points[list(brow)]) for brow in BROWS]),
        upper_lip=shapes([points[list(UPPER_LIP)]]),
        lower_lip=shapes([points[list(LOWER_LIP)]]),
        mouth=shapes([lips]),
        lip_line=np.maximum(
            strokes([between_lips], 4.5 * line, (0.3, 0.3)), strokes([under_lip], 2.5 * line, (0.1, 0.1))
        ),
        nose=np.maximum(
            _strokes(points, (NOSE_BASE,), 4.5 * line, (0.4, 0.4)),
            _strokes(points, NOSTRILS, 4 * line, (0.15, 0.7)),
        ),
        openness=float(ramp(np.array(gap), 0.03, 0.14)),
    )


def _brow(outline: np.ndarray) -> np.ndarray:
    """Return a brow's outline, thinner at its outer end."""
    lower, upper = outline[:5], outline[:4:-1]
    middle, half = (lower + upper) / 2, (lower - upper) / 2
    widths = np.array([0.35, 0.85, 1.0, 1.0, 0.8])[:, None]
    return np.concatenate([middle + half * widths, (middle - half * widths)[::-1]])


def _strokes(
    points: np.ndarray, paths: Sequence[tuple[int, ...]], width: float, taper: tuple[float, float]
) -> np.ndarray:
    return strokes([points[list(path)] for path in paths], width, taper)
