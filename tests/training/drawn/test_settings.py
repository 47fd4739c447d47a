from __future__ import annotations

import pytest

from ddsgui.errors import TrainingError
from ddsgui.training.drawn.settings import DrawnSettings


def test_settings_return_from_their_dictionary():
    settings = DrawnSettings(steps=7, pairs=60, learning_rate=0.01)
    assert DrawnSettings.from_dict(settings.as_dict()) == settings
    assert DrawnSettings.from_dict({}) == DrawnSettings()


@pytest.mark.parametrize(
    ("data", "word"),
    [({"steps": 0}, "steps"), ({"pairs": 49}, "50"), ({"pace": 1}, "pace"), ({"batch": "4"}, "batch")],
)
def test_settings_that_make_no_sense_are_refused(data, word):
    with pytest.raises(TrainingError, match=word):
        DrawnSettings.from_dict(data)
