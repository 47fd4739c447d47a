"""The files of a mix: their names and contents, whether `ddsgui mix` or the window writes them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors.numpy import save

from ddsgui.editing.recipe import Recipe, read_recipe_file
from ddsgui.errors import DdsError, ProjectError
from ddsgui.images import encode_png
from ddsgui.paths import reason_of, write_all
from ddsgui.stylegan.padding import centre_crop
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.latents import StoredLatent
from ddsgui.synthesis.loss_terms import LOSSES
from ddsgui.synthesis.settings import OptimizerStep
from ddsgui.text import json_text, plural

RESULT, RECIPE, ANIMATION = "result.png", "recipe.json", "optimisation.gif"
LATENT, LOSS_TABLE = "latent.safetensors", "losses.csv"
INPUTS = ("source.png", "target.png", "source_mask.png", "target_mask.png", "crossover.png")
LATENT_KIND, LATENT_FORMAT = "latent", 1  # in the file's metadata
_BUNDLE_NAME = re.compile(
    r"(source|target|crossover|result)(_x\d)?\.png|(source|target)_mask\.png|result(_x\d)?\.(jpg|webp|tif)"
    r"|(optimisation|morph)\.(gif|webp|png|mp4|webm)|(sheet|strip)\.png"
)


class Picture(NamedTuple):
    """An image to write, with the recipe and the latent that its file carries."""

    image: np.ndarray  # uint8 [H, W, 3] or [H, W]
    recipe: Recipe | None = None
    latent: StoredLatent | None = None  # ẑ

    def encode(self) -> bytes:
        """Return the content of its PNG file."""
        recipe = None if self.recipe is None else self.recipe.as_dict()
        return encode_png(self.image, recipe, None if self.latent is None else self.latent.as_dict())

    def upscaled(self, image: np.ndarray) -> Picture:
        """Return a picture with a larger image and the same recipe and latent."""
        return self._replace(image=image)


def bundle_pictures(
    crossover: Crossover, size: tuple[int, int], result: Picture | None
) -> dict[str, Picture]:
    """Return the pictures of a mix by file name. size: width and height of the visible part of the squares."""
    images = (
        crossover.source,
        crossover.target,
        crossover.source_mask,
        crossover.target_mask,
        crossover.image,
    )
    pictures = {name: Picture(centre_crop(a, size)) for name, a in zip(INPUTS, images, strict=True)}
    if result is not None:
        pictures[RESULT] = result._replace(image=centre_crop(result.image, size))
    return pictures


def bundle_documents(
    recipe: Recipe, latent: StoredLatent | None = None, steps: Iterable[OptimizerStep] = ()
) -> dict[str, bytes]:
    """Return the recipe and, of a run, the latent ẑ and the table of losses, by file name."""
    text = json_text(recipe.as_dict(), indent=2) + "\n"
    files = {RECIPE: text.encode()}
    if latent is not None:
        files[LATENT] = encode_latent(latent)
    if steps := list(steps):
        files[LOSS_TABLE] = _loss_table(steps).encode()
    return files


def encode_latent(latent: StoredLatent) -> bytes:
    """Return a safetensors file: one array named latent, and a document that names its space."""
    document = {
        "kind": LATENT_KIND,
        "format": LATENT_FORMAT,
        "space": latent.space,
        "name": latent.name,
    }
    return save({"latent": latent.array}, {"ddsgui": json.dumps(document)})


def upscaled_name(name: str, scale: int) -> str:
    """Return the name of an upscaled picture's file: result.png -> result_x4.png."""
    return f"{Path(name).stem}_x{scale}.png"


def earlier_files(folder: Path) -> list[str]:
    """Return the files of an earlier mix in a folder; [] unless a recipe there says that there was one."""
    try:
        read_recipe_file(folder / RECIPE)
        names = [path.name for path in folder.iterdir() if path.is_file()]
    except (DdsError, OSError):
        return []
    return sorted(n for n in names if n in (RECIPE, LATENT, LOSS_TABLE) or _BUNDLE_NAME.fullmatch(n))


def replaced_files(folder: Path) -> str | None:
    """Return which files a mix written into a folder replaces, as a phrase; None if there are none."""
    if earlier := earlier_files(folder):
        return f"the {plural(len(earlier), 'file')} of an earlier mix"
    names = [name for name in (*INPUTS, RESULT, RECIPE, LATENT, LOSS_TABLE) if (folder / name).exists()]
    return ", ".join(names) or None


def write_bundle(folder: Path, files: Mapping[str, bytes]) -> str | None:
    """Write the files of a mix, remove what else an earlier mix left in the folder, and return replaced_files().

    Other files are never touched. Raises DdsError if a file cannot be written or removed.
    """
    earlier, replaced = earlier_files(folder), replaced_files(folder)
    write_all(folder, files)
    for name in set(earlier) - set(files):
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise ProjectError(f"{folder / name} cannot be removed: {reason_of(error)}.") from error
    return replaced


def _loss_table(steps: Iterable[OptimizerStep]) -> str:
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(("iteration", *LOSSES, "seconds"))
    for step in steps:
        losses = (f"{step.losses[name]:.6g}" for name in LOSSES)
        rows.writerow((step.iteration, *losses, f"{step.seconds:.4f}"))
    return file.getvalue()
