"""The live blend: the source's parts on the target's picture, at once and without a search."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from ddsgui.errors import OptimizerError
from ddsgui.images import to_uint8
from ddsgui.rect import Rect
from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.blend_settings import BlendPart, BlendSettings
from ddsgui.synthesis.blending.colour import colour_offset, from_lab, to_lab
from ddsgui.synthesis.blending.colour_reading import reads_source_colours
from ddsgui.synthesis.blending.feature_blend import FeatureBlend, Insertion, MaskOf, affected, draw_to
from ddsgui.synthesis.blending.multi_band_paste import REACH_CELLS, paste, paste_cell
from ddsgui.synthesis.sample import Sample, resized
from ddsgui.synthesis.sampling import ws_of

MIN_EDGE_PX = 2  # on both sides of a mask's edge, where colours are matched
PASTED_SENTENCE = (
    "The two domains are of different build, so parts are pasted as the source draws them, "
    "and depth has no effect."
)


class BlendedRegion(NamedTuple):
    """A picture, or as much of it as has changed."""

    image: np.ndarray  # uint8 [h, w, 3]
    rect: Rect  # of the whole picture


class LiveBlend:
    """The blend of one pair. It keeps the activations below the depths in use, so that a stroke costs only the rest.

    A part is drawn in one of two ways. By the target's last layers: the source's activations are put into the mask
    at a level of `depth` pixels (see FeatureBlend); at 8 to 16 pixels only the shape comes over, in the target's
    style, from 64 on the source's own texture. Or by the source's: its picture is pasted band by band, with a hidden
    seam (see multi_band_paste), which suits any two domains.
    """

    def __init__(
        self, source: Generator, target: Generator, sample: Sample, reads_colours: bool | None = None
    ) -> None:
        """Prepare the blend of a sample, whose pictures these generators drew.

        reads_colours: of reads_source_colours(), where it is known; None measures it when a part asks for it.
        """
        self._source, self._target = source, target
        target_latent = sample.latent if sample.target_latent is None else sample.target_latent
        with torch.no_grad():
            source_ws = ws_of(source, sample.latent, sample.truncation)
            target_ws = ws_of(target, target_latent, sample.truncation)
        self._features = FeatureBlend(source, target, source_ws, target_ws)
        self._target_ws = target_ws
        self._pictures = sample.source, sample.target
        self._readings: dict[int, np.ndarray] = {}
        self._levels: dict[int, np.ndarray] = {}
        self._known_reading = reads_colours

    @property
    def side(self) -> int:
        """The side of the picture in pixels."""
        return self._target.config.resolution

    @property
    def depths(self) -> tuple[int, ...]:
        """The depths to choose from, in pixels; () if the two domains are of different build."""
        return self._features.depths

    @property
    def notice(self) -> str | None:
        """A sentence for the user where the domains leave only one way; None otherwise."""
        return None if self.depths else PASTED_SENTENCE

    @property
    def nbytes(self) -> int:
        """The memory of what is kept: activations and pictures, in bytes."""
        pictures = (*self._pictures, *self._readings.values(), *self._levels.values())
        return self._features.nbytes + sum(picture.nbytes for picture in pictures)

    @cached_property
    def reads_colours(self) -> bool:
        """True if the target's last layers draw the source's activations in right colours."""
        if self._known_reading is not None:
            return self._known_reading
        return reads_source_colours(self._source, self._target)

    def draws_with_target(self, settings: BlendSettings) -> bool:
        """Return whether the target's last layers draw a part with these settings."""
        if not self.depths or settings.last_layers == "source":
            return False
        return settings.last_layers == "target" or self.reads_colours

    def depth_of(self, settings: BlendSettings) -> int:
        """Return the depth of a part in pixels. Raises OptimizerError if the pair has no such level."""
        if settings.depth is None:
            return max((d for d in self.depths if d <= settings.depth_in(self.side)), default=self.depths[0])
        if settings.depth not in self.depths:
            choices = ", ".join(map(str, self.depths))
            raise OptimizerError(
                f"These domains have no level of {settings.depth} px in common; choose a depth of {choices} px."
            )
        return settings.depth

    def blend(self, parts: Sequence[BlendPart], changed: Rect | None = None) -> BlendedRegion:
        """Return the picture with these parts, the last on top; without any it is the target's picture.

        changed: the pixels whose masks have changed since the last blend of parts with the same settings. Only what
        depends on them is drawn then, and returned.

        Raises OptimizerError if a mask has another size, there is no such level, or the picture is not finite.
        """
        self._check_masks(parts)
        drawn = [part for part in parts if self.draws_with_target(part.settings)]
        pasted = [part for part in parts if part not in drawn]
        depths = [self.depth_of(part.settings) for part in drawn]
        if changed is None or any(part.settings.match_colour for part in parts):
            changed = Rect(0, 0, self.side, self.side)  # the colours along a mask's edge depend on all of it
        out = changed.grown(max((self._feather(part) for part in drawn), default=0), self.side)
        if depths:
            out = affected(out, min(depths), self.side)
        cells = [paste_cell(self._feather(part), self.side) for part in pasted]
        out = out.grown(REACH_CELLS * sum(cells), self.side)
        # The pastes err at the edges of what they are given, as far as they reach.
        cell = max(cells, default=1)
        crop = out.grown(REACH_CELLS * sum(cells), self.side).reduced(cell).enlarged(cell)
        image = self._draw(drawn, depths, crop)
        for part in pasted:
            image = self._paste(part, image, crop)
        inside = image[out.relative_to(crop).slices]
        return BlendedRegion(np.clip(np.rint(inside), 0, 255).astype(np.uint8), out)

    def preview(self, parts: Sequence[BlendPart], side: int) -> np.ndarray:
        """Return a coarse picture with these parts, uint8 [side, side, 3], for the time until blend() is done.

        side: of a level in pixels, 8 to the picture's. The target's layers above it add what they add to the target's
        own picture, a part that crosses over above it does so here, and a paste has no bands. Colours are not matched.

        Raises OptimizerError as blend() does.
        """
        self._check_masks(parts)
        source, target = (resized(picture, side).astype(np.float32) for picture in self._pictures)
        active = [(part, self.draws_with_target(part.settings)) for part in parts if part.is_visible]
        insertions = [
            Insertion(min(self.depth_of(part.settings), side), self._mask_of(part))
            for part, drawn in active
            if drawn
        ]
        image = target
        if insertions:
            rgb = self._features.draw(insertions, side=side)
            image = target + _to_grey_levels(rgb) - self._target_level(side)
        whole = Rect(0, 0, side, side)
        for part, drawn in active:
            if not drawn:
                image = image + (source - image) * self._mask_of(part)(side, whole)[..., None]
        return np.clip(np.rint(image), 0, 255).astype(np.uint8)

    def _target_level(self, side: int) -> np.ndarray:
        """Return the target's RGB of a level, float32 [side, side, 3]; it does not depend on masks."""
        if side not in self._levels:
            self._levels = {side: _to_grey_levels(draw_to(self._target, self._target_ws, side).rgb)}
        return self._levels[side]

    def _draw(self, parts: Sequence[BlendPart], depths: Sequence[int], crop: Rect) -> np.ndarray:
        """Return a crop of the picture with the parts that the target's last layers draw, RGB in 0 to 255."""
        active = [(part, depth) for part, depth in zip(parts, depths, strict=True) if part.is_visible]
        if not active:
            return self._pictures[1][crop.slices]
        insertions = [Insertion(depth, self._mask_of(part)) for part, depth in active]
        image = _to_grey_levels(self._features.draw(insertions, crop))
        for part, depth in active:
            if part.settings.match_colour:
                offset = colour_offset(self._reading(depth), self._pictures[1], self._edge(part))
                image = from_lab(to_lab(image) + offset * self._soft_mask(part, crop)[..., None])
        return image

    def _paste(self, part: BlendPart, image: np.ndarray, crop: Rect) -> np.ndarray:
        """Return a crop of the picture with a part as the source draws it, RGB in 0 to 255."""
        if not part.is_visible:
            return image
        source = self._pictures[0][crop.slices]
        if part.settings.match_colour:
            offset = colour_offset(source, image, self._edge(part))
            source = from_lab(to_lab(source) + offset)
        mask = part.mask(crop).astype(np.float32) * np.float32(part.settings.strength / 255)
        return paste(source, image, mask, self._feather(part))

    def _mask_of(self, part: BlendPart) -> MaskOf:
        def mask_of(side: int, region: Rect) -> np.ndarray:
            mask = self._soft_mask(part, region.enlarged(self.side // side))
            return (
                mask
                if side == self.side
                else cv2.resize(mask, (region.w, region.h), interpolation=cv2.INTER_AREA)
            )

        return mask_of

    def _soft_mask(self, part: BlendPart, region: Rect) -> np.ndarray:
        """Return the weight of the source in a region, float32 [h, w], 0 to the strength."""
        feather = self._feather(part)
        crop = region.grown(feather, self.side)
        mask = part.mask(crop).astype(np.float32) * np.float32(part.settings.strength / 255)
        return _feathered(mask, feather)[region.relative_to(crop).slices]

    def _edge(self, part: BlendPart) -> np.ndarray:
        """Return weights along the edge of a part's mask, float32 [R, R]."""
        mask = part.mask(Rect(0, 0, self.side, self.side)).astype(np.float32) / 255
        mask = _feathered(mask, max(MIN_EDGE_PX, self._feather(part)))
        return mask * (1 - mask)

    def _feather(self, part: BlendPart) -> int:
        return part.settings.feather_in(self.side)

    def _reading(self, depth: int) -> np.ndarray:
        """Return the source's activations as the target draws them, uint8 [R, R, 3]; it does not depend on masks."""
        if depth not in self._readings:
            self._readings[depth] = to_uint8(self._features.reading(depth, self.side)[0])
        return self._readings[depth]

    def _check_masks(self, parts: Sequence[BlendPart]) -> None:
        for part in parts:
            for mask in (part.source_mask, part.target_mask):
                if mask.shape != (self.side, self.side):
                    height, width = mask.shape[:2]
                    raise OptimizerError(
                        f"A mask is {width} × {height} pixels, but the domains draw {self.side} × {self.side}."
                    )


def _to_grey_levels(rgb: Tensor) -> np.ndarray:
    """Return [1, 3, H, W], about [-1, 1], as float32 [H, W, 3], clamped to 0 to 255.

    Raises OptimizerError if a number is not finite.
    """
    array = rgb[0].movedim(0, -1).add(1).mul(127.5).float().cpu().numpy()
    if not np.isfinite(array).all():
        raise OptimizerError("These domains draw numbers that are not finite; one of their files is damaged.")
    return np.clip(array, 0, 255)


def _feathered(mask: np.ndarray, feather: int) -> np.ndarray:
    """Return a mask, float32 [H, W], whose edge slopes over `feather` pixels on both sides."""
    # Two boxes make a smooth slope; together they reach as far as the feather.
    for reach in (feather - feather // 2, feather // 2):
        mask = cv2.blur(mask, (2 * reach + 1, 2 * reach + 1), borderType=cv2.BORDER_REPLICATE)
    return mask
