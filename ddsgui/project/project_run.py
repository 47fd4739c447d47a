"""A run of a project: its summary, and the files of its folder, read when they are needed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath

import numpy as np

from ddsgui.editing.recipe import Recipe
from ddsgui.errors import ImageError, ProjectError
from ddsgui.export.bundle import (
    INPUTS,
    LATENT,
    LOSS_TABLE,
    RECIPE,
    RESULT,
    Picture,
    bundle_documents,
)
from ddsgui.images import decode_png
from ddsgui.project.archive import Content, EntryError, content_bytes
from ddsgui.project.frame_files import decode_state, frame_name
from ddsgui.project.frames import Frame
from ddsgui.project.json_text import json_bytes
from ddsgui.project.run import Run, RunResult
from ddsgui.project.run_summary import RunSummary
from ddsgui.synthesis.latents import StoredLatent
from ddsgui.synthesis.loss_terms import LOSSES
from ddsgui.synthesis.settings import AdamMoments
from ddsgui.text import listing

THUMBNAIL = "thumbnail.png"
# The files of a mix, as `ddsgui mix` writes them.
BUNDLE = (*INPUTS, RESULT, RECIPE, LATENT, LOSS_TABLE)
MAX_LOSS_ROWS = 1_000_000


@dataclass(frozen=True, eq=False)
class ProjectRun:
    """A run that has ended. A change gives a new value, which shares the contents with the old one."""

    summary: RunSummary
    contents: Mapping[str, Content]  # by name in the run's folder

    @cached_property
    def document(self) -> bytes:
        """The summary as the file has it."""
        return json_bytes(self.summary.as_dict())

    # ---- changes

    def renamed(self, name: str) -> ProjectRun:
        """Return the run with another name."""
        return replace(self, summary=replace(self.summary, name=name))

    def starred(self, starred: bool = True) -> ProjectRun:
        """Return the run with or without a star."""
        return replace(self, summary=replace(self.summary, starred=starred))

    def reversing(self, number: int) -> ProjectRun:
        """Return the run as the other direction of another run."""
        return replace(self, summary=replace(self.summary, reverse_of=number))

    def flagged(self, iteration: int, flagged: bool = True) -> ProjectRun:
        """Return the run with or without a flag on the frame of an iteration."""
        frames = tuple(
            replace(frame, flagged=flagged) if frame.iteration == iteration else frame
            for frame in self.summary.frames
        )
        return replace(self, summary=replace(self.summary, frames=frames))

    # ---- contents: each raises ProjectError or ImageError if it is missing or damaged, and ArchiveChangedError if the
    # file has been replaced since it was opened

    def thumbnail(self) -> np.ndarray:
        """Return a small picture of the result, uint8 [H, W, 3]."""
        return self._picture(THUMBNAIL)

    def result(self) -> np.ndarray:
        """Return the result, uint8 [H, W, 3]."""
        return self._picture(RESULT)

    def recipe(self) -> Recipe:
        """Return the recipe of the result."""
        try:
            return Recipe.from_dict(json.loads(self._read(RECIPE)))
        except (ValueError, RecursionError) as error:
            raise ProjectError(f"The recipe of run {self.summary.number} is damaged.") from error

    def files(self) -> tuple[dict[str, bytes], list[str]]:
        """Return the files of the mix by name, and a sentence about each that is missing or damaged."""
        files: dict[str, bytes] = {}
        problems: list[str] = []
        for name in BUNDLE:
            if name in self.contents:
                try:
                    files[name] = self._read(name)
                except EntryError as error:
                    problems.append(str(error))
        return files, problems

    def frame_files(self, iteration: int) -> tuple[dict[str, bytes], list[str]]:
        """Return files() with a frame, and its latent, in place of the result."""
        frame, recipe = self.frame(iteration), self.recipe()
        files, problems = self.files()
        latent = None if frame.latent is None else StoredLatent(frame.latent, self.summary.space, RESULT)
        files[RESULT] = Picture(frame.image, recipe, latent).encode()
        files.pop(LATENT, None)
        return files | bundle_documents(recipe, latent), problems

    def nearest(self, iteration: int) -> int:
        """Return the iteration of the nearest frame. Raises ProjectError if there is no frame."""
        if not self.summary.frames:
            raise ProjectError(f"Run {self.summary.number} has no frames.")
        return min((f.iteration for f in self.summary.frames), key=lambda i: (abs(i - iteration), i))

    def frame(self, iteration: int) -> Frame:
        """Return the frame of an iteration; without a latent or moments if these are damaged."""
        image = self._picture(frame_name(iteration, ".png"))
        try:
            latent, moments = self._state(frame_name(iteration, ".safetensors"))
        except ProjectError:
            latent = moments = None
        return Frame(iteration, image, latent, moments)

    def open(self) -> tuple[Run, list[str]]:
        """Return the run as the window had it, with every frame, and a sentence about each damaged part.

        Raises ProjectError if the recipe cannot be read.
        """
        run, problems = self.open_result()
        frames, lost = self.frames()
        for frame in frames:
            run.frames.add(frame)
        return run, [*lost, *problems]

    def frames(self) -> tuple[list[Frame], list[str]]:
        """Return the frames in their order, and a sentence about each that is damaged."""
        frames: list[Frame] = []
        problems: list[str] = []
        for frame in self.summary.frames:
            try:
                frames.append(self.frame(frame.iteration))
            except (ProjectError, ImageError) as error:
                problems.append(str(error))
        return frames, problems

    def open_result(self) -> tuple[Run, list[str]]:
        """Return open() without the frames, which takes a moment at any size."""
        summary, problems = self.summary, list[str]()
        run = Run(self.recipe(), summary.space)
        run.iterations, run.state = summary.iterations, summary.state
        run.number, run.parent, run.reverse_of = summary.number, summary.parent, summary.reverse_of
        run.flags = {frame.iteration for frame in summary.frames if frame.flagged}
        try:
            if RESULT in self.contents:
                latent = self._state(LATENT)[0] if LATENT in self.contents else None
                run.best = RunResult(self.result(), latent, summary.best_iteration, summary.loss)
            for iteration, losses in self._losses():
                run.losses.add(iteration, losses)
        except (ProjectError, ImageError) as error:
            problems.append(str(error))
        return run, problems

    def damage(self) -> list[str]:
        """Read all contents, without decoding them; return a sentence about each that is damaged."""
        problems: list[str] = []
        for name in self.contents:
            try:
                self._read(name)
            except EntryError as error:
                problems.append(str(error))
        return problems

    # ---- internals

    def _read(self, name: str) -> bytes:
        if (content := self.contents.get(name)) is None:
            raise ProjectError(f"Run {self.summary.number} has lost {name}.")
        return content_bytes(content)

    def _picture(self, name: str) -> np.ndarray:
        return decode_png(self._read(name), f"{name} of run {self.summary.number}")

    def _state(self, name: str) -> tuple[np.ndarray, AdamMoments | None]:
        return decode_state(self._read(name), self.summary.space, f"{name} of run {self.summary.number}")

    def _losses(self) -> list[tuple[int, dict[str, float]]]:
        if LOSS_TABLE not in self.contents:
            return []
        damaged = ProjectError(f"{LOSS_TABLE} of run {self.summary.number} is damaged.")
        try:
            table = csv.DictReader(io.StringIO(self._read(LOSS_TABLE).decode()))
            # A term that was added to the loss later was 0 in this run.
            rows = [
                (int(row["iteration"]), {name: float(row.get(name) or 0) for name in LOSSES}) for row in table
            ]
        except (ValueError, KeyError, TypeError, csv.Error) as error:
            raise damaged from error
        if len(rows) > MAX_LOSS_ROWS:
            raise damaged
        return rows


def present_contents(summary: RunSummary, names: Collection[str]) -> tuple[RunSummary, list[str]]:
    """Return the summary with the frames whose pictures are there, and sentences about what is not."""
    has_result = summary.is_live or summary.best_iteration is not None
    expected = (*INPUTS, RECIPE, RESULT) if has_result else (*INPUTS, RECIPE)
    lost = [name for name in expected if name not in names]
    problems = [f"Run {summary.number} has lost {listing(lost)}."] if lost else []
    frames = tuple(f for f in summary.frames if frame_name(f.iteration, ".png") in names)
    if len(frames) == len(summary.frames):
        return summary, problems
    problems.append(f"Run {summary.number} has lost {len(summary.frames) - len(frames)} of its frames.")
    return replace(summary, frames=frames), problems


def is_content_of_run(name: str) -> bool:
    """Return whether a run's folder may have a file of this name."""
    path = PurePosixPath(name)
    if path.parent.name == "frames" and len(path.parts) == 2:
        return path.stem.isdecimal() and path.suffix in (".png", ".safetensors")
    return name in (THUMBNAIL, *BUNDLE)
