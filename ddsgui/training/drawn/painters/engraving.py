"""Engraving: lines that swell with the shade, crossed in the shadows, as on a banknote."""

from __future__ import annotations

import numpy as np

from ddsgui.faces.anatomy import JAW
from ddsgui.training.drawn.painters.canvas import (
    SIDE_PX,
    blur,
    canvas_of,
    evened,
    filled,
    finished,
    flattened,
    glow,
    ink_lines,
    laid_over,
    luminance,
    ramp,
    silhouette,
    strokes,
)
from ddsgui.training.drawn.painters.features import features_of
from ddsgui.training.drawn.painters.painter import Choice, Dial, Face, Painter, Values, exaggeration_dial
from ddsgui.training.drawn.painters.screens import line_phase, swelling_lines, waves

PALETTES = {  # paper and ink
    "black": ((0.95, 0.92, 0.85), (0.11, 0.11, 0.13)),
    "banknote": ((0.92, 0.94, 0.86), (0.07, 0.25, 0.20)),
    "sepia": ((0.95, 0.90, 0.80), (0.29, 0.16, 0.09)),
    "blue": ((0.93, 0.94, 0.95), (0.08, 0.15, 0.36)),
}
ANGLE, BOW, CROSSING = -9.0, 0.012, 52.0


def paint(face: Face, dials: Values) -> np.ndarray:
    """Return the engraving of a face."""
    canvas = canvas_of(face, float(dials["exaggeration"]))
    count, line, contrast = (float(dials[name]) for name in ("lines", "line", "contrast"))
    person = ramp(canvas.person, 0.3, 0.7)
    grey = luminance(flattened(canvas.image, 1))
    light = evened(grey, canvas.person, 0.60, 1.25 * contrast)
    light = light + 0.9 * contrast * (grey - blur(grey, 20)) + 0.25 * (grey - blur(grey, 3))
    shade = (1 - light).clip(0, 1) ** 1.1
    behind = 0.34 - 0.20 * glow(np.array([0.5, 0.40]) * SIDE_PX, 0.30 * SIDE_PX)
    shade = behind + (shade - behind) * person
    features = features_of(canvas.points, 0.9 * line)
    shade = np.maximum(shade, blur(np.maximum(features.brows * 0.9, features.upper_lip * 0.7), 1.5))
    shade = np.maximum(shade, features.lower_lip * 0.42)

    pixels = SIDE_PX / count
    ink = swelling_lines(line_phase(SIDE_PX, count, ANGLE, BOW), (shade * 1.1 - 0.05).clip(0, 0.92), pixels)
    crossed = swelling_lines(
        line_phase(SIDE_PX, count, CROSSING, BOW), (shade * 1.6 - 0.85).clip(0, 0.8), pixels
    )
    ink = np.maximum(ink, crossed * person)

    ink = ink * (1 - features.eyes) * (1 - features.openness * 0.9 * features.mouth)
    calm = 1 - blur(np.maximum(features.eyes, features.brows), 4)
    contours = ink_lines(blur(grey, 1.5), 2.6, 0.022, 12) * person * calm
    outline = silhouette(canvas.person, 0.25, 0.75)
    drawn = (
        contours * min(1.0, line),
        outline * min(1.0, line),
        strokes([canvas.points[list(JAW)]], 4 * line, (0.05, 0.05)) * 0.8,
        features.irises * 0.55,
        features.pupils,
        features.upper_lids,
        features.lower_lids * 0.8,
        features.creases * 0.7,
        features.lip_line * (1 - 0.8 * features.openness * features.mouth),
        features.nose * 0.9,
    )
    for part in drawn:
        ink = np.maximum(ink, part)
    ink = ink * (1 - features.glints)
    paper, colour = PALETTES[str(dials["palette"])]
    page = filled(paper)
    return finished(laid_over(page, colour, ink), len(face.image))


def screens(side: int, dials: Values) -> list[np.ndarray]:
    """Return the two screens of lines."""
    count = float(dials["lines"])
    return [waves(line_phase(side, count, angle, BOW)) for angle in (ANGLE, CROSSING)]


PAINTER = Painter(
    "engraving",
    "Engraving",
    "Lines that swell with the shade, as on a banknote.",
    paint,
    (
        exaggeration_dial(1.0),
        Dial("lines", "Lines", 32, 20, 48, "Number of lines from top to bottom"),
        Dial("line", "Contours", 1.0, 0, 2, "Width of the contours"),
        Dial("contrast", "Contrast", 1.0, 0.4, 1.6, "Difference between light and shade"),
        Choice("palette", "Ink", tuple(PALETTES), "Colour of ink and paper"),
    ),
    screens,
)
