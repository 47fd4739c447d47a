"""The pictures of a seed wall: source, target and live blend of many seeds, each drawn as the window would draw it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ddsgui.editing.session_state import Role
from ddsgui.images import thumbnail
from ddsgui.jobs.pairs import Latents, LoadedPair, PairRequest, load_pair_steps
from ddsgui.synthesis.blend_settings import BlendSettings, split_parts
from ddsgui.synthesis.latents import LatentSource, Seed
from ddsgui.synthesis.pair_measures import mask_overlap, mean_difference
from ddsgui.synthesis.sample import Sample

if TYPE_CHECKING:
    from ddsgui.jobs.mix import Jobs
    from ddsgui.synthesis.sampling import DrawnSide

MIN_SEEDS, MAX_SEEDS = 24, 200
THUMBNAIL_PX = 256  # longest side of a picture that is kept

_ANY = Seed(0)  # in place of a latent that has no effect


@dataclass(frozen=True)
class WallSettings:
    """Everything that the pairs of a wall have in common."""

    pair: PairRequest  # its only latent is that of the locked side
    blends: tuple[BlendSettings, ...]  # one for everything, or one for each part
    locked: Role | None = (
        None  # the side that has the same latent in every pair; None: both sides are one seed
    )

    @classmethod
    def of(
        cls, pair: PairRequest, blends: tuple[BlendSettings, ...], locked: Role | None = None
    ) -> WallSettings:
        """Return the settings of a pair; of its latents only the locked side's counts."""
        if locked is None:
            latent = _ANY
        elif locked == "source" or pair.target_latent is None:
            latent = pair.latent
        else:
            latent = pair.target_latent
        return cls(replace(pair, latent=latent, target_latent=None), blends, locked)

    @property
    def locked_latent(self) -> LatentSource | None:
        """The latent of the locked side."""
        return None if self.locked is None else self.pair.latent

    @property
    def has_part(self) -> bool:
        """False if nothing is carried over."""
        return bool(self.pair.part or self.pair.target_part)

    def latents(self, seed: int) -> Latents:
        """Return the latents of the pair of a seed. Raises OptimizerError unless it is in the range of 64 bits."""
        if self.locked is None:
            return Seed(seed), None
        fixed, varied = self.pair.latent, Seed(seed)
        return (fixed, varied) if self.locked == "source" else (varied, fixed)


@dataclass(frozen=True, eq=False)
class WallPicture:
    """The pair of a seed, small."""

    seed: int
    source: np.ndarray  # uint8 [h, w, 3], THUMBNAIL_PX at most
    target: np.ndarray
    live: np.ndarray  # the live blend
    difference: float  # of the two pictures: see mean_difference()
    overlap: float  # of the two masks: see mask_overlap()


def wall_steps(
    jobs: Jobs, settings: WallSettings, seeds: Sequence[int]
) -> Generator[str | tuple[WallPicture, ...] | None, None, None]:
    """Draw the pairs of seeds in this order; yield sentences while loading, then all pictures so far.

    A newest-only box thus loses none. Each yield is a chance for other jobs, before and between the pictures of a pair;
    the locked side is drawn once. Seeds are drawn one by one, because a batch of eight takes as long as eight pictures.
    Raises DdsError if a domain or part is missing, or if the parts cannot be blended.
    """
    from ddsgui.synthesis.sampling import join_sides

    loaded = yield from load_pair_steps(jobs.models, settings.pair)
    fixed: DrawnSide | None = None
    pictures: tuple[WallPicture, ...] = ()
    for seed in seeds:
        sides: list[DrawnSide] = []
        for role in ("source", "target"):
            yield
            if fixed is not None and role == settings.locked:
                sides.append(fixed)
                continue
            sides.append(_draw_side(loaded, settings, role, seed))
            if role == settings.locked:
                fixed = sides[-1]
        yield
        source_side, target_side = sides
        sample = join_sides(
            loaded.source,
            loaded.target,
            source_side,
            target_side,
            settings.pair.truncation,
            paired=settings.locked is None,
        )
        pictures = (*pictures, _wall_picture(loaded, settings, seed, sample))
        yield pictures


def _draw_side(loaded: LoadedPair, settings: WallSettings, role: Role, seed: int) -> DrawnSide:
    from ddsgui.synthesis.sampling import draw_side

    latent, target_latent = settings.latents(seed)
    truncation = settings.pair.truncation
    if role == "source":
        return draw_side(loaded.source, loaded.source_parts, latent, truncation)
    drawn_from = latent if target_latent is None else target_latent
    return draw_side(loaded.target, loaded.target_parts, drawn_from, truncation)


def _wall_picture(loaded: LoadedPair, settings: WallSettings, seed: int, sample: Sample) -> WallPicture:
    """Blend a pair, measure it and make it small."""
    from ddsgui.synthesis.blending.live_blend import LiveBlend

    owners = None if loaded.lacks_parts else sample.owners
    blends = settings.blends[:1] if owners is None else settings.blends
    parts = split_parts(sample.source_mask, sample.target_mask, blends, owners)
    live = LiveBlend(loaded.source, loaded.target, sample).blend(parts).image
    seen = sample.visible
    return WallPicture(
        seed,
        thumbnail(seen.source, THUMBNAIL_PX),
        thumbnail(seen.target, THUMBNAIL_PX),
        thumbnail(sample.crop_to_visible(live), THUMBNAIL_PX),
        mean_difference(seen.source, seen.target),
        mask_overlap(seen.source_mask, seen.target_mask),
    )
