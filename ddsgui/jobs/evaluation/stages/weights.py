"""Fig. 8 of the paper: the distance to the target's pictures against the weights α, β and γ."""

from __future__ import annotations

import itertools
from collections.abc import Generator

from ddsgui.evaluation.report.document import Block, Figure, Section, Table
from ddsgui.evaluation.report.plots import Line, Panel, draw_panels
from ddsgui.jobs.evaluation.measures import Measures, results, targets
from ddsgui.jobs.evaluation.mixes import Mixes, Requests
from ddsgui.jobs.evaluation.plan import MIN_LATENTS, EvaluationPlan
from ddsgui.jobs.evaluation.stage import StageResult
from ddsgui.synthesis.loss_terms import LOSS_TERMS
from ddsgui.text import plural

Weights = tuple[float, ...]  # in the order of LOSS_TERMS
SYMBOLS = tuple(term.symbol for term in LOSS_TERMS.values())


class WeightsStage:
    """One weight at a time, or every combination."""

    def __init__(self, plan: EvaluationPlan, requests: Requests) -> None:
        base = plan.settings(plan.search).weights
        self._plan = plan
        self._base: Weights = tuple(getattr(base, name) for name in LOSS_TERMS)
        self._jobs = {
            weights: requests.mixes(
                plan.grid_group,
                plan.settings(plan.search, **dict(zip(LOSS_TERMS, weights, strict=True))),
                plan.few_seeds,
            )
            for weights in grid(self._base, plan.factors, plan.full_grid)
        }

    def steps(self, mixes: Mixes, measures: Measures) -> Generator[str, None, StageResult]:
        from ddsgui.evaluation.frechet import frechet_of_rows

        distances: dict[Weights, float] = {}
        for weights, jobs in self._jobs.items():
            (done,) = mixes.of(jobs)
            if len(done) < MIN_LATENTS:
                continue
            drawn = yield from measures.features(results(done))
            target = yield from measures.features(targets(done))
            distances[weights] = frechet_of_rows(drawn, target)
        plan = self._plan
        introduction = (
            f"{plan.search}, {plan.grid_group}, {plural(plan.few_latents, 'latent')}: FID to D_t, with one "
            "weight changed and the others as the preset has them."
        )
        rows = tuple(
            (*(f"{weight:g}" for weight in weights), f"{distance:.3g}")
            for weights, distance in distances.items()
        )
        blocks: list[Block] = [introduction, Table((*SYMBOLS, "FID to D_t ↓"), rows)]
        curves = [curve(distances, self._base, number) for number in range(len(SYMBOLS))]
        panels = [
            Panel(symbol, symbol, "FID to D_t", (_line(plan.search, points, number),))
            for number, (symbol, points) in enumerate(zip(SYMBOLS, curves, strict=True))
            if len(points) > 1
        ]
        if panels:
            blocks.append(Figure(draw_panels(panels), "FID against each weight (Fig. 8)."))
        figures = [
            dict(zip(LOSS_TERMS, weights, strict=True)) | {"fid": d} for weights, d in distances.items()
        ]
        answers = [sensitivity_answer(curves)] if panels else []
        return StageResult(Section("Fig. 8: the weights", tuple(blocks)), figures, answers=answers)


def _line(label: str, points: list[tuple[float, float]], colour: int) -> Line:
    return Line(label, [x for x, _ in points], [y for _, y in points], colour=colour)


def grid(base: Weights, factors: tuple[float, ...], full: bool) -> list[Weights]:
    """Return the preset's weights, and those with one weight, or any, multiplied by a factor."""
    if full:
        choices = [(1.0, *factors)] * len(base)
        scales = list(itertools.product(*choices))
    else:
        ones = (1.0,) * len(base)
        scales = [ones]
        scales += [(*ones[:i], factor, *ones[i + 1 :]) for i in range(len(base)) for factor in factors]
    return list(dict.fromkeys(tuple(w * s for w, s in zip(base, scale, strict=True)) for scale in scales))


def curve(distances: dict[Weights, float], base: Weights, number: int) -> list[tuple[float, float]]:
    """Return a weight's values and the distances there, where the others are the preset's, in order."""
    return sorted(
        (weights[number], distance)
        for weights, distance in distances.items()
        if all(weights[i] == base[i] for i in range(len(base)) if i != number)
    )


def sensitivity_answer(curves: list[list[tuple[float, float]]]) -> str:
    """Return the sentence that says which weight moves the distance most."""
    ranges = [max(d for _, d in points) - min(d for _, d in points) if points else 0.0 for points in curves]
    moved = ", ".join(f"{value:.3g} by {symbol}" for symbol, value in zip(SYMBOLS, ranges, strict=True))
    first = SYMBOLS[ranges.index(max(ranges))]
    verdict = (
        "β is the most sensitive weight here, too"
        if first == "β"
        else f"{first}, not β, is the most sensitive weight here"
    )
    return f"{verdict}: FID to D_t changes by {moved}. In the paper it is β."
