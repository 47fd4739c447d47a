"""One mix of a batch: a recipe and its place in the table. Plain values, which cross processes and machines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ddsgui.editing.recipe import Recipe
from ddsgui.errors import LibraryError
from ddsgui.library.checksums import sha256_of
from ddsgui.library.library import Library, split_class
from ddsgui.library.part_choice import PartChoice, part_choices
from ddsgui.paths import expanded
from ddsgui.project.recorder import RunRecord
from ddsgui.synthesis.settings import OptimizerSettings

KEY_LENGTH = 16  # hexadecimal digits


@dataclass(frozen=True)
class MixJob:
    """A mix to be made."""

    row: int  # in the table, from 1
    key: str  # of all that the result depends on; names its folder
    recipe: dict[str, Any]  # Recipe.as_dict()
    options: dict[str, str] = field(default_factory=dict)  # as the table has them, for the manifest
    sums: tuple[str, ...] = ()  # SHA-256 of input_files(); () if they are not to be checked

    @property
    def mix(self) -> tuple[Recipe, OptimizerSettings]:
        """The recipe and the settings in it."""
        recipe = Recipe.from_dict(self.recipe)
        return recipe, OptimizerSettings.from_dict(recipe.settings)


@dataclass(frozen=True)
class JobResult:
    """The end of a job: its files, or the sentence that says why there are none."""

    job: MixJob
    files: dict[str, bytes] = field(default_factory=dict)  # those of `ddsgui mix`
    error: str = ""
    loss: float | None = None  # of the best iteration; None of a live blend
    iteration: int | None = None
    seconds: float = 0.0
    interrupted: bool = False  # by the user; the files are those of the best result so far
    record: RunRecord | None = None  # the run with its frames, where it was asked for in place of the files


def make_job(row: int, recipe: Recipe, library: Library, hash_of: Callable[[Path], str]) -> MixJob:
    """Return the job of a recipe. Raises DdsError if a domain, a part, a mask image or a file of weights is missing.

    hash_of: returns the SHA-256 of a file; a job of a changed domain or part has another key.
    """
    plain, sums = recipe.as_dict(), tuple(hash_of(path) for path in input_files(recipe, library))
    content = json.dumps([plain, sums], sort_keys=True)
    return MixJob(row, hashlib.sha256(content.encode()).hexdigest()[:KEY_LENGTH], plain, sums=sums)


def check_input_files(job: MixJob, library: Library) -> None:
    """Raise LibraryError if a file is not the one of which the job was made: the key names what the result shows."""
    if not job.sums:
        return
    files = input_files(Recipe.from_dict(job.recipe), library)
    for path, expected in zip(files, job.sums, strict=True):
        if sha256_of(path) != expected:
            raise LibraryError(f"{path} is not the file with which the batch began; run the batch again.")


def input_files(recipe: Recipe, library: Library) -> list[Path]:
    """Return the files that a mix reads: domains, parts, mask images, a backbone's weights.

    Raises DdsError if a domain or a part is missing.
    """
    files = [library.domain(split_class(name)[0]) for name in (recipe.source, recipe.target)]
    if recipe.masks is None and not recipe.part_masks:
        for text in (recipe.part, recipe.target_part or ""):
            files += [part_file(choice, library) for choice in part_choices(text)]
    weights = str(recipe.settings.get("backbone", "")).partition("=")[2]
    return [*files, expanded(weights)] if weights else files


def part_file(choice: PartChoice, library: Library) -> Path:
    """Return the file of a part, or the mask image. Raises DdsError if there is no such part."""
    return expanded(choice.name) if choice.is_mask_image else library.part(choice.name)
