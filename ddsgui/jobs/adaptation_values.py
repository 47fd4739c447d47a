"""Values that pass between the New domain dialog and the engine. Frozen, so that they may cross threads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ddsgui.editing.example import Example
from ddsgui.training.drawn.painters.painter import Value

GRID_LATENTS = 8  # fixed latents that every grid shows


@dataclass(frozen=True, eq=False)
class ReadResult:
    """The dropped files that have been read so far."""

    examples: tuple[Example, ...]
    refused: tuple[tuple[str, str], ...]  # name of a file, sentence about it
    left_out: tuple[str, ...] = ()  # names of pictures beyond the number that is accepted


@dataclass(frozen=True, eq=False)
class DomainRequest:
    """A request for a new domain."""

    name: str
    source: str  # with its class if it has classes: "cifar#3"
    examples: tuple[Example, ...]
    steps: int


@dataclass(frozen=True)
class DrawnRequest:
    """A request for a domain that a painter draws."""

    name: str
    source: str  # with its class if it has classes
    painter: str
    values: tuple[tuple[str, Value], ...]  # of its dials
    steps: int


@dataclass(frozen=True)
class PreviewRequest:
    """A request for what a painter makes of eight people of a domain."""

    source: str  # with its class if it has classes
    painter: str
    values: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, eq=False)
class PainterPreview:
    """People of a domain, and what a painter has made of the first of them so far."""

    request: PreviewRequest
    originals: np.ndarray  # uint8 [GRID_LATENTS, H, W, 3]
    pictures: np.ndarray  # uint8 [at most GRID_LATENTS, H, W, 3]


@dataclass(frozen=True)
class UnfinishedAdaptation:
    """An adaptation on the disk that can be resumed."""

    name: str
    source: str
    examples: int
    step: int
    steps: int
    seconds_ago: float


@dataclass(frozen=True, eq=False)
class ComparisonGrid:
    """The images of the fixed latents at a step."""

    step: int
    pictures: np.ndarray  # uint8 [GRID_LATENTS, H, W, 3]


@dataclass(frozen=True, eq=False)
class Adaptation:
    """The progress of an adaptation; each value is complete, since a reader may miss any.

    Steps do not include the warm-up, in which only a new discriminator learns and the pictures do not change.
    """

    name: str
    source: str  # the domain's name in the library, or its path, with its class if it has classes
    title: str  # that domain's title
    examples: int
    pictures: np.ndarray  # uint8 [at most GRID_LATENTS, R, R, 3]: the first examples, as cropped
    originals: ComparisonGrid  # the source's
    newest: ComparisonGrid
    snapshots: tuple[int, ...]  # steps of the snapshots, in order
    step: int
    steps: int
    warmed: int  # steps of the warm-up
    warm_up: int
    save_error: str = ""  # a sentence that says why it is not saved

    @property
    def is_warming_up(self) -> bool:
        """True during the warm-up."""
        return self.warmed < self.warm_up

    @property
    def is_complete(self) -> bool:
        """True after the last step."""
        return self.step >= self.steps


@dataclass(frozen=True)
class SaveRequest:
    """A request to save a finished domain in the library."""

    adaptation: str
    step: int  # of the snapshot
    name: str
    title: str
    origin: str  # in the artist's words
    licence: str
