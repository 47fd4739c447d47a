"""Pairs as files, for painters of any other program: the parent's pictures as PNG, and their latents.

Files: 0000.png, 0001.png, …, and latents.safetensors with w [N, w_dim] and, in its metadata, the names of the pictures,
their side and the parent's SHA-256. Any program redraws the pictures under the same names.
"""

from __future__ import annotations

from collections.abc import Generator as Steps
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ddsgui.checkpoints.native import read_tensors, save_tensors
from ddsgui.errors import CheckpointError, TrainingError
from ddsgui.images import read_image, write_png
from ddsgui.paths import output_folder
from ddsgui.stylegan.generator import Generator
from ddsgui.training.drawn.pairs import Pairs
from ddsgui.training.drawn.people import BATCH, draw_latents, draw_pictures
from ddsgui.training.drawn.settings import MIN_PAIRS

INDEX = "latents.safetensors"
KIND, FORMAT = "pairs", 1


def write_pairs_steps(
    generator: Generator, parent: str, count: int, folder: Path, seed: int = 0
) -> Steps[tuple[int, int], None, None]:
    """Write `count` pictures of a domain and their latents; yield how many are written, and of how many.

    parent: the domain's SHA-256. The index is written last. Raises TrainingError if there are too few or the folder
    holds pairs already, DdsError if it cannot be written.
    """
    if count < MIN_PAIRS:
        raise TrainingError(f"{count} pairs are too few to learn from. Write {MIN_PAIRS} or more.")
    if (folder / INDEX).exists():
        raise TrainingError(f"{folder} already holds pairs. Choose another folder.")
    w = draw_latents(generator, count, seed)
    digits = max(4, len(str(count - 1)))
    names = [f"{number:0{digits}}.png" for number in range(count)]
    with output_folder(folder):
        for start in range(0, count, BATCH):
            pictures = draw_pictures(generator, w[start : start + BATCH])
            for name, picture in zip(names[start : start + BATCH], pictures, strict=True):
                write_png(folder / name, picture)
            yield min(count, start + BATCH), count
        document = {
            "kind": KIND,
            "format": FORMAT,
            "parent": parent,
            "side": generator.config.resolution,
            "names": names,
        }
        save_tensors(folder / INDEX, {"w": w}, document)


def read_pairs_steps(folder: Path, generator: Generator, parent: str) -> Steps[tuple[int, int], None, Pairs]:
    """Read redrawn pictures and their latents; yield how many are read, and of how many.

    parent: the SHA-256 of the domain that learns them. Raises TrainingError if they do not match the pictures that
    were written, DdsError if a file is damaged.
    """
    w, document = _read_index(folder)
    names, side = document["names"], document["side"]
    if document["parent"] != parent:
        raise TrainingError(f"The pairs in {folder} were written for another domain. Choose it with --from.")
    _check_names(folder, names)
    pictures = np.empty((len(names), side, side, 3), np.uint8)
    for number, name in enumerate(names):
        picture = read_image(folder / name)
        if picture.shape != (side, side, 3):
            size = f"{picture.shape[1]} × {picture.shape[0]}"
            raise TrainingError(
                f"{folder / name} has {size} pixels, but {side} × {side} were written. Redraw pictures at their size."
            )
        pictures[number] = picture
        yield number + 1, len(names)
    pairs = Pairs(w, torch.from_numpy(pictures).movedim(-1, 1).contiguous())
    pairs.check(generator.config.resolution, generator.config.w_dim)
    return pairs


def _read_index(folder: Path) -> tuple[torch.Tensor, dict[str, Any]]:
    path = folder / INDEX
    if not path.exists():
        raise TrainingError(
            f"There is no {INDEX} in {folder}. Copy the one that --write-pairs wrote next to the redrawn pictures."
        )
    try:
        tensors, document = read_tensors(path)
        w, names = tensors["w"], document["names"]
        whole = (
            document["kind"] == KIND
            and document["format"] == FORMAT
            and isinstance(document["side"], int)
            and isinstance(document["parent"], str)
            and isinstance(names, list)
            and all(isinstance(name, str) and Path(name).name == name for name in names)
            and w.dim() == 2
            and len(w) == len(names)
        )
    except (CheckpointError, KeyError, TypeError) as error:
        raise TrainingError(f"{path} is damaged. Write the pairs again.") from error
    if not whole:
        raise TrainingError(f"{path} is not an index of pairs. Write the pairs again.")
    return w, document


def _check_names(folder: Path, names: list[str]) -> None:
    """Raise TrainingError unless the folder's pictures are those of the index."""
    present = {path.name for path in folder.glob("*.png")}
    missing, surplus = sorted(set(names) - present), sorted(present - set(names))
    if missing:
        raise TrainingError(
            f"{len(missing)} of {len(names)} pictures are missing in {folder}, the first of them {missing[0]}. "
            "Redraw all of them under their names."
        )
    if surplus:
        raise TrainingError(
            f"{folder / surplus[0]} is not a picture that was written. Keep the names, and no others."
        )
