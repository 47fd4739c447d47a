"""The configuration of a StyleGAN2 generator. Quick to import: no torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, cast

from ddsgui.errors import CheckpointError

LabelNorm = Literal["apart", "together"]
MAX_CLASSES = 100_000
MAX_CONST_SIDE = 64
_KEYS = {"unpadded_size": "crop"}  # names of fields that differ from the keys in files


@dataclass(frozen=True)
class GeneratorConfig:
    """The shape of a generator, and the few settings that its tensors do not show. Sides in pixels."""

    resolution: int  # 8 to 2048, a power of two
    z_dim: int
    w_dim: int
    mapping_layers: int
    channels: tuple[int, ...]  # of the levels: 4 (or first_side), 8, …, resolution
    classes: int = 0  # 0 unless class-conditional
    label_norm: LabelNorm = "apart"  # whether z and the class's embedding are normalised apart or together
    conv_clamp: float | None = None  # the output of every convolution is clamped to ± this
    unpadded_size: tuple[int, int] | None = (
        None  # width and height of the picture in the middle of the square
    )
    const_size: tuple[int, int] | None = None  # width and height of the constant; None: 4 × 4
    mapping_width: int | None = None  # of the hidden mapping layers; None: w_dim
    embed_dim: int | None = None  # width of a class's embedding; None: w_dim

    def __post_init__(self) -> None:
        if self.const_size is not None and not all(1 <= n <= MAX_CONST_SIDE for n in self.const_size):
            raise CheckpointError(f"No StyleGAN2 generator begins with {self.const_size} pixels.")
        levels = len(self.channels)
        sane = self.resolution in {2**k for k in range(3, 12)}
        sane = sane and levels > 1 and self.resolution == self.side_of(levels - 1)
        widths = (
            *(self.z_dim, self.w_dim, *self.channels),
            *(width for width in (self.mapping_width, self.embed_dim) if width is not None),
        )
        if not sane or not all(1 <= c <= 8192 for c in widths) or not 1 <= self.mapping_layers <= 64:
            raise CheckpointError(f"No StyleGAN2 generator has this shape: {self}.")
        if not 0 <= self.classes <= MAX_CLASSES or self.label_norm not in ("apart", "together"):
            raise CheckpointError(f"No StyleGAN2 generator has {self.classes} such classes.")
        if self.conv_clamp is not None and not (math.isfinite(self.conv_clamp) and self.conv_clamp > 0):
            raise CheckpointError(f"No StyleGAN2 generator clamps its activations to ±{self.conv_clamp}.")
        if self.unpadded_size is not None and not all(
            1 <= side <= self.resolution for side in self.unpadded_size
        ):
            width, height = self.unpadded_size
            raise CheckpointError(
                f"A picture of {width} × {height} pixels does not fit into {self.resolution} × {self.resolution}."
            )

    @property
    def first_side(self) -> int:
        """The side of the square of the first level: 4, or the power of two that a larger constant fits into."""
        return max(4, 1 << (max(self.const_size or (4,)) - 1).bit_length())

    def side_of(self, level: int) -> int:
        """Return the side of a level's square."""
        return self.first_side << level

    def level_of(self, side: int) -> int:
        """Return the level whose square has this side."""
        return side.bit_length() - self.first_side.bit_length()

    @property
    def num_layers(self) -> int:
        """The number of 3×3 convolutions of the synthesis network."""
        return 2 * len(self.channels) - 1

    @property
    def num_ws(self) -> int:
        """The number of rows of a w_plus: one for every convolution and one for the last toRGB."""
        return 2 * len(self.channels)

    @property
    def mapping_inputs(self) -> int:
        """The inputs of the mapping network's first layer: z and, with classes, the class's embedding."""
        return self.z_dim + ((self.embed_dim or self.w_dim) if self.classes else 0)

    @property
    def picture_size(self) -> tuple[int, int]:
        """Width and height of the picture that people see: without padding, or the whole square."""
        return self.unpadded_size or (self.resolution, self.resolution)

    def layer_channels(self) -> list[int]:
        """Return the output channels of every 3×3 convolution, low to high, which a segmenter reads."""
        return [self.channels[(i + 1) // 2] for i in range(self.num_layers)]

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data, without the settings that have their default."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}
        return {_KEYS.get(key, key): list(v) if isinstance(v, tuple) else v for key, v in values.items()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> GeneratorConfig:
        """Return the configuration that as_dict() wrote.

        Raises KeyError, TypeError, ValueError or OverflowError if `data` is something else, and CheckpointError if no
        generator has these sizes.
        """
        clamp = data.get("conv_clamp")
        return cls(
            **{key: int(data[key]) for key in ("resolution", "z_dim", "w_dim", "mapping_layers")},
            channels=tuple(int(c) for c in data["channels"]),
            classes=int(data.get("classes", 0)),
            label_norm=cast(LabelNorm, str(data.get("label_norm", "apart"))),
            conv_clamp=None if clamp is None else float(clamp),
            unpadded_size=_size(data.get(_KEYS["unpadded_size"])),
            const_size=_size(data.get("const_size")),
            mapping_width=_width(data.get("mapping_width")),
            embed_dim=_width(data.get("embed_dim")),
        )


def _width(data: Any) -> int | None:
    return None if data is None else int(data)


def _size(data: Any) -> tuple[int, int] | None:
    if data is None:
        return None
    width, height = data
    return int(width), int(height)


def config_from_shapes(
    mapping: Sequence[tuple[int, ...]],
    const: tuple[int, ...],
    layers: Sequence[tuple[int, ...]],
    embed: tuple[int, ...] | None = None,
    *,
    label_norm: LabelNorm = "apart",
    conv_clamp: float | None = None,
) -> GeneratorConfig:
    """Return the configuration that the shapes of weights imply, with the other settings as given.

    mapping: [out, in] of each mapping layer; const: [1, C, 4, 4], or another size; layers: [out, in, 3, 3] of every
    convolution;
    embed: [width, classes] of a class-conditional generator. Raises CheckpointError if no generator has these shapes.
    """
    flat = not all(len(shape) == 2 for shape in mapping) or not all(len(shape) == 4 for shape in layers)
    flat = flat or (embed is not None and len(embed) != 2)
    if flat or not mapping or len(layers) % 2 == 0 or len(const) != 4:
        raise CheckpointError("The tensors in this file do not make a StyleGAN2 generator.")
    width, classes = embed or (0, 0)
    w_dim, hidden = mapping[-1][0], mapping[0][0]
    const_size = None if const[2:] == (4, 4) else (const[3], const[2])
    doublings = len(layers) // 2
    first_side = max(4, 1 << (max(const[2:]) - 1).bit_length())
    return GeneratorConfig(
        resolution=first_side << min(doublings, 16),
        z_dim=mapping[0][1] - width,
        w_dim=w_dim,
        mapping_layers=len(mapping),
        channels=tuple(shape[0] for shape in layers[::2]),
        classes=classes,
        label_norm=label_norm,
        conv_clamp=conv_clamp,
        unpadded_size=const_size and (const_size[0] << doublings, const_size[1] << doublings),
        const_size=const_size,
        mapping_width=None if hidden == w_dim or len(mapping) == 1 else hidden,
        embed_dim=None if not width or width == w_dim else width,
    )
