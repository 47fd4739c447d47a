"""A job that shows what a painter makes of a few people of a domain, before anything is trained."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from ddsgui.errors import TrainingError
from ddsgui.jobs.adaptation_values import GRID_LATENTS, PainterPreview, PreviewRequest
from ddsgui.jobs.mix import Jobs
from ddsgui.training.drawn.painters.painter import Face
from ddsgui.training.drawn.painters.registry import find_painter

LATENTS = 24  # whose mean is the mean face
SEED = 1


class PreviewJobs:
    """Jobs for one preview at a time. Create it in the GUI thread; only the engine thread uses it."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._source = ""
        self._faces: tuple[Face, ...] = ()  # of the domain that was looked at last

    def preview(
        self, request: PreviewRequest
    ) -> Generator[str | PainterPreview | None, None, PainterPreview]:
        """Redraw eight people; yield sentences while their faces are looked for, then the pictures one by one."""
        painter = find_painter(request.painter)
        values = painter.values(dict(request.values))
        if request.source != self._source:
            yield "Looking for faces…"
            yield from self._find(request.source)
        originals = np.stack([face.image for face in self._faces])
        pictures: list[np.ndarray] = []
        for face in self._faces:
            pictures.append(painter.redraw(face, values))
            yield PainterPreview(request, originals, np.stack(pictures))
        return PainterPreview(request, originals, np.stack(pictures))

    def release(self) -> Generator[None, None, None]:
        """Forget the faces."""
        yield
        self._source, self._faces = "", ()

    def _find(self, source: str) -> Generator[None, None, None]:
        from ddsgui.training.drawn.people import find_people_steps

        steps = find_people_steps(self._jobs.models.generator(source), LATENTS, SEED)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                faces = end.value.faces
                break
            yield
        if len(faces) < GRID_LATENTS:
            raise TrainingError(
                f"A face was found in {len(faces)} of {LATENTS} pictures of {source}. Painters draw domains of "
                "aligned faces."
            )
        self._source, self._faces = source, faces[:GRID_LATENTS]
