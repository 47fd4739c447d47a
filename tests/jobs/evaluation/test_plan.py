from __future__ import annotations

import pytest

from ddsgui.errors import OptimizerError
from ddsgui.jobs.evaluation.plan import STAGES, EvaluationPlan, Group, Unrelated
from tests.jobs.evaluation.conftest import make_plan


def test_every_part_is_evaluated_in_both_directions() -> None:
    plan = make_plan(pairs=(("a", "b"), ("a", "c")), parts=("eyes", "hair"))
    assert len(plan.groups) == 8
    assert Group("b", "a", "hair") in plan.groups
    assert len(make_plan(pairs=(("a", "b"),), one_way=True).groups) == 1
    assert len(make_plan(pairs=(("a", "b"), ("b", "a"))).groups) == 2


def test_the_grid_is_of_hair_drawn_in_a_natural_picture() -> None:
    assert EvaluationPlan().grid_group == Group("caricature", "portrait", "hair")
    assert make_plan(one_way=True).grid_group == Group("portrait", "caricature", "eyes-nose-mouth")


def test_the_search_is_the_first_preset_that_searches() -> None:
    assert make_plan(presets=("live", "official")).search == "official"
    assert make_plan(presets=("live",)).search == "fast"


def test_iterations_are_those_of_searches_only() -> None:
    plan = make_plan(iterations=3)
    assert plan.settings("fast").iterations == 3
    assert plan.settings("live") == make_plan().settings("live")


def test_iterations_of_none_are_refused() -> None:
    with pytest.raises(OptimizerError, match="Iterations"):
        make_plan(iterations=0, presets=("fast",))


def test_precision_is_that_of_the_preset_unless_it_is_to_be_reduced() -> None:
    plain, reduced = make_plan(), make_plan(reduced_precision=True)
    assert [plan.settings("official").reduced_precision for plan in (plain, reduced)] == [False, True]
    assert plain.settings("fast") == reduced.settings("fast")
    assert plain.settings("live") == reduced.settings("live")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"latents": 2}, "Latents"),
        ({"parts": ()}, "part"),
        ({"stages": ("table", "nonsense")}, "nonsense"),
        ({"stages": ("unrelated",)}, "unrelated"),
        ({"presets": ("slow",)}, "slow"),
    ],
)
def test_absurd_plans_are_refused(changes: dict[str, object], word: str) -> None:
    with pytest.raises(OptimizerError, match=word):
        make_plan(**changes)


def test_a_plan_is_plain_data() -> None:
    data = make_plan(stages=tuple(STAGES), unrelated=Unrelated("a", "eyes", "cats", "ears")).as_dict()
    assert data["pairs"] == ["portrait:caricature"] and data["unrelated"]["target_part"] == "ears"
