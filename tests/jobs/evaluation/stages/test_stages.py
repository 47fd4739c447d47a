"""Every stage on mixes of a tiny library, drawn without networks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ddsgui.evaluation.report.document import Figure, Table
from ddsgui.jobs.evaluation.evaluation import STAGE_TYPES
from ddsgui.jobs.evaluation.plan import STAGES, EvaluationPlan, Unrelated
from ddsgui.jobs.evaluation.stage import StageResult
from ddsgui.jobs.evaluation.stages import weights
from ddsgui.jobs.evaluation.stages.table import nearest_answer
from tests.jobs.evaluation.conftest import LATENTS, MakeStage, make_plan

RunStage = Callable[[MakeStage, EvaluationPlan], StageResult]
UNRELATED = Unrelated("portrait", "eyes-nose-mouth", "caricature", "eyes-nose-mouth")


def tables(result: StageResult) -> list[Table]:
    return [block for block in result.section.blocks if isinstance(block, Table)]


def figures(result: StageResult) -> list[Figure]:
    return [block for block in result.section.blocks if isinstance(block, Figure)]


def test_there_is_a_type_for_every_stage() -> None:
    assert tuple(STAGE_TYPES) == tuple(STAGES)


@pytest.mark.parametrize("name", STAGES)
def test_tables_are_as_wide_as_their_heads(run_stage: RunStage, name: str) -> None:
    result = run_stage(STAGE_TYPES[name], make_plan(unrelated=UNRELATED))
    for table in tables(result):
        assert {len(row) for row in table.rows} <= {len(table.head)}
    assert result.section.blocks


@pytest.mark.parametrize("name", ["table", "comparison", "progress", "person"])
def test_a_stage_without_enough_people_says_so_by_an_empty_table(run_stage: RunStage, name: str) -> None:
    result = run_stage(STAGE_TYPES[name], make_plan(latents=3, first_seed=665))  # 666 fails
    assert not result.rows and not any(table.rows for table in tables(result))


def test_the_table_has_a_row_for_each_reference(run_stage: RunStage) -> None:
    result = run_stage(STAGE_TYPES["table"], make_plan())
    assert len(result.rows) == 2 * 2 * 3  # presets, directions, references
    row = result.rows[0]
    assert row["reference"] == "D_s" and row["pictures"] == LATENTS and row["fid"] > 0
    assert len(result.answers) == 2
    assert "2 groups" in result.answers[0]
    assert nearest_answer("live", []).startswith("live")


def test_the_pastes_are_compared_with_the_presets(run_stage: RunStage) -> None:
    result = run_stage(STAGE_TYPES["comparison"], make_plan())
    (table,) = tables(result)
    assert [row[1] for row in table.rows[:6]] == [
        *("cut and paste", "Poisson", "Laplacian pyramid", "harmonised"),
        *("live", "fast"),
    ]
    by_way = {figure["way"]: figure for figure in result.figures}
    assert by_way["cut and paste"]["carried_over"] == pytest.approx(1, abs=0.05)
    assert 0 < by_way["fast"]["carried_over"] < 0.5
    assert by_way["fast"]["seconds"] == 2


def test_the_search_is_followed_by_its_pictures(run_stage: RunStage) -> None:
    result = run_stage(STAGE_TYPES["progress"], make_plan())
    assert result.figures[0]["iterations"] == [1, 2, 4]
    assert result.figures[0]["fid_to_target"] == pytest.approx([0, 0, 0], abs=1e-3)
    assert any(figure.columns[-1] == "i = 4" for figure in figures(result) if figure.columns)
    live = run_stage(STAGE_TYPES["progress"], make_plan(presets=("live",)))
    assert not figures(live)


def test_the_person_is_found_among_all(run_stage: RunStage) -> None:
    result = run_stage(STAGE_TYPES["person"], make_plan())
    assert all(figure["features"]["top1"] == 1 for figure in result.figures)
    assert result.figures[0]["landmarks"] is None  # noise has no face


def test_the_most_sensitive_weight_is_named(run_stage: RunStage) -> None:
    result = run_stage(STAGE_TYPES["weights"], make_plan(factors=(0.0, 2.0)))
    assert len(result.figures) == 1 + 3 * 2
    assert result.answers[0].startswith("β is")  # the drawn mixes depend on no other
    assert figures(result)


def test_the_grid_has_one_weight_at_a_time_or_all() -> None:
    base = (1.0, 1.0, 3.0)
    assert weights.grid(base, (0.0,), full=False) == [base, (0, 1, 3), (1, 0, 3), (1, 1, 0)]
    full = weights.grid(base, (0.0, 2.0), full=True)
    assert len(full) == 27 and base in full
    points = weights.curve({point: sum(point) for point in full}, base, 2)
    assert points == [(0, 2), (3, 5), (6, 8)]


def test_another_weight_may_be_the_most_sensitive() -> None:
    answer = weights.sensitivity_answer([[(0, 1.0), (1, 9.0)], [(0, 1.0), (1, 2.0)], []])
    assert answer.startswith("α, not β")


def test_the_networks_that_were_not_given_are_named(run_stage: RunStage) -> None:
    result = run_stage(STAGE_TYPES["backbones"], make_plan())
    text = result.section.blocks[0]
    assert isinstance(text, str) and "resnet18" in text and "vgg16," not in text
    assert {figure["backbone"] for figure in result.figures} == {"vgg16"}


@pytest.mark.parametrize("name", ["unpaired", "unrelated"])
def test_pairs_of_two_latents_are_sorted_by_overlap(run_stage: RunStage, name: str) -> None:
    plan = make_plan(few_latents=4, presets=("live", "paper"), unrelated=UNRELATED)
    result = run_stage(STAGE_TYPES[name], plan)
    overlaps = [
        figure["overlap"] for figure in result.figures if figure["group"] == result.figures[0]["group"]
    ]
    assert overlaps == sorted(overlaps, reverse=True)
    presets = {figure["preset"] for figure in result.figures}
    assert presets == (
        {"live"} if name == "unrelated" else {"live", "paper"}
    )  # paper draws with both generators
