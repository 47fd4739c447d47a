"""The methods next to pastes that need no generator: the comparison of the paper's appendix."""

from __future__ import annotations

from collections.abc import Generator
from statistics import fmean
from typing import Any

from ddsgui.evaluation.pastes import PASTES
from ddsgui.evaluation.report.document import Block, Section, Table
from ddsgui.evaluation.spread import Spread, of_pictures, of_sets
from ddsgui.jobs.evaluation.comparison import compare
from ddsgui.jobs.evaluation.measures import Measures, Pictures, pasted, results, sources, targets
from ddsgui.jobs.evaluation.mixes import Mix, Mixes, Requests
from ddsgui.jobs.evaluation.plan import MIN_LATENTS, EvaluationPlan
from ddsgui.jobs.evaluation.sheets import sheet
from ddsgui.jobs.evaluation.stage import StageResult

INTRODUCTION = (
    "The same people by every way: cut and paste (Eq. 1), Poisson (Pérez et al. 2003), Laplacian pyramid "
    "(Burt and Adelson 1983), a harmonised paste (the part in the colours of what it replaces, Reinhard et "
    "al. 2001), and the presets. A paste stays near the target's pictures because it copies them; carried "
    "over says how much of the source the part has (1 − |x̂ − x_s| / |x_t − x_s| in the eroded mask: 1 is "
    "the source, 0 the target)."
)
HEAD = (
    "group",
    "way",
    "FID to D_t ↓",
    "KID to D_t ↓",
    "FID to D_s",
    "SSIM to D_t ↑",
    "LPIPS to D_t ↓",
    "carried over ↑",
    "seconds",
)
SHEET_PEOPLE = 2  # of each group


class ContendersStage:
    """Pastes and presets."""

    def __init__(self, plan: EvaluationPlan, requests: Requests) -> None:
        self._presets = plan.presets
        self._jobs = {
            group: [requests.mixes(group, plan.settings(preset), plan.seeds) for preset in plan.presets]
            for group in plan.groups
        }

    def steps(self, mixes: Mixes, measures: Measures) -> Generator[str, None, StageResult]:
        from ddsgui.evaluation.similarity import carried_over

        rows, figures, pictures = [], [], []
        for group, series in self._jobs.items():
            done = mixes.of(*series)
            if len(done[0]) < MIN_LATENTS:
                continue
            people = done[0]
            ways = {name: pasted(people, name, paste) for name, paste in PASTES.items()}
            ways |= {preset: results(drawn) for preset, drawn in zip(self._presets, done, strict=True)}
            seconds = {preset: _seconds(drawn) for preset, drawn in zip(self._presets, done, strict=True)}
            for number, (way, images) in enumerate(ways.items()):
                to_target = yield from compare(measures, images, targets(people))
                to_source = yield from _distance(measures, images, sources(people))
                carried = of_pictures(
                    [
                        carried_over(image, pair.source, pair.target, pair.source_mask > 127)
                        for image, pair in zip(images, (mix.crossover for mix in people), strict=True)
                    ]
                )
                figures.append(
                    {
                        "group": str(group),
                        "way": way,
                        "to_target": to_target.columns,
                        "fid_to_source": to_source.mean,
                        "fid_to_source_spread": to_source.spread,
                    }
                    | {
                        "carried_over": carried.mean,
                        "carried_over_spread": carried.spread,
                        "seconds": seconds.get(way),
                    }
                )
                cells = (to_target.fid.text(), to_target.kid.text(), to_source.text())
                cells += (
                    to_target.ssim.text("{:.2f}"),
                    to_target.lpips.text("{:.3f}"),
                    carried.text("{:.2f}"),
                )
                taken = seconds.get(way)
                rows.append(
                    (str(group) if number == 0 else "", way, *cells, "" if taken is None else f"{taken:.1f}")
                )
            pictures += [_row(ways, people, number) for number in range(min(SHEET_PEOPLE, len(people)))]
        blocks: list[Block] = [INTRODUCTION, Table(HEAD, tuple(rows))]
        if pictures:
            columns = ("source", "target", *PASTES, *self._presets)
            blocks.append(sheet(pictures, columns, "The first people of every group, by every way."))
        return StageResult(Section("The methods next to pastes", tuple(blocks)), figures)


def _distance(measures: Measures, pictures: Pictures, references: Pictures) -> Generator[str, None, Spread]:
    """Return FID alone: LPIPS takes ten times as long."""
    from ddsgui.evaluation.frechet import frechet_of_rows

    ours = yield from measures.features(pictures)
    theirs = yield from measures.features(references)
    return of_sets(ours, theirs, frechet_of_rows)


def _row(ways: dict[str, Pictures], people: list[Mix], number: int) -> list[Any]:
    pair = people[number].crossover
    return [pair.source, pair.target, *(images[number] for images in ways.values())]


def _seconds(mixes: list[Mix]) -> float | None:
    known = [mix.entry.seconds for mix in mixes if mix.entry.seconds is not None]
    return fmean(known) if known else None
