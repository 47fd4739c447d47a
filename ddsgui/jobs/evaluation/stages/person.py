"""The person in a result: whether the partner among all people is found, by features and by landmarks."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from ddsgui.evaluation.report.document import Section, Table
from ddsgui.jobs.evaluation.measures import Measures, Pictures, results, sources, targets
from ddsgui.jobs.evaluation.mixes import Mixes, Requests
from ddsgui.jobs.evaluation.plan import MIN_LATENTS, EvaluationPlan
from ddsgui.jobs.evaluation.stage import StageResult

if TYPE_CHECKING:
    from ddsgui.evaluation.correspondence import Correspondence

INTRODUCTION = (
    "Each picture is compared with those of the same latent (partners) and with those of all others "
    "(shuffled pairs), after the common part of each set, its style, has been taken away. Found is the share "
    "of people whose partner is the nearest of all; gap is the mean similarity of partners less that of "
    "shuffled pairs, in standard deviations of the latter. Features are VGG-16's relu3_3 in grey on a grid, "
    "landmarks the 468 points of the face mesh, of people whose face was found in both."
)
HEAD = ("group", "pictures", "next to", "features: found", "gap", "landmarks: found", "gap", "faces")


class PersonStage:
    """Correspondence of results with the pictures of source and target."""

    def __init__(self, plan: EvaluationPlan, requests: Requests) -> None:
        self._jobs = {
            (group, preset): requests.mixes(group, plan.settings(preset), plan.seeds)
            for group in plan.groups
            for preset in plan.presets
        }
        self._first = plan.presets[0]

    def steps(self, mixes: Mixes, measures: Measures) -> Generator[str, None, StageResult]:
        rows, figures = [], []
        for (group, preset), jobs in self._jobs.items():
            (done,) = mixes.of(jobs)
            if len(done) < MIN_LATENTS:
                continue
            compared = [(preset, results(done), targets(done)), (preset, results(done), sources(done))]
            if preset == self._first:
                compared.insert(0, ("target", targets(done), sources(done)))
            for name, pictures, references in compared:
                yield f"People of {group}…"
                features, landmarks = _correspondences(pictures, references)
                figures.append(
                    {"group": str(group), "pictures": name, "references": references.name}
                    | {
                        "features": vars(features),
                        "landmarks": None if landmarks is None else vars(landmarks),
                    }
                )
                cells = (str(group), name, references.name, f"{features.top1:.0%}", f"{features.gap:.1f}")
                rows.append((*cells, *_landmark_cells(landmarks)))
        table = Table(HEAD, tuple(rows))
        return StageResult(Section("The same person", (INTRODUCTION, table)), figures)


def _landmark_cells(landmarks: Correspondence | None) -> tuple[str, str, str]:
    if landmarks is None:
        return "–", "–", "0"
    return f"{landmarks.top1:.0%}", f"{landmarks.gap:.1f}", str(landmarks.pairs)


def _correspondences(
    pictures: Pictures, references: Pictures
) -> tuple[Correspondence, Correspondence | None]:
    """Return the correspondence by features and by landmarks, the latter None with fewer than three faces in both."""
    import numpy as np
    import torch

    from ddsgui.evaluation.correspondence import correspondence, shapes
    from ddsgui.evaluation.portraits import face_shapes
    from ddsgui.faces.mesh import FaceMesh
    from ddsgui.images import to_tensor

    sets = [list(pictures), list(references)]
    features = correspondence(*(shapes(map(to_tensor, images)) for images in sets))
    mesh: Any = FaceMesh()
    both = zip(*(face_shapes(images, mesh) for images in sets), strict=True)
    faces = [(a, b) for a, b in both if a is not None and b is not None]
    if len(faces) < MIN_LATENTS:
        return features, None
    first, second = (torch.from_numpy(np.stack(part)).flatten(1) for part in zip(*faces, strict=True))
    return features, correspondence(first, second)
