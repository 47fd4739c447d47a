"""Portraits before plain backdrops: the mask of the person, by MediaPipe's selfie segmentation, and a smooth colour.

A domain that learns from such pictures spends nothing on curtains, flags and trees, and heads have no halo.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ddsgui import paths
from ddsgui.errors import LibraryError

SIDE_PX = 256  # at which the network sees a picture

_RAMP = (0.2, 0.8)  # of the network's answer, over which the mask rises
_GUIDE_PX, _GUIDE_EPSILON = 5, 1e-3  # of the guided filter
_GUIDED_RAMP = (0.1, 0.9)
_PIECE_MARGIN_PX = 13  # that is kept around the person
_SURE_BACKDROP, _MIN_SURE_PIXELS = 0.05, 300
_FRAME = (
    0.12,
    0.2,
)  # shares of the height above, and of the width to both sides, where the backdrop is looked for
_SATURATION = 0.75  # of the backdrop's own
_DARKEST, _LIGHTEST = 34, 226  # levels of a backdrop
_NEUTRAL = (116, 122, 128)  # where no backdrop can be seen
_LIGHT, _FALLOFF, _CENTRE = 1.07, 0.3, (0.5, 0.42)  # of a backdrop: lighter behind the head
_SPILL_PX = 3  # standard deviation of the person's colours that replace mixed ones at the edge
_MIXED = (0.6, 0.95)  # of the mask, over which a pixel becomes the person's own


class PersonMask:
    """Finds the person in a square portrait. Not to be shared between threads."""

    def __init__(self, path: Path | None = None) -> None:
        """path: of the network; None: the bundled one. Raises LibraryError if it is missing or damaged."""
        path = path or paths.assets() / "person_mask" / "selfie_segmentation.tflite"
        try:
            self._network = cv2.dnn.readNetFromTFLite(str(path))
        except cv2.error as error:
            raise LibraryError(
                f"The network for person masks {path} is missing or damaged; install ddsgui again."
            ) from error

    def find(self, image: np.ndarray) -> np.ndarray:
        """Return the mask of the person in an image, uint8 [256, 256, 3] RGB: float32 [256, 256], 0 to 1."""
        self._network.setInput(cv2.dnn.blobFromImage(image, 1 / 255))
        answer = self._network.forward().reshape(SIDE_PX, SIDE_PX)
        coarse = _ramp(answer, *_RAMP).astype(np.float32)
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
        return _ramp(_guided(grey, coarse), *_GUIDED_RAMP) * _largest_piece(coarse)


def on_plain_backdrop(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return a picture before a smooth backdrop of its own colour, lighter behind the head.

    image: uint8 [256, 256, 3]; mask: of the person, float32 [256, 256].
    """
    picture, share = image.astype(np.float32), mask[..., None]
    sure = (mask**6)[..., None]
    colours = cv2.GaussianBlur(picture * sure, (0, 0), _SPILL_PX)
    inside = colours / (cv2.GaussianBlur(sure, (0, 0), _SPILL_PX)[..., None] + 1e-4)
    own = _ramp(share, *_MIXED)
    person = inside * (1 - own) + picture * own
    return np.clip(person * share + _backdrop(picture, mask) * (1 - share), 0, 255).astype(np.uint8)


def head_outline(mask: np.ndarray, eyes: np.ndarray, rays: int = 17) -> np.ndarray:
    """Return points on the outline of head and hair, from its right side over the top to the left: float64 [rays, 2].

    mask: of the person, [S, S]; eyes: the outer corners, [2, 2]; both points and eyes in fractions of the side. Aligned
    by these points, hair lies on hair. A point beyond the picture's edge is moved to the edge.
    """
    side = len(mask)
    middle, apart = eyes.mean(0), np.linalg.norm(eyes[0] - eyes[1])
    angles = np.deg2rad(np.linspace(-20, 200, rays))
    directions = np.stack([np.cos(angles), -np.sin(angles)], 1)
    radii = np.linspace(0.3, 2.5, 300) * apart
    places = middle + radii[:, None] * directions[:, None]  # [rays, 300, 2]
    pixels = np.floor(places * side).astype(int)
    within = ((pixels >= 0) & (pixels < side)).all(-1)
    x, y = np.moveaxis(pixels.clip(0, side - 1), -1, 0)
    is_person = within & (mask[y, x] >= 0.5)
    first_outside = np.where(is_person.all(1), len(radii) - 1, is_person.argmin(1))
    reach = _smoothed(radii[first_outside])
    return _within_picture(middle, reach[:, None] * directions)


def _smoothed(reach: np.ndarray) -> np.ndarray:
    """Return distances [n] without single spikes, each the weighted mean of three medians of three."""
    padded = np.pad(reach, 1, "edge")
    medians = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), 0)
    padded = np.pad(medians, 1, "edge")
    return padded[:-2] / 4 + padded[1:-1] / 2 + padded[2:] / 4


def _within_picture(start: np.ndarray, steps: np.ndarray, margin: float = 0.02) -> np.ndarray:
    """Return start + steps [n, 2], each step shortened until it ends `margin` within the picture or nearer."""
    with np.errstate(divide="ignore"):
        room = np.where(steps > 0, 1 - margin - start, start - margin) / np.abs(steps)
    return start + steps * np.minimum(1, room.min(1, keepdims=True))


def _backdrop(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return a smooth backdrop in the colour of the picture's own, [256, 256, 3]."""
    down, across = (np.mgrid[0:SIDE_PX, 0:SIDE_PX] + 0.5) / SIDE_PX
    outside = mask < _SURE_BACKDROP
    frame = outside & ((down < _FRAME[0]) | (across < _FRAME[1]) | (across > 1 - _FRAME[1]))
    seen = picture[frame if frame.sum() > _MIN_SURE_PIXELS else outside]
    colour = np.median(seen, 0) if len(seen) else np.array(_NEUTRAL, np.float64)
    grey = colour.mean()
    colour = (grey + (colour - grey) * _SATURATION).clip(_DARKEST, _LIGHTEST)
    light = _LIGHT - _FALLOFF * ((across - _CENTRE[0]) ** 2 + (down - _CENTRE[1]) ** 2)
    return np.clip(colour * light[..., None], 0, 255)


def _ramp(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return values that rise from 0 at `low` to 1 at `high`."""
    return ((values - low) / (high - low)).clip(0, 1)


def _guided(guide: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return a mask whose edges follow those of a grey picture, both float32 [S, S].

    He, Sun and Tang, "Guided Image Filtering", ECCV 2010, Alg. 1.
    """
    mean_guide, mean_mask = _box(guide), _box(mask)
    slope = _box(guide * mask) - mean_guide * mean_mask
    slope /= _box(guide * guide) - mean_guide**2 + _GUIDE_EPSILON
    return _box(slope) * guide + _box(mean_mask - slope * mean_guide)


def _box(values: np.ndarray) -> np.ndarray:
    width = 2 * _GUIDE_PX + 1
    return cv2.boxFilter(values, -1, (width, width), borderType=cv2.BORDER_REFLECT)


def _largest_piece(mask: np.ndarray) -> np.ndarray:
    """Return a soft mask, float32 [S, S], of the largest piece of a mask and a margin around it."""
    _, labels, statistics, _ = cv2.connectedComponentsWithStats((mask > 0.5).astype(np.uint8))
    if len(statistics) < 2:
        return np.ones_like(mask)
    largest = 1 + statistics[1:, cv2.CC_STAT_AREA].argmax()
    kernel = np.ones((_PIECE_MARGIN_PX, _PIECE_MARGIN_PX), np.uint8)
    return cv2.GaussianBlur(
        cv2.dilate((labels == largest).astype(np.uint8), kernel).astype(np.float32), (0, 0), 2
    )
