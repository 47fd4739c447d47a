"""Pop art: loud flat colours, ink, and dots that grow with the shade."""

from __future__ import annotations

import numpy as np

from ddsgui.faces.anatomy import CREASES, JAW, UPPER_LIDS
from ddsgui.training.drawn.painters.canvas import (
    SIDE_PX,
    blur,
    canvas_of,
    evened,
    filled,
    finished,
    flattened,
    ink_lines,
    laid_over,
    lay_over,
    luminance,
    ramp,
    shapes,
    silhouette,
    strokes,
)
from ddsgui.training.drawn.painters.features import features_of
from ddsgui.training.drawn.painters.painter import Choice, Dial, Face, Painter, Values, exaggeration_dial
from ddsgui.training.drawn.painters.screens import line_phase, swelling_dots, waves

PALETTES = {  # light, dots, shadow, lips, lids, backdrop, dots of the backdrop
    "candy": ("#ffe3d3", "#f2677f", "#3a1f5d", "#e0263c", "#38b6c9", "#ffd23f", "#ff9f1c"),
    "night": ("#ffd9c7", "#e85d9e", "#1b1b4b", "#d81e5b", "#7ad3d3", "#2fb5c9", "#1b7fa8"),
    "acid": ("#fff3b0", "#ff8552", "#1f3a5f", "#d7263d", "#f46197", "#7bd389", "#3fa796"),
    "newsprint": ("#f7efe0", "#d9584a", "#222226", "#c8322b", "#8fb8c8", "#efe2c4", "#d9c79b"),
}
INK = "#17131c"
ANGLES = (45.0, 135.0)


def paint(face: Face, dials: Values) -> np.ndarray:
    """Return the pop art picture of a face."""
    canvas = canvas_of(face, float(dials["exaggeration"]), 1.1)
    count, line, contrast = (float(dials[name]) for name in ("dots", "line", "contrast"))
    light_tone, dot, shadow, lips, lid, backdrop, behind = map(_rgb, PALETTES[str(dials["palette"])])
    person = ramp(canvas.person, 0.38, 0.62)
    grey = luminance(flattened(canvas.image))
    light = evened(grey, canvas.person, 0.60, 1.3 * contrast) + 0.7 * contrast * (grey - blur(grey, 26))
    shade = 1 - blur(light, 4)
    across, down = (line_phase(SIDE_PX, count, angle) for angle in ANGLES)
    pixels = SIDE_PX / count

    picture = filled(light_tone)
    lay_over(picture, dot, swelling_dots(across, down, (shade * 1.5 - 0.28).clip(0, 0.8), pixels))
    lay_over(picture, shadow, ramp(shade, 0.60, 0.66))
    features = features_of(canvas.points, 1.25 * line, iris=0.29)
    lay_over(picture, lid, _painted_lids(canvas.points) * 0.9)
    lay_over(picture, lips, np.maximum(features.upper_lip, features.lower_lip))
    teeth = features.openness
    lay_over(picture, teeth * np.ones(3) + (1 - teeth) * _rgb(INK), features.mouth)
    lay_over(picture, (1, 1, 1), features.eyes)
    lay_over(picture, lid * 0.75, features.irises)

    far = ramp(np.hypot(*(np.mgrid[:SIDE_PX, :SIDE_PX] / SIDE_PX - 0.5)).astype(np.float32), 0.2, 0.75)
    page = filled(backdrop)
    lay_over(page, behind, swelling_dots(across, down, far * 0.62, pixels))
    picture = laid_over(page, picture, person)
    contours = ink_lines(blur(grey, 2), 3.2, 0.026, 16) * person
    outline = silhouette(canvas.person, 0.2, 0.85)
    jaw = strokes([canvas.points[list(JAW)]], 6 * line, (0.05, 0.05))
    drawn = (
        contours * (1 - blur(features.eyes, 3)) * min(1.0, line),
        outline * min(1.0, line),
        jaw,
        features.pupils,
        features.upper_lids,
        features.lower_lids * 0.7,
        features.brows,
        features.lip_line * (1 - 0.9 * features.openness * features.mouth),
        features.nose,
    )
    for part in drawn:
        lay_over(picture, _rgb(INK), part)
    return finished(laid_over(picture, (1, 1, 1), features.glints), len(face.image))


def screens(side: int, dials: Values) -> list[np.ndarray]:
    """Return the dots, as the product of two screens of lines, and their rows and columns."""
    across, down = (waves(line_phase(side, float(dials["dots"]), angle)) for angle in ANGLES)
    return [(across + down) * 0.7, across * down]


def _painted_lids(points: np.ndarray) -> np.ndarray:
    outlines = [
        np.concatenate([points[list(lid)], (points[list(crease)] + (0, -3))[::-1]])
        for lid, crease in zip(UPPER_LIDS, CREASES, strict=True)
    ]
    return shapes(outlines)


def _rgb(code: str) -> np.ndarray:
    return np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)], np.float32) / 255


PAINTER = Painter(
    "pop-art",
    "Pop art",
    "Loud flat colours, ink, and dots that grow with the shade.",
    paint,
    (
        exaggeration_dial(1.2),
        Dial("dots", "Dots", 30, 18, 44, "Number of dots along a side"),
        Dial("line", "Line", 1.0, 0, 2, "Width of the ink lines"),
        Dial("contrast", "Contrast", 1.0, 0.4, 1.6, "Difference between light and shade"),
        Choice("palette", "Colours", tuple(PALETTES), "Set of colours"),
    ),
    screens,
)
