"""Jobs that are searched for together."""

from __future__ import annotations

from ddsgui.editing.recipe import Recipe
from ddsgui.jobs.batch.joint_work import groups
from ddsgui.jobs.batch.mix_job import MixJob
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.settings import OptimizerSettings


def job(row: int, source: str = "one", preset: str = "fast", part: str = "spot", seed: int = 0) -> MixJob:
    settings = OptimizerSettings.from_preset(preset, seed=seed)
    recipe = Recipe(source, "two", part, Seed(row), None, settings.as_dict())
    return MixJob(row, f"{row:016x}", recipe.as_dict())


def rows(jobs: list[MixJob], count: int) -> list[list[int]]:
    return [[job.row for job in group] for group in groups(jobs, count)]


def test_a_group_has_jobs_in_a_row_of_one_pair_and_with_the_same_settings() -> None:
    jobs = [job(1), job(2, part="hair"), job(3, seed=5), job(4, "other"), job(5, "other", "paper"), job(6)]
    assert rows(jobs, 8) == [[1, 2, 3], [4], [5], [6]]


def test_a_group_has_no_more_jobs_than_wanted() -> None:
    assert rows([job(row) for row in range(5)], 2) == [[0, 1], [2, 3], [4]]
    assert rows([], 2) == []


def test_live_blends_are_made_one_by_one() -> None:
    assert rows([job(1, preset="live"), job(2, preset="live"), job(3), job(4)], 2) == [[1], [2], [3, 4]]
