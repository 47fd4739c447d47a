"""A sheet of each painter's dials: one person per row of a dial, from its lowest value to its highest.

    python benchmarks/painters.py FOLDER [PAINTER …] [--domain portrait] [--side 96]

Writes PAINTER.png for each painter: in the first row people of the domain, in the second what the painter makes of
them, and then the first person at five values of each dial, or at each of its choices.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ddsgui.device import tune_allocator

tune_allocator()

import cv2
import numpy as np

from ddsgui.evaluation.sheet import contact_sheet
from ddsgui.images import write_png
from ddsgui.library.library import Library
from ddsgui.library.model_cache import ModelCache
from ddsgui.steps import result_of
from ddsgui.training.drawn.painters.painter import Choice, Dial, Face, Painter, Value
from ddsgui.training.drawn.painters.registry import PAINTERS, find_painter
from ddsgui.training.drawn.people import find_people_steps

LATENTS, SEED = 64, 1
COLUMNS = 5  # values of a dial


def settings_of(dial: Dial | Choice) -> list[Value]:
    """Return the values of a dial that are shown."""
    if isinstance(dial, Choice):
        return list(dial.options[:COLUMNS])
    return [float(value) for value in np.linspace(dial.low, dial.high, COLUMNS)]


def dial_sheet(painter: Painter, faces: Sequence[Face], side: int) -> np.ndarray:
    """Return the sheet of a painter, whose cells have `side` pixels."""
    usual = painter.values()
    cells = [face.image for face in faces] + [painter.redraw(face, usual) for face in faces]
    for dial in painter.dials:
        row = [painter.redraw(faces[0], usual | {dial.name: value}) for value in settings_of(dial)]
        cells += row + [np.full_like(row[0], 255)] * (COLUMNS - len(row))
    small = [cv2.resize(cell, (side, side), interpolation=cv2.INTER_AREA) for cell in cells]
    return contact_sheet(np.stack(small), COLUMNS)


def main() -> None:
    """Write the sheets."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("painters", nargs="*", help="names (default: all that are bundled)")
    parser.add_argument("--domain", default="portrait")
    parser.add_argument("--side", type=int, default=96, help="pixels per cell (default: 96)")
    args = parser.parse_args()
    generator = ModelCache(Library()).generator(args.domain)
    people = result_of(find_people_steps(generator, LATENTS, SEED)).faces
    # Those with the longest and shortest faces, so that exaggeration is seen.
    faces = sorted(people, key=lambda face: -(face.points - face.mean_points)[:, 1].std())[:COLUMNS]
    args.folder.mkdir(parents=True, exist_ok=True)
    painters = [find_painter(name) for name in args.painters] or list(PAINTERS)
    for painter in painters:
        sheet = dial_sheet(painter, faces, args.side)
        write_png(args.folder / f"{painter.name}.png", sheet)


if __name__ == "__main__":
    main()
