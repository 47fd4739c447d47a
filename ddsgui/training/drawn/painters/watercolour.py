"""Watercolour: transparent washes with darker rims on rough paper, and a thin pen line."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ddsgui.faces.anatomy import JAW
from ddsgui.training.drawn.painters.canvas import (
    SIDE_PX,
    Canvas,
    blur,
    canvas_of,
    cheeks,
    colour_at,
    evened,
    finished,
    flattened,
    glow,
    ink_lines,
    lay_over,
    luminance,
    ramp,
    silhouette,
    soft_steps,
    strokes,
)
from ddsgui.training.drawn.painters.features import Features, features_of
from ddsgui.training.drawn.painters.painter import Choice, Dial, Face, Painter, Values, exaggeration_dial
from ddsgui.training.drawn.painters.screens import grain

PAPER = np.array([0.985, 0.975, 0.95], np.float32)
POOLS = ((0.36, 0.34, 0.24), (0.72, 0.52, 0.20))  # x, y and radius of paint behind the person, in sides
PENS = {"sepia": (0.25, 0.15, 0.10), "black": (0.12, 0.12, 0.14), "indigo": (0.13, 0.16, 0.33)}


def paint(face: Face, dials: Values) -> np.ndarray:
    """Return the watercolour of a face."""
    canvas = canvas_of(face, float(dials["exaggeration"]), 1.06)
    line, wash, colour, rough = (float(dials[name]) for name in ("line", "wash", "colour", "paper"))
    person = ramp(canvas.person + 0.10 * _clouds(), 0.30, 0.72)
    wet = _backdrop(canvas, wash, colour)
    lay_over(wet, _pigment(canvas, wash, colour), person)
    wet *= 1 - 0.16 * (person * (1 - person) * 4)[..., None]  # paint gathers along the edge
    picture = PAPER * wet
    features = features_of(canvas.points, 0.75 * line)
    _paint_features(picture, canvas, features)
    pen = np.array(PENS[str(dials["pen"])], np.float32)
    for part in _pen_strokes(canvas, features, line):
        lay_over(picture, pen, part)
    lay_over(picture, (1, 1, 1), features.glints)
    return finished(picture * (1 + 0.022 * rough * _relief()[..., None]), len(face.image))


def _pigment(canvas: Canvas, wash: float, colour: float) -> np.ndarray:
    """Return the light that comes through the washes of the person, [SIDE_PX, SIDE_PX, 3]."""
    cloud = _clouds()
    lab = cv2.cvtColor(flattened(canvas.image), cv2.COLOR_RGB2LAB)
    light = evened(blur(lab[..., 0], 2) / 100, canvas.person, 0.72, 1.15)
    first = blur(light, 9) * 0.5 + 0.5  # a pale wash over everything
    second = soft_steps((light + 0.03 * cloud).clip(0, 1), 4, 0.75)  # a glaze with edges
    rims = (blur(second, 5) - second).clip(0, 1) * 1.4 + np.abs(second - blur(second, 3)) * 0.5
    density = (1 - first * (0.45 + 0.55 * second) + 0.5 * rims).clip(0, 1) * wash
    tints = blur(lab[..., 1:], 5) * (1.25 * colour)
    opaque = np.dstack([light * 78 + 8, tints]).astype(np.float32)
    full = cv2.cvtColor(opaque, cv2.COLOR_LAB2RGB).clip(0.01, 1)
    # Pigment lets the paper through; the more of it, the deeper.
    depth = (0.35 + 1.15 * density) * (1 + 0.10 * cloud)
    blush = cheeks(canvas.points, 0.08, 0.17) * 0.16 * colour
    return full ** depth[..., None] * (1 - blush[..., None] * np.array([0.1, 0.9, 0.8], np.float32))


def _backdrop(canvas: Canvas, wash: float, colour: float) -> np.ndarray:
    """Return the light that comes through the pools of paint behind the person."""
    own = colour_at(canvas.image, (1 - canvas.person) ** 2 + 1e-4)
    tint = (0.72 + (own - own.mean()) * 2.2 * colour).clip(0.2, 1)
    spots = sum(glow(np.array([x, y]) * SIDE_PX, r * SIDE_PX) for x, y, r in POOLS)
    pool = ramp(spots + 0.22 * _clouds(), 0.28, 0.62)
    rim = pool * (1 - pool) * 1.2
    return (tint ** ((0.55 * pool + 0.35 * rim) * wash)[..., None]).astype(np.float32)


def _paint_features(picture: np.ndarray, canvas: Canvas, features: Features) -> None:
    """Paint eyes, lips and brows over a picture."""
    lips = np.maximum(features.upper_lip, features.lower_lip)
    lay_over(picture, picture * (0.95, 0.66, 0.66), lips * 0.6)
    lay_over(picture, PAPER * 0.99, features.mouth * features.openness * 0.85)
    lip = colour_at(canvas.image, features.lower_lip)
    lay_over(picture, lip * 0.35, features.mouth * (1 - features.openness) * 0.5)
    lay_over(picture, PAPER, features.eyes * 0.85)
    iris = colour_at(canvas.image, blur(features.irises, 2) ** 2)
    iris = (0.12 + iris * 0.8 + 1.2 * (iris - iris.mean())).clip(0, 1)
    lay_over(picture, iris, features.irises * 0.9)
    lay_over(picture, picture * 0.55, features.brows * 0.55)


def _pen_strokes(canvas: Canvas, features: Features, line: float) -> tuple[np.ndarray, ...]:
    """Return what the pen draws."""
    grey = blur(luminance(flattened(canvas.image, 1)), 1.2)
    contours = ink_lines(grey, 2.2, 0.026, 10) * ramp(canvas.person, 0.4, 0.8)
    thin = min(1.0, line)
    return (
        contours * (1 - blur(features.eyes, 3)) * 0.75 * thin,
        silhouette(canvas.person, 0.38, 0.66) * 0.7 * thin,
        strokes([canvas.points[list(JAW)]], 3 * line, (0.0, 0.0)) * 0.75,
        features.pupils,
        features.upper_lids,
        features.lower_lids * 0.55,
        features.creases * 0.5,
        _hairs(features.brows) * 0.8,
        features.lip_line * 0.8 * (1 - 0.8 * features.openness * features.mouth),
        features.nose * 0.8,
    )


def _hairs(brows: np.ndarray) -> np.ndarray:
    return (blur(brows, 2) * 1.3 - 0.45).clip(0, 1)


@lru_cache(1)
def _clouds() -> np.ndarray:
    """Return blots where water stood, of mean 0 and deviation 1."""
    noise = (
        blur(grain(SIDE_PX, 1), 12) * 24 + blur(grain(SIDE_PX, 2), 30) * 60 + blur(grain(SIDE_PX, 3), 4) * 5
    )
    return noise / noise.std()


@lru_cache(1)
def _relief() -> np.ndarray:
    """Return the grain of the paper, of mean 0."""
    return blur(grain(SIDE_PX), 1.6) * 3


def screens(side: int, dials: Values) -> list[np.ndarray]:
    """Return the grain of the paper and the blots."""
    factor = SIDE_PX // side
    return [_reduced(_clouds(), factor), _reduced(_relief(), factor) * 1.5]


def _reduced(values: np.ndarray, factor: int) -> np.ndarray:
    side = len(values) // factor
    return cv2.resize(values, (side, side), interpolation=cv2.INTER_AREA)


PAINTER = Painter(
    "watercolour",
    "Watercolour",
    "Transparent washes on rough paper, and a thin pen line.",
    paint,
    (
        exaggeration_dial(1.1),
        Dial("line", "Pen", 1.0, 0, 2, "Width of the pen line"),
        Dial("wash", "Wash", 1.0, 0.3, 1.6, "Amount of pigment"),
        Dial("colour", "Colour", 1.0, 0, 1.8, "Strength of the colours"),
        Dial("paper", "Paper", 1.0, 0, 2, "Roughness of the paper"),
        Choice("pen", "Ink", tuple(PENS), "Colour of the pen"),
    ),
    screens,
)
