from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ddsgui.errors import LibraryError
from ddsgui.jobs.batch.batch import batch_steps
from ddsgui.jobs.batch.engine import InProcess
from ddsgui.jobs.batch.results import ResultFolder
from ddsgui.jobs.evaluation.mixes import Mixes, Requests
from ddsgui.jobs.evaluation.plan import UNPAIRED_STEP, Group
from ddsgui.library.library import Library
from ddsgui.steps import result_of
from tests.jobs.evaluation.conftest import drawn_mix, make_plan

GROUP = Group("portrait", "caricature", "eyes-nose-mouth")


def test_a_mix_that_two_stages_ask_for_is_made_once(library: Library) -> None:
    requests = Requests(library)
    first = requests.mixes(GROUP, make_plan().settings("live"), range(4))
    again = requests.mixes(GROUP, make_plan().settings("live"), range(2))
    assert [job.key for job in again] == [job.key for job in first[:2]]
    assert len(requests.jobs) == 4


def test_unpaired_mixes_have_two_seeds(library: Library) -> None:
    (job,) = Requests(library).mixes(GROUP, make_plan().settings("live"), [5], unpaired=True)
    assert (job.recipe["seed"], job.recipe["target_seed"]) == (5, 5 + UNPAIRED_STEP)


def test_a_missing_part_is_reported_before_anything_runs(library: Library) -> None:
    with pytest.raises(LibraryError, match="tail"):
        Requests(library).mixes(Group("portrait", "caricature", "tail"), make_plan().settings("live"), [1])


def test_people_of_whom_one_mix_failed_are_left_out(library: Library, tmp_path: Path) -> None:
    requests = Requests(library)
    series = [requests.mixes(GROUP, make_plan().settings(preset), (5, 666, 7)) for preset in ("live", "fast")]
    folder = ResultFolder(tmp_path)
    batch = result_of(batch_steps(requests.jobs, InProcess(drawn_mix), folder))
    mixes = Mixes(folder, batch.entries)
    live, fast = mixes.of(*series)
    assert [mix.job.recipe["seed"] for mix in fast] == [5, 7] == [mix.job.recipe["seed"] for mix in live]
    assert len(mixes.failures) == 2
    assert live[0].iterations == [] and fast[0].iterations == [1, 2, 4]
    assert np.array_equal(fast[0].frame(2), fast[0].crossover.target)
