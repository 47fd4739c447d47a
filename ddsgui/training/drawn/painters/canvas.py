"""The canvas that painters work on: the face, enlarged to a fixed side and exaggerated, and brushes for it.

Everything is float32 of 0 to 1 on SIDE_PX pixels per side, whatever the size of the picture, so that a stroke has the
same share of every picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from ddsgui.faces.anatomy import CHEEKS
from ddsgui.faces.exaggeration import exaggerated, warp_towards
from ddsgui.training.drawn.painters.painter import Face

SIDE_PX = 512
Colour = Sequence[float] | np.ndarray


@dataclass(frozen=True)
class Canvas:
    """A face, ready to be redrawn."""

    image: np.ndarray  # float32 [SIDE_PX, SIDE_PX, 3], RGB
    points: np.ndarray  # float64 [468, 2], in pixels
    person: np.ndarray  # float32 [SIDE_PX, SIDE_PX], smooth


def canvas_of(face: Face, exaggeration: float = 1.0, eyes: float = 1.0) -> Canvas:
    """Return a face on the canvas, exaggerated, its eyes so many times larger."""
    wanted = exaggerated(face.points, face.mean_points, exaggeration, eyes)
    warp = warp_towards(face.points, wanted)
    picture = _enlarged(_without_frame(face.image).astype(np.float32) / 255)
    image, person = warp.bend(picture, blur(_enlarged(face.person.astype(np.float32)), 2.5))
    return Canvas(image.clip(0, 1), warp.move(face.points) * SIDE_PX - 0.5, person.clip(0, 1))


def filled(colour: Colour) -> np.ndarray:
    """Return a picture of one colour, float32 [SIDE_PX, SIDE_PX, 3]."""
    return np.full((SIDE_PX, SIDE_PX, 3), np.asarray(colour, np.float32))


def finished(picture: np.ndarray, side: int) -> np.ndarray:
    """Return float32 [SIDE_PX, SIDE_PX, 3] of 0 to 1 as uint8 [side, side, 3]."""
    reduced = cv2.resize(
        picture, (side, side), interpolation=cv2.INTER_AREA if side < SIDE_PX else cv2.INTER_CUBIC
    )
    return (reduced.clip(0, 1) * 255).round().astype(np.uint8)


def blur(values: np.ndarray, sigma: float) -> np.ndarray:
    """Return values [S, S] or [S, S, C] blurred by a standard deviation in pixels."""
    if sigma < 6:
        return cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    side, factor = len(values), 4 if sigma < 24 else 8
    small = cv2.resize(values, (side // factor, side // factor), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / factor, borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC)


def flattened(image: np.ndarray, passes: int = 3, tones: float = 0.1) -> np.ndarray:
    """Return an image without texture but with its edges, by a bilateral filter at half the side."""
    side = len(image)
    small = cv2.resize(image, (side // 2, side // 2), interpolation=cv2.INTER_AREA)
    for _ in range(passes):
        small = cv2.bilateralFilter(small, 7, tones, 4)
    return cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC)


def luminance(image: np.ndarray) -> np.ndarray:
    """Return the luminance [S, S] of RGB [S, S, 3]."""
    return image @ np.array([0.299, 0.587, 0.114], np.float32)


def ramp(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return values that rise smoothly from 0 at `low` to 1 at `high`, or fall if low > high."""
    t = ((values - low) / (high - low)).clip(0, 1)
    return t * t * (3 - 2 * t)


def laid_over(below: np.ndarray, colour: Colour, cover: np.ndarray) -> np.ndarray:
    """Return a picture [S, S, 3] under a colour, or another picture, that covers it as far as `cover` [S, S] says."""
    result = below.copy()
    lay_over(result, colour, cover)
    return result


def lay_over(picture: np.ndarray, colour: Colour, cover: np.ndarray) -> None:
    """Lay a colour, or another picture, over a picture [S, S, 3] in place, as laid_over() does."""
    box = _box_of(cover)
    above = np.asarray(colour, np.float32)
    picture[box] += ((above[box] if above.ndim == 3 else above) - picture[box]) * cover[box][..., None]


def evened(light: np.ndarray, person: np.ndarray, mean: float, contrast: float) -> np.ndarray:
    """Return a luminance [S, S] whose mean within the person comes near `mean`, in any light and of any skin."""
    weight = person**4 + 0.02
    own = float((light * weight).sum() / weight.sum())
    return ((light - own) * contrast + mean + 0.4 * (own - 0.5)).clip(0, 1)


def soft_steps(values: np.ndarray, steps: int, hardness: float) -> np.ndarray:
    """Return values of 0 to 1 in so many flat steps with smooth edges. hardness: 0 changes nothing, 1 is flat."""
    scaled = values * steps
    whole = np.floor(scaled)
    stepped = (whole + ramp(scaled - whole, 0.5 - 0.14, 0.5 + 0.14)) / steps
    return values + (stepped - values) * hardness


def ink_lines(values: np.ndarray, sigma: float, threshold: float, gain: float) -> np.ndarray:
    """Return dark lines of a luminance [S, S], 0 to 1: a difference of Gaussians relative to the light around.

    Winnemöller, "XDoG: Advanced Image Stylization with eXtended Difference-of-Gaussians", NPAR 2011, without its jump.
    """
    relative = values / (blur(values, 24) + 0.12)
    difference = blur(relative, sigma * 1.8) - blur(relative, sigma)
    return ramp(difference, threshold, threshold + 1 / gain)


def shapes(outlines: Sequence[np.ndarray]) -> np.ndarray:
    """Return the insides of closed outlines [N, 2] in pixels, rounded, as float32 [SIDE_PX, SIDE_PX]."""
    return _filled([_rounded(outline, closed=True) for outline in outlines])


def strokes(
    paths: Sequence[np.ndarray], width: float, taper: tuple[float, float] = (0.25, 0.25)
) -> np.ndarray:
    """Return brush strokes along paths [N, 2] in pixels. taper: the shares of the width at their ends."""
    return _filled([_stroke_outline(path, width, taper) for path in paths])


def discs(centres: Sequence[np.ndarray], radii: Sequence[float]) -> np.ndarray:
    """Return discs around points in pixels."""
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn)], 1)
    return _filled([centre + radius * circle for centre, radius in zip(centres, radii, strict=True)])


def glow(centre: np.ndarray, radius: float) -> np.ndarray:
    """Return a spot that fades out smoothly, with `radius` as its standard deviation."""
    x = np.arange(SIDE_PX, dtype=np.float32)
    across, down = (np.exp(-((x - c) ** 2) / (2 * radius**2)) for c in centre)
    return (down[:, None] * across[None]).astype(np.float32)


def cheeks(points: np.ndarray, lower: float, radius: float) -> np.ndarray:
    """Return spots on the cheeks, `lower` than their landmarks; both in distances between the outer eye corners."""
    apart = float(np.linalg.norm(points[33] - points[263]))
    left, right = (glow(points[cheek] + (0, lower * apart), radius * apart) for cheek in CHEEKS)
    return left + right


def silhouette(person: np.ndarray, outside: float, inside: float) -> np.ndarray:
    """Return a line around the person, between two values of the mask [S, S]."""
    margin = 0.45 * (inside - outside)
    return ramp(person, outside, outside + margin) * ramp(person, inside, inside - margin)


@lru_cache(1)
def away_from_edge() -> np.ndarray:
    """Return a mask that falls to 0 at the edge of the picture, for lines that end before it."""
    place = np.arange(SIDE_PX, dtype=np.float32)
    distance = np.minimum(place, SIDE_PX - 1 - place)
    return ramp(np.minimum(distance[None], distance[:, None]), 6, 20)


def colour_at(image: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Return the mean colour [3] of an image, weighted by `where` [S, S]."""
    box = _box_of(where)
    return np.einsum("ij,ijk->k", where[box], image[box]) / (where[box].sum() + 1e-6)


def _without_frame(image: np.ndarray) -> np.ndarray:
    """Return an image whose outermost lines repeat those inside: StyleGAN2 draws a dark and a bright line there."""
    margin = len(image) // 64
    inside = image[margin : len(image) - margin, margin : len(image) - margin]
    return np.pad(inside, ((margin, margin), (margin, margin), (0, 0)), "edge")


def _box_of(mask: np.ndarray) -> tuple[slice, slice]:
    """Return the rows and columns outside of which a mask is 0."""
    left, top, width, height = cv2.boundingRect((mask > 0).view(np.uint8))
    return slice(top, top + height), slice(left, left + width)


def _enlarged(values: np.ndarray) -> np.ndarray:
    side = len(values)
    if side == SIDE_PX:
        return values
    return cv2.resize(
        values, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA if side > SIDE_PX else cv2.INTER_CUBIC
    )


def _rounded(points: np.ndarray, closed: bool, rounds: int = 3) -> np.ndarray:
    """Return a path with its corners cut. Chaikin, "An algorithm for high-speed curve generation", 1974."""
    for _ in range(rounds):
        ahead = np.roll(points, -1, 0) if closed else points[1:]
        here = points if closed else points[:-1]
        cut = np.stack([0.75 * here + 0.25 * ahead, 0.25 * here + 0.75 * ahead], 1).reshape(-1, 2)
        points = cut if closed else np.concatenate([points[:1], cut, points[-1:]])
    return points


def _stroke_outline(path: np.ndarray, width: float, taper: tuple[float, float]) -> np.ndarray:
    line = _rounded(path, closed=False)
    along = np.linspace(0, 1, len(line))
    tangent = np.gradient(line, axis=0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
    normal /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-6
    ends = taper[0] * (1 - along) + taper[1] * along
    profile = ends + (1 - ends) * np.sin(np.pi * along) ** 0.7
    half = normal * (width / 2 * profile)[:, None]
    return np.concatenate([line + half, (line - half)[::-1]])


def _filled(outlines: Sequence[np.ndarray]) -> np.ndarray:
    mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    for outline in outlines:
        cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255
