"""What goes between the dialog and the engine while a domain is made. Frozen, so that it may cross threads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ddsgui.editing.example import Example

GRID_LATENTS = 8  # latents that are drawn again and again


@dataclass(frozen=True, eq=False)
class ReadResult:
    """How far the reading of dropped files is."""

    examples: tuple[Example, ...]
    refused: tuple[tuple[str, str], ...]  # name of a file, sentence about it
    left_out: int = 0  # files beyond the most that are taken


@dataclass(frozen=True, eq=False)
class DomainRequest:
    """What a domain is to be made of."""

    name: str
    source: str  # with its class if it has some: "cifar#3"
    examples: tuple[Example, ...]
    steps: int


@dataclass(frozen=True)
class UnfinishedAdaptation:
    """An adaptation on the disk that can be gone on with."""

    name: str
    source: str
    examples: int
    step: int
    steps: int
    seconds_ago: float


@dataclass(frozen=True, eq=False)
class ComparisonGrid:
    """What the fixed latents look like at some step."""

    step: int
    pictures: np.ndarray  # uint8 [GRID, H, W, 3]


@dataclass(frozen=True, eq=False)
class Adaptation:
    """How far an adaptation is; each value tells all, since a reader may miss any.

    Steps do not count the warm-up, in which a fresh discriminator learns alone and the pictures do not change.
    """

    name: str
    source: str  # the domain's name in the library, or its path, with its class if it has some
    title: str  # what that domain is called
    examples: int
    pictures: np.ndarray  # uint8 [GRID or fewer, R, R, 3]: the first examples as they are learnt from
    originals: ComparisonGrid  # the source's
    newest: ComparisonGrid
    snapshots: tuple[int, ...]  # steps that can be gone back to, in order
    step: int
    steps: int
    warmed: int  # steps of the warm-up
    warm_up: int
    trouble: str = ""  # a sentence on why it is not on the disk

    @property
    def warming(self) -> bool:
        return self.warmed < self.warm_up

    @property
    def complete(self) -> bool:
        return self.step >= self.steps


@dataclass(frozen=True)
class SaveRequest:
    """What a finished domain is to be called and what its card says."""

    adaptation: str
    step: int  # of the snapshot
    name: str
    title: str
    origin: str  # in the artist's words
    licence: str
