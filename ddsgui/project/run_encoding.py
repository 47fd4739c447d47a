"""A run that has ended, encoded for a project."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sized
from typing import Protocol, TypeAlias

import numpy as np

from ddsgui.export.bundle import LOSS_TABLE
from ddsgui.images import encode_png, thumbnail
from ddsgui.project.archive import Content, Readable
from ddsgui.project.frame_choice import MAX_FRAMES, MAX_FRAMES_BYTES, chosen_iterations
from ddsgui.project.frame_files import encode_frame
from ddsgui.project.frames import Frame
from ddsgui.project.model_use import ModelUse
from ddsgui.project.project_run import BUNDLE, THUMBNAIL, ProjectRun
from ddsgui.project.run import Run
from ddsgui.project.run_summary import FrameSummary, RunSummary, now_text
from ddsgui.synthesis.loss_terms import LOSSES

THUMBNAIL_SIDE_PX = 128


class SizedContent(Sized, Readable, Protocol):
    """A stored content whose number of bytes is known."""


FrameFiles: TypeAlias = Mapping[str, bytes | SizedContent]
FrameEncoder: TypeAlias = Callable[[Frame], FrameFiles]


def encode_run(
    run: Run,
    files: Mapping[str, bytes],
    models: tuple[ModelUse, ...] = (),
    *,
    name: str = "",
    starred: bool = False,
    flagged: Collection[int] = (),
    encode: FrameEncoder = encode_frame,
) -> ProjectRun:
    """Return a run for a project. One without a number gets it from the project.

    files: those of the mix, from bundle_pictures() and bundle_documents(); without losses.csv the run's own losses
    are written. Of the frames, the first, the last, the best and the flagged ones are kept, and the rest evenly
    thinned to MAX_FRAMES and MAX_FRAMES_BYTES.
    """
    best = run.best
    frames = {run.frames[i].iteration: run.frames[i] for i in range(len(run.frames))}
    flagged = {*flagged, *run.flags}
    always = set(flagged)
    if best is not None and best.iteration is not None:
        always.add(best.iteration)
        frames.setdefault(best.iteration, Frame(best.iteration, best.image, best.latent))
    contents: dict[str, Content] = {}
    if (picture := run.picture()) is not None:
        contents[THUMBNAIL] = encode_png(thumbnail(picture.image, THUMBNAIL_SIDE_PX))
    contents |= {name: files[name] for name in BUNDLE if name in files}
    if LOSS_TABLE not in files and len(run.losses):
        contents[LOSS_TABLE] = _loss_table(run.losses.columns())
    encoded = _encoded_frames(frames, always, encode)
    for iteration in encoded:
        contents |= encoded[iteration]
    summary = RunSummary.of(
        run.recipe,
        number=run.number or 0,
        space=run.space,
        state=run.state,
        iterations=run.iterations,
        loss=None if best is None else best.loss,
        best_iteration=None if best is None else best.iteration,
        date=now_text(),
        name=name,
        starred=starred,
        frames=tuple(FrameSummary(iteration, iteration in flagged) for iteration in encoded),
        models=models,
        parent=run.parent,
        reverse_of=run.reverse_of,
    )
    return ProjectRun(summary, contents)


def _encoded_frames(
    frames: Mapping[int, Frame], always: Collection[int], encode: FrameEncoder
) -> dict[int, FrameFiles]:
    """Return the files of the frames that a project keeps, by iteration; more than fit only if `always` has more."""
    encoded: dict[int, FrameFiles] = {}
    iterations = sorted(frames)
    if not iterations:
        return {}
    last = encoded[iterations[-1]] = encode(frames[iterations[-1]])
    most = max(1, min(MAX_FRAMES, MAX_FRAMES_BYTES // sum(map(len, last.values()))))
    while True:
        chosen = chosen_iterations(iterations, always, most)
        for iteration in chosen:
            if iteration not in encoded:
                encoded[iteration] = encode(frames[iteration])
        size = sum(len(content) for i in chosen for content in encoded[i].values())
        if size <= MAX_FRAMES_BYTES or most == 1:
            return {iteration: encoded[iteration] for iteration in chosen}
        most = min(most, len(chosen))
        most = max(1, min(most - 1, most * MAX_FRAMES_BYTES // size))


def _loss_table(columns: np.ndarray) -> bytes:
    lines = [",".join(("iteration", *LOSSES))]
    lines += [",".join((str(int(row[0])), *(f"{value:.6g}" for value in row[1:]))) for row in columns]
    return ("\n".join(lines) + "\n").encode()
