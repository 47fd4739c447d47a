from __future__ import annotations

import numpy as np

from ddsgui.project.frame_choice import chosen_iterations


def test_few_frames_all_stay():
    assert chosen_iterations([1, 2, 5], [], 3) == [1, 2, 5]


def test_first_last_and_marked_frames_stay_and_the_rest_is_evenly_thinned():
    chosen = chosen_iterations(range(1, 1001), [333, 777], 100)
    assert len(chosen) == 100 and chosen == sorted(chosen)
    assert {1, 333, 777, 1000} <= set(chosen)
    assert np.diff(chosen).max() <= 2 * 1000 / 96


def test_marked_frames_stay_beyond_the_limit():
    assert chosen_iterations(range(10), [3, 4, 5], 2) == [0, 3, 4, 5, 9]


def test_a_mark_without_a_frame_is_ignored():
    assert chosen_iterations([1, 5, 9], [4], 2) == [1, 9]
