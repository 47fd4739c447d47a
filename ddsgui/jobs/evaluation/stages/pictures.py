"""Fig. 5 and 6 of the paper: pairs with their masks, crossovers and results, in both directions."""

from __future__ import annotations

from collections.abc import Generator

from ddsgui.evaluation.report.document import Block, Section
from ddsgui.jobs.evaluation.measures import Measures
from ddsgui.jobs.evaluation.mixes import Mixes, Requests
from ddsgui.jobs.evaluation.plan import EvaluationPlan
from ddsgui.jobs.evaluation.sheets import sheet
from ddsgui.jobs.evaluation.stage import StageResult
from ddsgui.mask_tint import tinted

PEOPLE = 4  # of each group


class PicturesStage:
    """A sheet for each part."""

    def __init__(self, plan: EvaluationPlan, requests: Requests) -> None:
        self._presets = plan.presets
        self._jobs = {
            group: [
                requests.mixes(group, plan.settings(preset), plan.seeds[:PEOPLE]) for preset in plan.presets
            ]
            for group in plan.groups
        }

    def steps(self, mixes: Mixes, measures: Measures) -> Generator[str, None, StageResult]:
        blocks: list[Block] = [
            "The mask of the part is tinted. x_c is the crossover of Eq. 1: grey where neither mask covers."
        ]
        columns = ("source", "target", "x_c", *self._presets)
        for group, series in self._jobs.items():
            rows = []
            for of_person in zip(*mixes.of(*series), strict=True):
                pair = of_person[0].crossover
                both = tinted(pair.source, pair.source_mask), tinted(pair.target, pair.target_mask)
                rows.append([*both, pair.image, *(mix.result for mix in of_person)])
                yield f"Pictures of {group}…"
            if rows:
                blocks.append(sheet(rows, columns, f"{group}."))
        return StageResult(Section("Fig. 5 and 6: results", tuple(blocks)), None)
