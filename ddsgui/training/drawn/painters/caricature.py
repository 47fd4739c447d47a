"""Caricature: flat colour, ink lines, eyes and lips as shapes, and what sets a face apart made larger."""

from __future__ import annotations

import cv2
import numpy as np

from ddsgui.faces.anatomy import JAW
from ddsgui.training.drawn.painters.canvas import (
    SIDE_PX,
    Canvas,
    away_from_edge,
    blur,
    canvas_of,
    cheeks,
    colour_at,
    finished,
    flattened,
    glow,
    ink_lines,
    laid_over,
    lay_over,
    luminance,
    ramp,
    silhouette,
    soft_steps,
    strokes,
)
from ddsgui.training.drawn.painters.features import Features, features_of
from ddsgui.training.drawn.painters.painter import Choice, Dial, Face, Painter, Values, exaggeration_dial

INK = np.array([0.13, 0.09, 0.11], np.float32)
SEA = np.array([0.60, 0.84, 0.86], np.float32)  # mixed into backdrops, which grey would spoil
BACKDROPS = {"own": None, "warm": (0.97, 0.80, 0.55), "cool": (0.60, 0.80, 0.86), "paper": (0.96, 0.93, 0.87)}


def paint(face: Face, dials: Values) -> np.ndarray:
    """Return the caricature of a face."""
    canvas = canvas_of(face, float(dials["exaggeration"]), float(dials["eyes"]))
    line, flatness, colour = (float(dials[name]) for name in ("line", "flatness", "colour"))
    features = features_of(canvas.points, line)
    skin = _skin_colour(canvas)
    picture = _flat_colour(canvas, flatness, colour)
    lay_over(picture, skin * (1.05, 0.62, 0.58), cheeks(canvas.points, 0.06, 0.16) * 0.3 * colour)
    picture = laid_over(
        _backdrop(canvas, str(dials["backdrop"]), colour), picture, ramp(canvas.person, 0.35, 0.65)
    )

    lay_over(picture, INK, _ink(canvas, features, line) * 0.92)
    _draw_mouth(picture, skin, features)
    _draw_eyes(picture, canvas, features)
    return finished(picture, len(face.image))


def _ink(canvas: Canvas, features: Features, line: float) -> np.ndarray:
    """Return the ink lines of the person, but not those of eyes, brows and mouth."""
    calm = 1 - blur(np.maximum(features.eyes, np.maximum(features.mouth, features.brows)), 4)
    grey = blur(luminance(flattened(canvas.image, 2)), 1.5)
    lines = ink_lines(grey, 3.0, 0.024, 12) * calm * ramp(canvas.person, 0.4, 0.8)
    outline = silhouette(canvas.person, 0.25, 0.75)
    jaw = strokes([canvas.points[list(JAW)]], 4.5 * line, (0.05, 0.05))
    return np.maximum(np.maximum(lines, outline) * min(1.0, line), jaw * 0.85) * away_from_edge()


def _draw_mouth(picture: np.ndarray, skin: np.ndarray, features: Features) -> None:
    lip = (skin * (0.92, 0.52, 0.50)).clip(0, 1)
    lay_over(picture, lip * 0.82, features.upper_lip * 0.9)
    lay_over(picture, (lip * 1.12).clip(0, 1), features.lower_lip * 0.9)
    teeth = features.openness * np.array([0.98, 0.96, 0.92]) + (1 - features.openness) * INK
    lay_over(picture, teeth, features.mouth)
    lay_over(picture, INK, features.lip_line * (1 - 0.75 * features.openness * features.mouth))


def _draw_eyes(picture: np.ndarray, canvas: Canvas, features: Features) -> None:
    """Draw eyes, brows and nose."""
    lay_over(picture, (0.98, 0.97, 0.95), features.eyes)
    lay_over(picture, INK + 0.4, blur(features.upper_lids, 5) * features.eyes * 0.5)
    lay_over(picture, _iris_colour(canvas, features.irises), features.irises)
    lay_over(picture, INK * 0.6, features.pupils)
    lay_over(picture, (1, 1, 1), features.glints)
    lay_over(picture, _hair_colour(canvas, features.brows), features.brows * 0.95)
    lids = np.maximum(np.maximum(features.upper_lids, features.lower_lids * 0.7), features.creases * 0.55)
    lay_over(picture, INK, np.maximum(lids, features.nose))


def _flat_colour(canvas: Canvas, flatness: float, colour: float) -> np.ndarray:
    """Return the person in a few flat tones of clean, strong colour."""
    lab = cv2.cvtColor(flattened(canvas.image), cv2.COLOR_RGB2LAB)
    light = blur(lab[..., 0], 1.5 + 3.5 * flatness) / 100
    inside = np.float32(0.02) + canvas.person**4
    mean = float((light * inside).sum() / inside.sum())
    light = 0.60 + (light - mean) * 1.25 + 0.35 * (mean - 0.5)
    light = ramp(light, -0.22, 1.12)
    light = soft_steps(light, 5, 0.9 * flatness)
    tints = blur(lab[..., 1:], 2 + 5 * flatness) * (1.3 * colour)
    lab = np.dstack([light * 94 + 5, tints]).astype(np.float32)
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB).clip(0, 1)


def _backdrop(canvas: Canvas, name: str, colour: float) -> np.ndarray:
    """Return a smooth backdrop, lighter behind the head."""
    behind = 1 - ramp(canvas.person, 0.02, 0.3)
    own = colour_at(canvas.image, behind**2 + 1e-4)
    grey = own.mean()
    own = (grey + (own - grey) * 2.0 * colour) * 0.45 + 0.50
    wanted = BACKDROPS[name]
    base = own * 0.5 + SEA * 0.5 if wanted is None else np.array(wanted) * 0.9 + own * 0.1
    light = 1.04 - 0.16 * (1 - glow(np.array([0.5, 0.42]) * SIDE_PX, 0.42 * SIDE_PX))
    return (light[..., None] * base).clip(0, 1).astype(np.float32)


def _skin_colour(canvas: Canvas) -> np.ndarray:
    return colour_at(canvas.image, cheeks(canvas.points, 0, 0.12)) * 0.75 + 0.25


def _iris_colour(canvas: Canvas, irises: np.ndarray) -> np.ndarray:
    colour = colour_at(canvas.image, blur(irises, 2) ** 2)
    return (0.12 + 0.42 * colour / (colour.mean() + 0.05) ** 0.5 + 1.6 * (colour - colour.mean())).clip(0, 1)


def _hair_colour(canvas: Canvas, brows: np.ndarray) -> np.ndarray:
    return (colour_at(canvas.image, brows) * 0.55 - 0.03).clip(0, 1)


PAINTER = Painter(
    "caricature",
    "Caricature",
    "Flat colour and ink; what sets a face apart is exaggerated.",
    paint,
    (
        exaggeration_dial(2.4),
        Dial("eyes", "Eyes", 1.35, 0.8, 1.6, "Size of the eyes; 1 is true to life"),
        Dial("line", "Line", 1.0, 0, 2, "Width of the ink lines"),
        Dial("flatness", "Flatness", 0.8, 0, 1, "How few tones a surface has"),
        Dial("colour", "Colour", 1.0, 0, 1.6, "Strength of the colours"),
        Choice("backdrop", "Backdrop", tuple(BACKDROPS), "Colour behind the person"),
    ),
)
