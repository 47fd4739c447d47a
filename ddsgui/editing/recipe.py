"""The recipe of a result, small enough to travel inside the picture."""

from __future__ import annotations

import base64
import binascii
import io
import json
import warnings
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PIL import Image

from ddsgui.errors import DdsError, ProjectError
from ddsgui.file_signatures import HEAD_BYTES, description_of
from ddsgui.images import read_recipe
from ddsgui.paths import reason_of
from ddsgui.picture_file import is_picture
from ddsgui.synthesis.latents import MAX_NAME_CHARACTERS, LatentSource, Seed, StoredLatent
from ddsgui.synthesis.settings import MAX_PARTS, OptimizerSettings, needs_version_3

VERSION = 3
MAX_MASK_SIDE_PX = 4096  # of an embedded mask, in pixels
MAX_FILE_BYTES = 64 * 2**20  # of a JSON file, in bytes
MAX_MASK_CHARACTERS = 32 * 2**20  # of an embedded mask, in characters of base64


ValueT = TypeVar("ValueT")


def exchanged(value: ValueT, target_value: ValueT | None) -> tuple[ValueT, ValueT | None]:
    """Return the values of source and target exchanged; a target's value of None is the source's."""
    return (value, None) if target_value is None else (target_value, value)


@dataclass(frozen=True)
class MaskPair:
    """Two masks as base64 PNG."""

    source: str
    target: str

    @classmethod
    def encode(cls, source: np.ndarray, target: np.ndarray) -> MaskPair:
        """Return the pair of two masks, uint8 [H, W] each."""
        return cls(_to_text(source), _to_text(target))

    @property
    def swapped(self) -> MaskPair:
        """The pair with source and target exchanged."""
        return MaskPair(self.target, self.source)

    def decode(self) -> tuple[np.ndarray, np.ndarray]:
        """Return source and target mask, uint8 [H, W] each. Raises ProjectError unless they are masks of one size."""
        source, target = _from_text(self.source), _from_text(self.target)
        if source.shape != target.shape:
            raise ProjectError("The two masks in the recipe differ in size.")
        return source, target


@dataclass(frozen=True)
class Recipe:
    """Domains, parts, latents, settings and, where they were painted by hand, the masks.

    Saved as version 1, which every ddsgui reads, unless it holds something that only a later version has: of 2, a
    stored latent, a separate part for the target, or a latent to start from; of 3, a live blend, or
    a search that starts at the target's latent or goes downhill by L-BFGS.
    """

    source: str  # library name or path
    target: str
    part: str  # of both pictures, or of the source only
    latent: LatentSource
    target_latent: LatentSource | None  # None: both pictures come from `latent`
    settings: dict[str, Any]  # OptimizerSettings.as_dict()
    masks: MaskPair | None = None  # None: the segmenters find them again
    target_part: str | None = None  # None: `part` is used for both
    start: StoredLatent | None = None  # ẑ that the search starts from; None: as the settings say
    part_masks: tuple[MaskPair, ...] = ()  # of each part of a live blend, where one comes from an image

    @property
    def version(self) -> int:
        """The oldest version that can hold this recipe."""
        latents = (self.latent, self.target_latent, self.start)
        if needs_version_3(self.settings) or self.part_masks:
            return 3
        new = self.target_part is not None or any(isinstance(latent, StoredLatent) for latent in latents)
        return 2 if new else 1

    @property
    def swapped(self) -> Recipe:
        """The other direction: source and target, their parts, latents and masks exchanged; it starts from scratch."""
        latent, target_latent = exchanged(self.latent, self.target_latent)
        part, target_part = exchanged(self.part, self.target_part)
        return replace(
            self,
            source=self.target,
            target=self.source,
            latent=latent,
            target_latent=target_latent,
            part=part,
            target_part=target_part,
            masks=None if self.masks is None else self.masks.swapped,
            part_masks=tuple(pair.swapped for pair in self.part_masks),
            start=None,
        )

    def mask_arrays(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Return the masks of source and target, uint8 [H, W], those of all parts together; None if it has none."""
        if self.masks is not None:
            return self.masks.decode()
        pairs = [pair.decode() for pair in self.part_masks]
        if not pairs:
            return None
        return np.maximum.reduce([s for s, _ in pairs]), np.maximum.reduce([t for _, t in pairs])

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        data: dict[str, Any] = {
            "source": self.source,
            "target": self.target,
            "part": self.part,
            "seed": _seed_value(self.latent),
            "target_seed": _seed_value(self.target_latent),
            "settings": self.settings,
            "masks": None if self.masks is None else asdict(self.masks),
            "version": self.version,
        }
        for name in ("latent", "target_latent", "start"):
            if isinstance(latent := getattr(self, name), StoredLatent):
                data[_LATENT_KEYS[name]] = latent.as_dict()
        if self.target_part is not None:
            data["target_part"] = self.target_part
        if self.part_masks:
            data["part_masks"] = [asdict(pair) for pair in self.part_masks]
        return data

    @classmethod
    def from_dict(cls, data: object) -> Recipe:
        """Return what as_dict() wrote, checked field by field. Raises ProjectError on anything else."""
        if not isinstance(data, dict):
            raise ProjectError("This is not a ddsgui recipe.")
        version = data.get("version")
        if type(version) is not int or version < 1:
            raise ProjectError("This is not a ddsgui recipe.")
        if version > VERSION:
            raise ProjectError(
                f"The recipe has version {version}; this ddsgui reads versions up to {VERSION}. Update ddsgui."
            )
        for name in ("source", "target", "part"):
            if not _is_name(data.get(name)):
                raise ProjectError(f"The recipe does not say which {name} it was made with.")
        if not _is_name(target_part := data.get("target_part")) and target_part is not None:
            raise ProjectError("The recipe does not say which target part it was made with.")
        try:
            settings = OptimizerSettings.from_dict(data.get("settings", {})).as_dict()
        except DdsError as error:
            raise ProjectError(f"The recipe cannot be repeated. {error}") from error
        latent = _latent(data, "seed", "latent")
        if latent is None:
            raise ProjectError("The recipe's seed is not a whole number of 64 bits.")
        return cls(
            source=data["source"],
            target=data["target"],
            part=data["part"],
            latent=latent,
            target_latent=_latent(data, "target_seed", "target_latent"),
            settings=settings,
            masks=_mask_pair(data.get("masks")),
            target_part=target_part,
            start=_stored(data, "start"),
            part_masks=_part_masks(data.get("part_masks", [])),
        )


# The fields that hold a latent and their keys in the file.
_LATENT_KEYS = {"latent": "latent", "target_latent": "target_latent", "start": "start_latent"}


def _is_name(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_NAME_CHARACTERS


def _seed_value(latent: LatentSource | None) -> int | None:
    return latent.value if isinstance(latent, Seed) else None


def _latent(data: dict[str, Any], seed_key: str, name: str) -> LatentSource | None:
    """Return the stored latent under the key of field `name`, or else the seed, or None if there is neither."""
    if (stored := _stored(data, name)) is not None:
        return stored
    if (value := data.get(seed_key)) is None:
        return None
    try:
        return Seed(value)
    except DdsError as error:
        words = seed_key.replace("_", " ")
        raise ProjectError(f"The recipe's {words} is not a whole number of 64 bits.") from error


def _stored(data: dict[str, Any], name: str) -> StoredLatent | None:
    if (value := data.get(_LATENT_KEYS[name])) is None:
        return None
    try:
        return StoredLatent.from_dict(value)
    except DdsError as error:
        raise ProjectError(f"The recipe's latent cannot be used. {error}") from error


def _mask_pair(data: object) -> MaskPair | None:
    if data is None:
        return None
    if not isinstance(data, dict) or not all(isinstance(data.get(k), str) for k in ("source", "target")):
        raise ProjectError("The recipe's masks cannot be read.")
    pair = MaskPair(data["source"], data["target"])
    pair.decode()
    return pair


def _part_masks(data: object) -> tuple[MaskPair, ...]:
    if not isinstance(data, list) or len(data) > MAX_PARTS:
        raise ProjectError("The recipe's masks cannot be read.")
    pairs = tuple(pair for item in data if (pair := _mask_pair(item)) is not None)
    if len({pair.decode()[0].shape for pair in pairs}) > 1:
        raise ProjectError("The masks in the recipe differ in size.")
    return pairs


def _to_text(mask: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(mask).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode("ascii")


def _from_text(text: str) -> np.ndarray:
    if len(text) > MAX_MASK_CHARACTERS:
        raise ProjectError("A mask in the recipe is too large.")
    try:
        content = base64.b64decode(text, validate=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # Only PNG: a recipe may come from anywhere, and the fewer decoders see it the better.
            with Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
                if max(picture.size) > MAX_MASK_SIDE_PX:
                    raise ProjectError(f"A mask in the recipe is larger than {MAX_MASK_SIDE_PX} pixels.")
                if picture.mode != "L":
                    raise ProjectError("A mask in the recipe is not a greyscale picture.")
                return np.asarray(picture)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise ProjectError(f"A mask in the recipe is larger than {MAX_MASK_SIDE_PX} pixels.") from error
    except (binascii.Error, ValueError, OSError, SyntaxError) as error:
        raise ProjectError("The recipe's masks cannot be read.") from error


def read_recipe_file(path: Path) -> Recipe:
    """Read the recipe in a result's PNG or in a JSON file. Raises DdsError if there is none."""
    if is_picture(path):
        data = read_recipe(path)
        if data is None:
            raise ProjectError(f"{path} was not exported by ddsgui, so it has no recipe to open.")
        return Recipe.from_dict(data)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ProjectError(f"{path.name} is too large to be a recipe.")
        content = path.read_bytes()
        what = description_of(content[:HEAD_BYTES])
        if what not in ("a JSON file", "a text file", ""):
            raise ProjectError(f"{path} is {what}, not a ddsgui recipe.")
        return Recipe.from_dict(json.loads(content))  # with or without a byte order mark
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise ProjectError(f"There is no file {path}.") from error
        raise ProjectError(f"{path} cannot be read: {reason_of(error)}.") from error
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"{path} is not a ddsgui recipe.") from error
