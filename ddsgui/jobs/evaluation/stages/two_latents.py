"""Fig. 11 and 12 of the paper: pairs of two latents, from two related domains or from two that are not."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from ddsgui.evaluation.report.document import Block, Section, Table
from ddsgui.evaluation.similarity import carried_over, overlap
from ddsgui.jobs.batch.mix_job import MixJob
from ddsgui.jobs.evaluation.measures import Measures
from ddsgui.jobs.evaluation.mixes import Mix, Mixes, Requests
from ddsgui.jobs.evaluation.plan import EvaluationPlan, Group
from ddsgui.jobs.evaluation.sheets import sheet
from ddsgui.jobs.evaluation.stage import StageResult
from ddsgui.mask_tint import tinted

MAX_ROWS = 8  # of a sheet
HEAD = ("group", "seeds", "overlap of the masks", "preset", "carried over ↑")
Series = dict[Group, list[list[MixJob]]]  # by preset, in the order of the plan


class UnpairedStage:
    """Two latents of one family (Fig. 11)."""

    TITLE = "Fig. 11: two latents"
    TEXT = (
        "Source and target come from different latents. Rows are sorted by the overlap of the two masks "
        "(intersection over union): the paper finds that small differences of pose are bridged and large "
        "ones are not."
    )

    def __init__(self, plan: EvaluationPlan, requests: Requests) -> None:
        self._presets = plan.presets
        groups = [group for group in plan.groups if group.part == plan.parts[0]]
        self._jobs: Series = {
            group: [
                requests.mixes(group, plan.settings(preset), plan.few_seeds, unpaired=True)
                for preset in plan.presets
            ]
            for group in groups
        }

    def steps(self, mixes: Mixes, measures: Measures) -> Generator[str, None, StageResult]:
        return (yield from _steps(self.TITLE, self.TEXT, self._presets, self._jobs, mixes))


class UnrelatedStage:
    """Two domains of different families, with a part of each (Fig. 12)."""

    TITLE = "Fig. 12: two unrelated domains"
    TEXT = (
        "Domains that do not share a latent space, each with a part of its own, in both directions. Rows are "
        "sorted by the overlap of the two masks; the paper finds good examples hard to come by."
    )

    def __init__(self, plan: EvaluationPlan, requests: Requests) -> None:
        assert plan.unrelated is not None  # the plan has checked it
        # The others draw one latent with both generators.
        self._presets = [name for name in plan.presets if not plan.settings(name).uses_source_generator]
        self._presets = self._presets or [plan.search]
        self._jobs: Series = {
            group: [
                requests.mixes(group, plan.settings(preset), plan.few_seeds, unpaired=True)
                for preset in self._presets
            ]
            for group in plan.unrelated.groups
        }

    def steps(self, mixes: Mixes, measures: Measures) -> Generator[str, None, StageResult]:
        return (yield from _steps(self.TITLE, self.TEXT, self._presets, self._jobs, mixes))


def _steps(
    title: str, text: str, presets: Sequence[str], jobs: Series, mixes: Mixes
) -> Generator[str, None, StageResult]:
    blocks: list[Block] = [text]
    rows: list[tuple[str, ...]] = []
    figures: list[dict[str, Any]] = []
    for group, series in jobs.items():
        people = [(_overlap(of_person[0]), of_person) for of_person in zip(*mixes.of(*series), strict=True)]
        people.sort(key=lambda entry: -entry[0])
        pictures = []
        for shared, of_person in people:
            yield f"Pairs of {group}…"
            pair = of_person[0].crossover
            both = tinted(pair.source, pair.source_mask), tinted(pair.target, pair.target_mask)
            pictures.append([*both, pair.image, *(mix.result for mix in of_person)])
            recipe = of_person[0].job.recipe
            seeds = f"{recipe['seed']} and {recipe['target_seed']}"
            for preset, mix in zip(presets, of_person, strict=True):
                carried = carried_over(mix.result, pair.source, pair.target, pair.source_mask > 127)
                rows.append(
                    (
                        str(group),
                        seeds,
                        f"{shared:.2f}",
                        preset,
                        "–" if carried != carried else f"{carried:.2f}",
                    )
                )
                figures.append(
                    {"group": str(group), "seed": recipe["seed"], "target_seed": recipe["target_seed"]}
                    | {"overlap": shared, "preset": preset, "carried_over": carried}
                )
        if pictures:
            chosen = (
                pictures
                if len(pictures) <= MAX_ROWS
                else [*pictures[: MAX_ROWS // 2], *pictures[-MAX_ROWS // 2 :]]
            )
            columns = ("source", "target", "x_c", *presets)
            blocks.append(sheet(chosen, columns, f"{group}: the masks overlap most in the first row."))
    return StageResult(Section(title, (*blocks, Table(HEAD, tuple(rows)))), figures)


def _overlap(mix: Mix) -> float:
    return overlap(mix.crossover.source_mask, mix.crossover.target_mask)
