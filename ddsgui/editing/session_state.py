"""The state of a session as plain values, to be saved and restored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ddsgui.editing.recipe import Recipe
from ddsgui.rect import Rect
from ddsgui.synthesis.blend_settings import BlendSettings
from ddsgui.synthesis.sample import Sample

Role = Literal["source", "target"]


@dataclass(frozen=True, eq=False)
class MaskStep:
    """One undo step, which names its mask by role."""

    label: str  # completes "Undo …": "brush stroke"
    role: Role
    rect: Rect
    before: np.ndarray  # uint8 [h, w]; never changes
    after: np.ndarray  # uint8 [h, w]; never changes
    joined: bool = False  # whether it is undone together with the step before it


@dataclass(frozen=True, eq=False)
class SessionState:
    """Domains, parts, latents and settings and, if there is a pair, its pictures, masks and undo history."""

    recipe: Recipe  # without masks
    blend: BlendSettings = field(default_factory=BlendSettings)
    part_blends: Mapping[str, BlendSettings] = field(
        default_factory=dict
    )  # of parts that differ from `blend`
    sample: Sample | None = None  # of whole squares, as the generators drew it
    source_mask: np.ndarray | None = None  # uint8 [H, W] of the visible picture; None: as `sample` has it
    target_mask: np.ndarray | None = None
    done: tuple[MaskStep, ...] = ()  # that undo() would undo, the next one last
    undone: tuple[MaskStep, ...] = ()  # that redo() would redo, the next one last
    linked: bool = False  # whether what is painted on one mask is painted on the other too
