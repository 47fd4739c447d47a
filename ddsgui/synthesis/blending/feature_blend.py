"""A crossover of activations: G_s's inside a mask and G_t's outside, from which G_t's last layers draw the picture.

No search: one pass through the layers above the level where the activations meet. After Suzuki et al., "Spatially
Controllable Image Synthesis with Internal Representation Collaging", 2018, who paste activations of one generator;
Collins et al., "Editing in Style: Uncovering the Local Semantics of GANs", CVPR 2020, and Chong et al., "StyleGAN of
All Trades: Image Manipulation with Only Pretrained StyleGAN", 2021, who do so with StyleGAN's; and Pinkney and Adler,
"Resolution Dependent GAN Interpolation for Controllable Image Synthesis Between Domains", 2020, who put the high
layers of one network on the low layers of another that was adapted from it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import torch
from torch import Tensor

from ddsgui.rect import Rect
from ddsgui.stylegan.generator import Generator, LevelState

# How far a level of the network spreads a change, and how far from the edge of a crop it errs, in pixels of the level:
# 2 for the doubling with its filter and 1 for the 3×3 convolution.
REACH_PX = 3

MaskOf: TypeAlias = Callable[[int, Rect], np.ndarray]


class Insertion(NamedTuple):
    """Activations of the source that enter the target's network at one level."""

    depth: int  # side of the level in pixels
    mask_of: MaskOf  # (side of a level, Rect of it) -> the weight of the source, float32 [h, w], 0 to 1


class FeatureBlend:
    """Two generators, each drawn once up to the levels where they meet, so that a new mask costs only the rest.

    It keeps the source's state at every depth in use and the target's at the lowest, for whole and for coarse pictures;
    with other depths they are drawn again.
    """

    def __init__(self, source: Generator, target: Generator, source_ws: Tensor, target_ws: Tensor) -> None:
        """Draw nothing yet. source_ws, target_ws: [1, num_ws, w_dim], each of its generator; all on one device."""
        self._source, self._target = source, target
        self._source_ws, self._target_ws = source_ws, target_ws
        self._source_states: dict[int, LevelState] = {}
        self._target_states: dict[int, LevelState] = {}
        self._depths: dict[
            bool, set[int]
        ] = {}  # of the last whole picture (True) and the last coarse one (False)

    @property
    def depths(self) -> tuple[int, ...]:
        """The levels at which the two generators can meet, as sides in pixels; () for two of different build."""
        return shared_depths(self._source, self._target)

    @property
    def nbytes(self) -> int:
        """The memory of the states, in bytes."""
        states = (*self._source_states.values(), *self._target_states.values())
        return sum(tensor.numel() * tensor.element_size() for state in states for tensor in state)

    @torch.no_grad()
    def draw(
        self, insertions: Sequence[Insertion], region: Rect | None = None, side: int | None = None
    ) -> Tensor:
        """Return the picture, or a region of it, [1, 3, h, w], about [-1, 1].

        insertions: at least one, each at one of `depths`; where several meet, the last of the deepest lies on top.
        region: such as affected() gives after a change; little more than it is drawn.
        side: of the last level drawn, in pixels, for a coarse picture; it is not below any depth.
        """
        depths = {insertion.depth for insertion in insertions}
        self._depths = {**self._depths, side is None: depths}
        self._source_states = _only(self._source_states, set[int]().union(*self._depths.values()))
        self._target_states = _only(self._target_states, {min(used) for used in self._depths.values()})
        side, depth = side or self._target.config.resolution, min(depths)
        regions = _regions(region or Rect(0, 0, side, side), depth, side)
        state = _crop(self._state(self._target, self._target_ws, self._target_states, depth), regions[depth])
        while True:
            for insertion in insertions:
                if insertion.depth == depth:
                    state = self._insert(insertion, state, regions[depth])
            if depth == side:
                return state.rgb
            doubled = regions[depth].enlarged(2)
            depth *= 2
            state = self._target.synthesis.draw_level(
                self._target.config.level_of(depth), state, self._target_ws, region=doubled.slices
            )
            state = _crop(state, regions[depth].relative_to(doubled))

    @torch.no_grad()
    def reading(self, depth: int, side: int) -> Tensor:
        """Return the source's activations of a level as G_t's layers above it draw them, [1, 3, side, side].

        side: of the last level drawn, in pixels; it is not below `depth`.
        """
        state = self._source_states.get(depth) or draw_to(self._source, self._source_ws, depth)
        level_of = self._target.config.level_of
        for level in range(level_of(depth) + 1, level_of(side) + 1):
            state = self._target.synthesis.draw_level(level, state, self._target_ws)
        return state.rgb

    def _insert(self, insertion: Insertion, state: LevelState, region: Rect) -> LevelState:
        """Return the state of a region of the level, with the source's activations in the mask."""
        source = self._state(self._source, self._source_ws, self._source_states, insertion.depth)
        weights = np.ascontiguousarray(insertion.mask_of(insertion.depth, region))
        mask = torch.from_numpy(weights)[None, None].to(state.rgb.device)
        activations, rgb = _crop(source, region)
        return LevelState(state.activations.lerp(activations, mask), state.rgb.lerp(rgb, mask))

    @staticmethod
    def _state(generator: Generator, ws: Tensor, states: dict[int, LevelState], depth: int) -> LevelState:
        if depth not in states:
            states[depth] = draw_to(generator, ws, depth)
        return states[depth]


def shared_depths(source: Generator, target: Generator) -> tuple[int, ...]:
    """Return the sides in pixels of the levels from 8 px on that are equally wide in both generators."""
    if source.config.first_side != target.config.first_side:
        return ()
    widths = zip(source.config.channels, target.config.channels, strict=False)
    return tuple(target.config.side_of(level) for level, (s, t) in enumerate(widths) if level and s == t)


@torch.no_grad()
def draw_to(generator: Generator, ws: Tensor, side: int) -> LevelState:
    """Return the state after the level of `side` pixels. ws: [1, num_ws, w_dim]."""
    state = generator.synthesis.draw_level(0, None, ws)
    for level in range(1, generator.config.level_of(side) + 1):
        state = generator.synthesis.draw_level(level, state, ws)
    return state


def affected(changed: Rect, depth: int, side: int) -> Rect:
    """Return the pixels of a picture of `side` pixels that change with the masks in `changed`, at a level's depth."""
    region = changed.reduced(side // depth)
    while depth < side:
        depth *= 2
        region = region.enlarged(2).grown(REACH_PX, depth)
    return region


def _regions(region: Rect, depth: int, side: int) -> dict[int, Rect]:
    """Return the regions of every level from `depth` on, by its side in pixels, that a region of the last needs."""
    regions = {side: region}
    while side > depth:
        # Doubled, and without REACH_PX at its edges, a region contains the next one.
        regions[side // 2] = regions[side].grown(REACH_PX, side).reduced(2)
        side //= 2
    return regions


def _crop(state: LevelState, region: Rect) -> LevelState:
    rows, columns = region.slices
    return LevelState(*(tensor[:, :, rows, columns] for tensor in state))


def _only(states: dict[int, LevelState], depths: set[int]) -> dict[int, LevelState]:
    return {depth: state for depth, state in states.items() if depth in depths}
