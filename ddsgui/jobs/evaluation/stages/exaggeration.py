"""The distance of a domain's faces from the mean portrait, next to the portraits' own and the examples'."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np

from ddsgui.evaluation.report.document import Section, Table
from ddsgui.images import IMAGE_SUFFIXES, read_image
from ddsgui.jobs.evaluation.measures import Measures, sources, targets
from ddsgui.jobs.evaluation.mixes import Mixes, Requests
from ddsgui.jobs.evaluation.plan import EvaluationPlan, Group
from ddsgui.jobs.evaluation.stage import StageResult

INTRODUCTION = (
    "The mean distance of 468 landmarks from those of the mean face of the pair's first domain, in distances "
    "between the outer corners of the eyes: of the second domain, of the first domain's own people, and of "
    "the examples. The slope is that of the second domain's deviations from its own mean face on the same "
    "people's in the first: above 1 it exaggerates. Shift is how much of the way to the examples' mean face "
    "the second domain's mean face has gone."
)
HEAD = ("pair", "faces", "second domain", "first domain", "examples", "slope", "shift")


class ExaggerationStage:
    """The faces of every pair."""

    def __init__(self, plan: EvaluationPlan, requests: Requests) -> None:
        self._examples = plan.examples
        # The pictures of a pair are in any of its mixes.
        settings = plan.settings(plan.presets[0])
        groups = [Group(*pair, plan.parts[0]) for pair in plan.pairs]
        self._jobs = {group: requests.mixes(group, settings, plan.seeds) for group in groups}

    def steps(self, mixes: Mixes, measures: Measures) -> Generator[str, None, StageResult]:
        from ddsgui.evaluation.portraits import face_shapes, measure_exaggeration
        from ddsgui.faces.mesh import FaceMesh

        rows, figures, mesh = [], [], FaceMesh()
        for group, jobs in self._jobs.items():
            (done,) = mixes.of(jobs)
            both = [list(targets(done)), list(sources(done))]
            yield f"Faces of {group}…"
            shapes, parents = (face_shapes(images, mesh) for images in both)
            folder = self._examples.get(group.target)
            pictures = [] if folder is None else [read_image(path) for path in _pictures(Path(folder))]
            examples = [shape for shape in face_shapes(map(_square, pictures), mesh) if shape is not None]
            measured = measure_exaggeration(shapes, parents, examples)
            pair = f"{Path(group.source).stem}, {Path(group.target).stem}"
            if measured is None:
                rows.append((pair, "0", *["–"] * 5))
                continue
            figures.append({"first": group.source, "second": group.target, **measured.as_dict()})
            values = (measured.from_mean_portrait, measured.parents_from_mean, measured.examples_from_mean)
            values += (measured.slope, measured.share_of_examples_shift)
            rows.append(
                (pair, str(measured.faces), *("–" if value is None else f"{value:.3f}" for value in values))
            )
        return StageResult(Section("Exaggeration", (INTRODUCTION, Table(HEAD, tuple(rows)))), figures)


def _pictures(folder: Path) -> list[Path]:
    """Return the images of a folder, without hidden files."""
    images = (path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
    return sorted(path for path in images if not path.name.startswith("."))


def _square(image: np.ndarray) -> np.ndarray:
    """Return the middle of a picture, as high as it is wide."""
    side = min(image.shape[:2])
    top, left = ((length - side) // 2 for length in image.shape[:2])
    return image[top : top + side, left : left + side]
