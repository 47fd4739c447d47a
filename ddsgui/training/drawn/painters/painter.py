"""A painter: a function that redraws the picture of a person, and the dials that it can be set with.

A painter is pure: the same face and dials give the same picture. It is smooth: a face that hardly differs gives a
picture that hardly differs, since a network learns to imitate it and draws the mean of what it cannot predict.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ddsgui.errors import TrainingError

Value: TypeAlias = float | str
Values: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True)
class Face:
    """A picture of a person, and where everything is."""

    image: np.ndarray  # uint8 [R, R, 3], RGB
    points: np.ndarray  # float64 [468, 2], landmarks of ddsgui.faces.mesh: x and y in fractions of the side
    mean_points: np.ndarray  # float64 [468, 2], of the mean face of these people
    person: np.ndarray  # float16 or float32 [S, S] of any side, 1 where the person is, 0 in the backdrop


@dataclass(frozen=True)
class Dial:
    """A number within a range that changes what a painter draws."""

    name: str  # in settings and after --set
    label: str
    default: float
    low: float
    high: float
    tip: str

    def check(self, value: object) -> Value:
        """Return a value of the dial. Raises TrainingError if it is not one."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise TrainingError(f"{self.name} needs a number, not {value}.")
        if not self.low <= value <= self.high:
            raise TrainingError(f"{self.name} must be between {self.low:g} and {self.high:g}, not {value:g}.")
        return float(value)


def exaggeration_dial(default: float) -> Dial:
    """Return the dial for exaggeration, which every bundled painter has."""
    tip = "How far a face goes beyond the mean face; 1 is true to life"
    return Dial("exaggeration", "Exaggeration", default, 0, 3, tip)


@dataclass(frozen=True)
class Choice:
    """One of a few names, such as a palette's, that changes what a painter draws."""

    name: str
    label: str
    options: tuple[str, ...]  # the first is the default
    tip: str

    @property
    def default(self) -> str:
        """The first option."""
        return self.options[0]

    def check(self, value: object) -> Value:
        """Return a value of the choice. Raises TrainingError if it is not one."""
        if value not in self.options:
            raise TrainingError(f"{self.name} is one of {', '.join(self.options)}, not {value}.")
        return str(value)


@dataclass(frozen=True)
class Painter:
    """A way of drawing people. A new one is a file next to this one, and a line in registry.py."""

    name: str
    title: str
    summary: str  # one sentence for the artist
    paint: Callable[[Face, Values], np.ndarray]  # uint8 [R, R, 3], as large as the face's picture
    dials: tuple[Dial | Choice, ...] = ()
    # Patterns that lie still in every picture, such as the lines of an engraving: float32 [side, side] each, of mean 0
    # and about ±1. A network that finds them in its noise inputs learns to let them swell; without, it draws grey.
    screens: Callable[[int, Values], Sequence[np.ndarray]] | None = None

    def values(self, changes: Mapping[str, object] | None = None) -> dict[str, Value]:
        """Return the value of every dial: the default, unless changed.

        Raises TrainingError if there is no such dial, or the value is not one of it.
        """
        changes = changes or {}
        names = {dial.name for dial in self.dials}
        for name in changes:
            if name not in names:
                known = ", ".join(dial.name for dial in self.dials) or "none"
                raise TrainingError(f"{self.title} has no dial {name}. Its dials: {known}.")
        return {dial.name: dial.check(changes.get(dial.name, dial.default)) for dial in self.dials}

    def redraw(self, face: Face, values: Values) -> np.ndarray:
        """Return what the painter makes of a face. Raises TrainingError if it fails, or draws another size."""
        try:
            picture = self.paint(face, values)
        except Exception as error:  # a painter may be anybody's function
            raise TrainingError(f"The painter {self.name} failed: {error}") from error
        expected = face.image.shape
        if not isinstance(picture, np.ndarray) or picture.shape != expected or picture.dtype != np.uint8:
            raise TrainingError(
                f"The painter {self.name} drew {_described(picture)} instead of 8-bit RGB of "
                f"{expected[1]} × {expected[0]} pixels."
            )
        return picture


def _described(picture: object) -> str:
    if not isinstance(picture, np.ndarray):
        return f"no picture but {type(picture).__name__}"
    return f"{picture.dtype} of {' × '.join(map(str, picture.shape))}"
