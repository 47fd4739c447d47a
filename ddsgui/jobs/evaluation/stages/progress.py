"""Fig. 4 and 7 of the paper: the pictures of a search, and their distance to source and target."""

from __future__ import annotations

from collections.abc import Generator

from ddsgui.evaluation.report.document import Block, Figure, Section
from ddsgui.evaluation.report.plots import Line, Panel, draw_panels
from ddsgui.jobs.evaluation.measures import Measures, frames, sources, targets
from ddsgui.jobs.evaluation.mixes import Mix, Mixes, Requests
from ddsgui.jobs.evaluation.plan import MIN_LATENTS, EvaluationPlan
from ddsgui.jobs.evaluation.sheets import sheet
from ddsgui.jobs.evaluation.stage import StageResult

FRAMES = 9  # that are saved of each search
INTRODUCTION = (
    "G_t(ẑ) after some of the iterations, and the FID of all people's pictures at that iteration to the "
    "source's pictures (dashed) and to the target's (solid), as in Fig. 7. A search that starts at the "
    "target's own latent (fast, final) begins at distance 0 from the target and moves away from it; one that "
    "starts at the mean (official) or anywhere (paper) comes nearer, as in the paper."
)


class ProgressStage:
    """Sheets and curves of every search of the plan."""

    def __init__(self, plan: EvaluationPlan, requests: Requests) -> None:
        self._jobs = {
            (preset, group): requests.mixes(group, settings, plan.seeds)
            for preset in plan.presets
            if not (settings := plan.settings(preset)).live
            for group in plan.groups
        }

    def steps(self, mixes: Mixes, measures: Measures) -> Generator[str, None, StageResult]:
        from ddsgui.evaluation.frechet import frechet_of_rows

        if not self._jobs:
            note = "None of the presets searches, so there is nothing to see here."
            return StageResult(Section("Fig. 4 and 7: the search", (note,)), [])
        sheets: dict[str, list[Block]] = {}
        panels: list[Panel] = []
        figures = []
        for (preset, group), jobs in self._jobs.items():
            (done,) = mixes.of(jobs)
            iterations = shared_iterations(done)
            if len(done) < MIN_LATENTS or not iterations:
                continue
            to_source, to_target = [], []
            source = yield from measures.features(sources(done))
            target = yield from measures.features(targets(done))
            for iteration in iterations:
                drawn = yield from measures.features(frames(done, iteration))
                to_source.append(frechet_of_rows(drawn, source))
                to_target.append(frechet_of_rows(drawn, target))
            curves = Line("to D_s", iterations, to_source, "--"), Line("to D_t", iterations, to_target)
            panels.append(
                Panel(
                    f"{preset}: {group}", "iteration", "FID", curves, is_logarithmic=True, starts_at_zero=True
                )
            )
            figures.append(
                {"preset": preset, "group": str(group), "iterations": iterations}
                | {"fid_to_source": to_source, "fid_to_target": to_target}
            )
            pair = done[0].crossover
            row = [pair.source, pair.target, *(done[0].frame(iteration) for iteration in iterations)]
            columns = ("source", "target", *(f"i = {iteration}" for iteration in iterations))
            sheets.setdefault(preset, []).append(sheet([row], columns, f"{preset}: {group}."))
        blocks: list[Block] = [INTRODUCTION, *(block for of_preset in sheets.values() for block in of_preset)]
        if panels:
            blocks.append(Figure(draw_panels(panels, 3), "FID during the search (Fig. 7)."))
        return StageResult(Section("Fig. 4 and 7: the search", tuple(blocks)), figures)


def shared_iterations(mixes: list[Mix]) -> list[int]:
    """Return the iterations whose pictures were saved of every mix, in order."""
    return sorted(set.intersection(*(set(mix.iterations) for mix in mixes))) if mixes else []
