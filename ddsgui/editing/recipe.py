"""How a result came about, small enough to travel inside the picture."""

from __future__ import annotations

import base64
import binascii
import io
import json
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ddsgui.errors import DdsError, ProjectError
from ddsgui.images import read_recipe
from ddsgui.paths import why_not
from ddsgui.synthesis.settings import OptimizerSettings

VERSION = 1
MAX_SIDE = 4096  # of an embedded mask, in pixels
MAX_TEXT = 4096  # of a name or path, in characters
MAX_FILE = 64 * 2**20  # of a JSON file, in bytes
MAX_MASK_TEXT = 32 * 2**20  # of an embedded mask, in characters of base64


@dataclass(frozen=True)
class MaskPair:
    """Two masks as base64 PNG."""

    source: str
    target: str

    @classmethod
    def encode(cls, source: np.ndarray, target: np.ndarray) -> MaskPair:
        """From uint8 [H, W] each."""
        return cls(_to_text(source), _to_text(target))

    def decode(self) -> tuple[np.ndarray, np.ndarray]:
        """Source and target mask, uint8 [H, W] each, of one size; ProjectError if they are not masks."""
        source, target = _from_text(self.source), _from_text(self.target)
        if source.shape != target.shape:
            raise ProjectError("The two masks in the recipe differ in size.")
        return source, target


@dataclass(frozen=True)
class Recipe:
    """Domains, part, seeds, settings and, where they were painted by hand, the masks."""

    source: str  # library name or path
    target: str
    part: str
    seed: int
    target_seed: int | None  # None: both pictures come from `seed`
    settings: dict[str, Any]  # OptimizerSettings.as_dict()
    masks: MaskPair | None = None  # None: the part's segmenter finds them again
    version: int = VERSION

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: object) -> Recipe:
        """The inverse of as_dict(), checked field by field; ProjectError on anything else."""
        if not isinstance(data, dict):
            raise ProjectError("This is not a recipe of ddsgui.")
        version = data.get("version")
        if type(version) is not int or version < 1:
            raise ProjectError("This is not a recipe of ddsgui.")
        if version > VERSION:
            raise ProjectError(f"The recipe is of version {version}; this ddsgui reads up to {VERSION}.")
        for name in ("source", "target", "part"):
            value = data.get(name)
            if not isinstance(value, str) or len(value) > MAX_TEXT:
                raise ProjectError(f"The recipe does not say which {name} it was made with.")
        for name in ("seed", "target_seed"):
            value = data.get(name)
            if not (_is_seed(value) or (name == "target_seed" and value is None)):
                raise ProjectError(f"The recipe's {name.replace('_', ' ')} is not a whole number of 64 bits.")
        try:
            settings = OptimizerSettings.from_dict(data.get("settings", {})).as_dict()
        except DdsError as error:
            raise ProjectError(f"The recipe cannot be repeated. {error}") from error
        return cls(
            source=data["source"],
            target=data["target"],
            part=data["part"],
            seed=data["seed"],
            target_seed=data.get("target_seed"),
            settings=settings,
            masks=_mask_pair(data.get("masks")),
            version=version,
        )


def _is_seed(value: object) -> bool:
    return type(value) is int and -(2**63) <= value < 2**63


def _mask_pair(data: object) -> MaskPair | None:
    if data is None:
        return None
    if not isinstance(data, dict) or not all(isinstance(data.get(k), str) for k in ("source", "target")):
        raise ProjectError("The recipe's masks cannot be read.")
    pair = MaskPair(data["source"], data["target"])
    pair.decode()
    return pair


def _to_text(mask: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(mask).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode("ascii")


def _from_text(text: str) -> np.ndarray:
    if len(text) > MAX_MASK_TEXT:
        raise ProjectError("A mask in the recipe is too large.")
    try:
        content = base64.b64decode(text, validate=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # Only PNG: a recipe may come from anywhere, and the fewer decoders see it the better.
            with Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
                if max(picture.size) > MAX_SIDE:
                    raise ProjectError(f"A mask in the recipe is larger than {MAX_SIDE} pixels.")
                if picture.mode != "L":
                    raise ProjectError("A mask in the recipe is not a greyscale picture.")
                return np.asarray(picture)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise ProjectError(f"A mask in the recipe is larger than {MAX_SIDE} pixels.") from error
    except (binascii.Error, ValueError, OSError, SyntaxError) as error:
        raise ProjectError("The recipe's masks cannot be read.") from error


def read_recipe_file(path: Path) -> Recipe:
    """The recipe in a result's PNG or in a JSON file; DdsError if there is none."""
    if path.suffix.lower() != ".json":
        data = read_recipe(path)
        if data is None:
            raise ProjectError(f"{path} carries no recipe; only results of ddsgui do.")
        return Recipe.from_dict(data)
    try:
        if path.stat().st_size > MAX_FILE:
            raise ProjectError(f"{path.name} is too large to be a recipe.")
        return Recipe.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {why_not(error)}.") from error
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"{path} is not a recipe of ddsgui.") from error
