"""The person in a result: whether the partner among all people is found, by features and by landmarks."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import asdict
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ddsgui.evaluation.report.document import Section, Table
from ddsgui.jobs.evaluation.measures import Measures, Pictures, results, sources, targets
from ddsgui.jobs.evaluation.mixes import Mixes, Requests
from ddsgui.jobs.evaluation.plan import MIN_LATENTS, EvaluationPlan
from ddsgui.jobs.evaluation.stage import StageResult

if TYPE_CHECKING:
    from torch import Tensor

INTRODUCTION = (
    "Each picture is compared with those of the same latent (partners) and with those of all others "
    "(shuffled pairs), after the common part of each set, its style, has been taken away. Found is the share "
    "of people whose partner is the nearest of all; gap is the mean similarity of partners less that of "
    "shuffled pairs, in standard deviations of the latter. Features are VGG-16's relu3_3 in grey on a grid, "
    "landmarks the 468 points of the face mesh, of people whose face was found in both."
)
HEAD = (
    "group",
    "pictures",
    "next to",
    "features: found",
    "gap",
    "landmarks: found",
    "gap",
    "faces",
)


class PersonStage:
    """Correspondence of results with the pictures of source and target."""

    def __init__(self, plan: EvaluationPlan, requests: Requests) -> None:
        self._presets = plan.presets
        self._jobs = {
            group: [requests.mixes(group, plan.settings(preset), plan.seeds) for preset in plan.presets]
            for group in plan.groups
        }

    def steps(self, mixes: Mixes, measures: Measures) -> Generator[str, None, StageResult]:
        rows, figures = [], []
        for group, series in self._jobs.items():
            done = mixes.of(*series)
            if len(done[0]) < MIN_LATENTS:
                continue
            source, target = _People(sources(done[0])), _People(targets(done[0]))
            compared = [("target", target, source)]
            for preset, drawn in zip(self._presets, done, strict=True):
                people = _People(results(drawn))
                compared += [(preset, people, target), (preset, people, source)]
            for name, people, references in compared:
                yield f"People of {group}: {name} next to {references.pictures.name}…"
                matches = measures.remembered(
                    "person",
                    people.pictures,
                    references.pictures,
                    partial(_correspondences, people, references),
                )
                figures.append(
                    {"group": str(group), "pictures": name, "references": references.pictures.name} | matches
                )
                rows.append((str(group), name, references.pictures.name, *_cells(matches)))
        table = Table(HEAD, tuple(rows))
        return StageResult(Section("The same person", (INTRODUCTION, table)), figures)


class _People:
    """A set of pictures, whose features and faces are computed once."""

    def __init__(self, pictures: Pictures) -> None:
        self.pictures = pictures

    @cached_property
    def features(self) -> Tensor:
        """The features of each picture, [N, D]."""
        from ddsgui.evaluation.correspondence import shapes
        from ddsgui.images import to_tensor

        return shapes(map(to_tensor, self.pictures))

    @cached_property
    def faces(self) -> list[np.ndarray | None]:
        """The landmarks of each face; None where none is found."""
        from ddsgui.evaluation.portraits import face_shapes
        from ddsgui.faces.mesh import FaceMesh

        return face_shapes(self.pictures, FaceMesh())


def _correspondences(first: _People, second: _People) -> dict[str, Any]:
    """Return the correspondence by features and by landmarks, the latter None with fewer than three faces in both."""
    import torch

    from ddsgui.evaluation.correspondence import correspondence

    by_features = correspondence(first.features, second.features)
    both = [(a, b) for a, b in zip(first.faces, second.faces, strict=True) if a is not None and b is not None]
    by_landmarks = None
    if len(both) >= MIN_LATENTS:
        sets = (torch.from_numpy(np.stack(part)).flatten(1) for part in zip(*both, strict=True))
        by_landmarks = asdict(correspondence(*sets))
    return {"features": asdict(by_features), "landmarks": by_landmarks}


def _cells(matches: Mapping[str, Any]) -> tuple[str, ...]:
    features, landmarks = matches["features"], matches["landmarks"]
    cells = f"{features['top1']:.0%}", f"{features['gap']:.1f}"
    if landmarks is None:
        return *cells, "–", "–", "0"
    return *cells, f"{landmarks['top1']:.0%}", f"{landmarks['gap']:.1f}", str(landmarks["pairs"])
