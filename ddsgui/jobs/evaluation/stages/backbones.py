"""The appendix of the paper: the network of the perceptual loss, by domain."""

from __future__ import annotations

from collections.abc import Generator

from ddsgui.evaluation.report.document import Block, Section, Table
from ddsgui.jobs.evaluation.comparison import Comparison, compare
from ddsgui.jobs.evaluation.measures import Measures, results, targets
from ddsgui.jobs.evaluation.mixes import Mixes, Requests
from ddsgui.jobs.evaluation.plan import MIN_LATENTS, EvaluationPlan
from ddsgui.jobs.evaluation.sheets import sheet
from ddsgui.jobs.evaluation.stage import StageResult

PAPERS = ("vgg16", "alexnet", "squeezenet1_1", "resnet18")


class BackbonesStage:
    """Every backbone that was given, on the first part in every direction."""

    def __init__(self, plan: EvaluationPlan, requests: Requests) -> None:
        self._plan = plan
        self._groups = [group for group in plan.groups if group.part == plan.parts[0]]
        self._jobs = {
            (group, name): requests.mixes(group, plan.settings(plan.search, backbone=name), plan.few_seeds)
            for group in self._groups
            for name in plan.backbones
        }

    def steps(self, mixes: Mixes, measures: Measures) -> Generator[str, None, StageResult]:
        names = [name.partition("=")[0] for name in self._plan.backbones]
        missing = [name for name in PAPERS if name not in names]
        text = f"{self._plan.search}: results to the target's pictures D_t."
        if missing:
            text += f" Of the paper's networks, these were not given (--backbones NAME=FILE): {', '.join(missing)}."
        rows, figures, pictures = [], [], []
        for group in self._groups:
            series = [self._jobs[group, name] for name in self._plan.backbones]
            done = mixes.of(*series)
            if len(done[0]) < MIN_LATENTS:
                continue
            for number, (name, drawn) in enumerate(zip(names, done, strict=True)):
                compared = yield from compare(measures, results(drawn), targets(drawn))
                rows.append((str(group) if number == 0 else "", name, *compared.cells))
                figures.append({"group": str(group), "backbone": name, **compared.columns})
            pair = done[0][0].crossover
            pictures.append([pair.source, pair.target, *(drawn[0].result for drawn in done)])
        blocks: list[Block] = [text, Table(("group", "backbone", *Comparison.HEAD), tuple(rows))]
        if pictures:
            blocks.append(sheet(pictures, ("source", "target", *names), "The first person of every group."))
        return StageResult(Section("Networks of the perceptual loss", tuple(blocks)), figures)
