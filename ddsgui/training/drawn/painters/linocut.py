"""Linocut: a black block and a coloured one on paper, with the marks of the gouge between light and shade."""

from __future__ import annotations

import numpy as np

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
    silhouette,
)
from ddsgui.training.drawn.painters.features import features_of
from ddsgui.training.drawn.painters.painter import Choice, Dial, Face, Painter, Values, exaggeration_dial
from ddsgui.training.drawn.painters.screens import line_phase, waves

PALETTES = {  # paper, colour and black
    "vermilion": ((0.97, 0.94, 0.87), (0.88, 0.32, 0.20), (0.10, 0.09, 0.10)),
    "ultramarine": ((0.96, 0.95, 0.91), (0.20, 0.38, 0.72), (0.06, 0.07, 0.13)),
    "ochre": ((0.98, 0.95, 0.86), (0.90, 0.66, 0.22), (0.14, 0.09, 0.07)),
    "forest": ((0.95, 0.94, 0.86), (0.33, 0.55, 0.42), (0.07, 0.12, 0.11)),
}
GOUGES, ANGLE, BOW = 30.0, 38.0, 0.02
SHARPNESS = 14.0  # of the blocks' edges


def paint(face: Face, dials: Values) -> np.ndarray:
    """Return the linocut of a face."""
    canvas = canvas_of(face, float(dials["exaggeration"]))
    line, ink_amount, gouge = (float(dials[name]) for name in ("line", "black", "gouge"))
    person = ramp(canvas.person, 0.38, 0.62)
    grey = luminance(flattened(canvas.image))
    light = evened(grey, canvas.person, 0.56, 1.35) + 0.8 * (grey - blur(grey, 26))
    light = blur(light, 3.5)
    marks = _marks(SIDE_PX) * 0.10 * gouge
    black = ((0.30 + 0.14 * (ink_amount - 1) + marks - light) * SHARPNESS + 0.5).clip(0, 1)
    tinted = ((0.60 + marks - light) * SHARPNESS + 0.5).clip(0, 1)

    paper, colour, ink = (np.array(c, np.float32) for c in PALETTES[str(dials["palette"])])
    page = filled(paper)
    print_ = laid_over(page, colour, tinted)
    features = features_of(canvas.points, 1.35 * line, iris=0.30)
    lay_over(print_, colour, np.maximum(features.upper_lip, features.lower_lip))
    lay_over(print_, paper, features.eyes)
    black = black * (1 - features.eyes) * (1 - features.openness * features.mouth)
    contours = ink_lines(blur(grey, 2), 3.6, 0.024, 16)
    outline = silhouette(canvas.person, 0.2, 0.9)
    drawn = (
        contours * min(1.0, line),
        outline * min(1.0, line),
        features.irises,
        features.upper_lids,
        features.lower_lids * 0.6,
        features.brows,
        features.lip_line * (1 - 0.9 * features.openness * features.mouth),
        features.mouth * (1 - features.openness),
        features.nose,
    )
    for part in drawn:
        black = np.maximum(black, part)
    lay_over(print_, paper, features.openness * features.mouth * 0.98)
    lay_over(print_, ink, black)
    lay_over(print_, paper, features.glints)
    backdrop = laid_over(laid_over(page, colour, np.ones_like(person)), paper, _rays(SIDE_PX, gouge))
    return finished(laid_over(backdrop, print_, np.maximum(person, outline)), len(face.image))


def _marks(side: int) -> np.ndarray:
    return waves(line_phase(side, GOUGES, ANGLE, BOW))


def _rays(side: int, gouge: float) -> np.ndarray:
    """Return the carved lines around the head, wider towards the edge of the print."""
    place = (np.arange(side, dtype=np.float32) + 0.5) / side
    x, y = place[None] - 0.5, place[:, None] - 0.46
    angle, radius = np.arctan2(y, x), np.hypot(x, y)
    ray = np.cos(angle * 44)
    return ((ray - 1.25 + gouge * 1.1 * (radius - 0.15)) * 6 * radius * 2 + 0.5).clip(0, 1)


def screens(side: int, dials: Values) -> list[np.ndarray]:
    """Return the marks of the gouge."""
    return [_marks(side)]


PAINTER = Painter(
    "linocut",
    "Linocut",
    "A black block and a coloured one, with the marks of the gouge.",
    paint,
    (
        exaggeration_dial(1.15),
        Dial("line", "Line", 1.0, 0, 2, "Width of the cut lines"),
        Dial("black", "Black", 1.0, 0.4, 1.8, "How much of the face is in black"),
        Dial("gouge", "Gouge", 1.0, 0, 1.6, "Strength of the marks between light and shade"),
        Choice("palette", "Colours", tuple(PALETTES), "Colours of paper and blocks"),
    ),
    screens,
)
