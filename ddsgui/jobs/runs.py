"""The beginning and the end of a run, as values that cross threads."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ddsgui.synthesis.blend_settings import BlendPart, BlendSettings
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.latents import LatentSource, Space, StoredLatent
from ddsgui.synthesis.settings import AdamMoments, MixResult, OptimizerResult, OptimizerSettings


@dataclass(frozen=True, eq=False)
class RunRequest:
    """The input of a run."""

    source: str
    target: str
    crossover: Crossover
    settings: OptimizerSettings
    latent: np.ndarray | None = None  # ẑ to continue from, of the space in `settings`
    force: bool = False  # start even if there seems to be too little memory
    advice: tuple[str, ...] = ()  # on what else helps if there is too little memory
    moments: AdamMoments | None = None  # of the search that `latent` comes from
    with_moments: bool = False  # in the steps, so that the run can be forked
    pair_latents: tuple[LatentSource, LatentSource | None] | None = (
        None  # of the pictures; a live blend needs them
    )
    blends: tuple[BlendSettings, ...] = ()  # of the live blend that steps are compared with; (): with none
    owners: np.ndarray | None = None  # uint8 [H, W], the part of each pixel, if `blends` has several
    parts: tuple[BlendPart, ...] = ()  # of a live blend; (): the masks of `crossover` are one part


@dataclass(frozen=True, eq=False)
class RunOutcome:
    """The end of a run, with the best result however it ended."""

    best: MixResult | None
    space: Space  # of the best latent
    error: str | None = None  # why the run ended too early, if the user did not stop it
    out_of_memory: bool = False
    interrupted: bool = False  # by the user
    memory: dict[str, int | None] = field(
        default_factory=dict
    )  # bytes: "needed", and "free" where that is known

    @property
    def latent(self) -> StoredLatent | None:
        """The best ẑ, to be saved next to the result; None if there is none, as of a live blend."""
        if not isinstance(self.best, OptimizerResult):
            return None
        return StoredLatent(self.best.latent, self.space, "result.png")
