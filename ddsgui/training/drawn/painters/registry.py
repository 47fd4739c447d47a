"""All painters: the bundled ones, and those that installed packages add.

A package adds one by an entry point in the group `ddsgui.painters`, which names a Painter, or a plain function without
dials that takes a Face and an empty mapping and returns the picture.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from ddsgui.errors import TrainingError
from ddsgui.training.drawn.painters import caricature, engraving, linocut, pop_art, watercolour
from ddsgui.training.drawn.painters.painter import Painter

GROUP = "ddsgui.painters"
PAINTERS = (
    caricature.PAINTER,
    engraving.PAINTER,
    linocut.PAINTER,
    pop_art.PAINTER,
    watercolour.PAINTER,
)


def painter_names() -> list[str]:
    """Return the names of all painters, the bundled ones first. Loads none of an installed package."""
    bundled = [painter.name for painter in PAINTERS]
    return bundled + sorted({entry.name for entry in entry_points(group=GROUP)} - set(bundled))


def find_painter(name: str) -> Painter:
    """Return the painter of a name. Raises TrainingError if there is none, or if it cannot be loaded."""
    for painter in PAINTERS:
        if painter.name == name:
            return painter
    for entry in entry_points(group=GROUP):
        if entry.name != name:
            continue
        try:
            loaded = entry.load()
        except Exception as error:  # anybody's module
            raise TrainingError(f"The painter {name} cannot be loaded: {error}") from error
        if isinstance(loaded, Painter):
            return loaded
        if callable(loaded):
            function: Any = loaded
            return Painter(name, name.capitalize(), f"Added by {entry.value}.", function)
        raise TrainingError(f"The painter {name} is neither a Painter nor a function.")
    raise TrainingError(f"There is no painter {name}. Choose from {', '.join(painter_names())}.")
