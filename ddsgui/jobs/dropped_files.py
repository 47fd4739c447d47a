"""Sorting of dropped files by their content: a job of the engine, since models have to be opened."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ddsgui.checkpoints.file_format import SUFFIXES
from ddsgui.errors import CheckpointError, DdsError
from ddsgui.file_signatures import MODEL, ZIP, kind_of_file
from ddsgui.images import read_recipe
from ddsgui.picture_file import is_picture
from ddsgui.project.project_file import SUFFIX as PROJECT_SUFFIX

DropKind = Literal["project", "result", "model", "upscaler", "picture", "folder", "other"]


@dataclass(frozen=True)
class DroppedFile:
    """One file or folder."""

    path: Path
    kind: DropKind
    problem: str = ""  # why nothing can be done with it, in a sentence


def sort_steps(paths: Sequence[Path]) -> Generator[None, None, tuple[DroppedFile, ...]]:
    """Say of each file what it is. A step opens one file."""
    files = []
    for path in paths:
        yield
        try:
            files.append(_sorted(path))
        except DdsError as error:
            files.append(DroppedFile(path, "other", str(error)))
    return tuple(files)


def _sorted(path: Path) -> DroppedFile:
    if path.is_dir():
        return DroppedFile(path, "folder")
    if not path.exists():
        return DroppedFile(path, "other", f"There is no file {path}.")
    what, suffix = kind_of_file(path), path.suffix.lower()
    if what == ZIP or (suffix == PROJECT_SUFFIX and not what):
        return DroppedFile(path, "project")
    if is_picture(path):
        return DroppedFile(path, "picture" if read_recipe(path) is None else "result")
    if what == "a JSON file":
        return DroppedFile(path, "result")  # opening it says whether it is a recipe
    if what == MODEL or suffix in SUFFIXES:  # the library names what only looks like a model
        return DroppedFile(path, _kind_of_model(path))
    problem = (
        f"{path.name} is {what}, which cannot be used here." if what else f"{path.name} cannot be used here."
    )
    return DroppedFile(path, "other", problem)


def _kind_of_model(path: Path) -> Literal["model", "upscaler"]:
    """Return "upscaler" only if it is one: the library says best what is wrong with any other file."""
    from ddsgui.checkpoints.layouts.registry import find_generator, read_contents
    from ddsgui.synthesis.upscaler import KIND, load_upscaler

    try:
        contents = read_contents(path)
        if contents.kind != KIND:
            if not contents.kind:
                find_generator(contents)
            return "model"
    except CheckpointError:
        pass
    try:
        load_upscaler(path)
    except DdsError:
        return "model"
    return "upscaler"
