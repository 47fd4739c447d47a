"""Table 1 of the paper: results next to the source's pictures, the crossovers and the target's pictures."""

from __future__ import annotations

import math
from collections.abc import Generator

from ddsgui.evaluation.report.document import Block, Section, Table
from ddsgui.jobs.evaluation.comparison import Comparison, compare
from ddsgui.jobs.evaluation.measures import Measures, crossovers, results, sources, targets
from ddsgui.jobs.evaluation.mixes import Mixes, Requests
from ddsgui.jobs.evaluation.plan import MIN_LATENTS, EvaluationPlan, Group
from ddsgui.jobs.evaluation.stage import StageResult
from ddsgui.text import plural

REFERENCES = {"D_s": sources, "{x_c}": crossovers, "D_t": targets}
TARGET = "D_t"
INTRODUCTION = (
    "As Table 1 of the paper: the results next to the source's pictures D_s, the crossovers {x_c} and the "
    "target's pictures D_t of the same latents. ± is the standard error of FID and KID (jackknife) and the "
    "standard deviation over pictures of the others. Few pictures make FID too large, KID not."
)
# In how many of its eight groups the paper has D_t nearest.
PUBLISHED = {"FID": 8, "SSIM": 7, "PSNR": 7}
_SIGNS = {"FID": -1, "KID": -1, "SSIM": 1, "PSNR": 1, "LPIPS": -1}  # 1: more is nearer


class TableStage:
    """The main table."""

    def __init__(self, plan: EvaluationPlan, requests: Requests) -> None:
        self._presets = plan.presets
        self._jobs = {
            (preset, group): requests.mixes(group, plan.settings(preset), plan.seeds)
            for preset in plan.presets
            for group in plan.groups
        }

    def steps(self, mixes: Mixes, measures: Measures) -> Generator[str, None, StageResult]:
        compared: dict[tuple[str, Group], dict[str, Comparison]] = {}
        for key, jobs in self._jobs.items():
            (done,) = mixes.of(jobs)
            if len(done) < MIN_LATENTS:
                continue
            compared[key] = {}
            for name, references in REFERENCES.items():
                compared[key][name] = yield from compare(measures, results(done), references(done))
        rows = [
            {"preset": preset, "source": group.source, "target": group.target, "part": group.part}
            | {"reference": name, **comparison.columns}
            for (preset, group), comparisons in compared.items()
            for name, comparison in comparisons.items()
        ]
        blocks: list[Block] = [INTRODUCTION]
        answers = []
        for preset in self._presets:
            groups = {group: of_group for (name, group), of_group in compared.items() if name == preset}
            if groups:
                blocks.append(_table(preset, groups))
                answers.append(nearest_answer(preset, list(groups.values())))
        return StageResult(Section("Table 1", tuple(blocks)), rows, rows, answers)


def nearest_answer(preset: str, groups: list[dict[str, Comparison]]) -> str:
    """Return the sentence that says in how many groups D_t is the nearest of the references, by each measure."""
    measured = [name for name in _SIGNS if not any(math.isnan(_mean(c[TARGET], name)) for c in groups)]
    counts = {name: sum(_nearest(name, comparisons) == TARGET for comparisons in groups) for name in measured}
    ours = ", ".join(f"{count} by {name}" for name, count in counts.items())
    theirs = ", ".join(f"{count} by {name}" for name, count in PUBLISHED.items())
    return (
        f"{preset}: D_t is the nearest of the three references in the following numbers of "
        f"{plural(len(groups), 'group')}: {ours}. The paper, of 8 groups: {theirs}."
    )


def _nearest(measure: str, comparisons: dict[str, Comparison]) -> str:
    nearness = {
        name: _SIGNS[measure] * _mean(comparison, measure) for name, comparison in comparisons.items()
    }
    return max(nearness, key=lambda name: nearness[name])


def _table(preset: str, groups: dict[Group, dict[str, Comparison]]) -> Table:
    rows = [
        (str(group) if number == 0 else "", name, *comparison.cells)
        for group, comparisons in groups.items()
        for number, (name, comparison) in enumerate(comparisons.items())
    ]
    count = max(comparison.pictures for comparisons in groups.values() for comparison in comparisons.values())
    caption = f"{preset}, {plural(count, 'latent')} per group"
    return Table(("group", "to", *Comparison.HEAD), tuple(rows), caption)


def _mean(comparison: Comparison, measure: str) -> float:
    return getattr(comparison, measure.lower()).mean
