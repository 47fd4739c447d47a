from __future__ import annotations

import pytest
import torch

from ddsgui.errors import TrainingError
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.training.run_state import MIN_PICTURES, RunState, check_pictures, snapshot


def test_a_state_belongs_to_its_training_and_pictures():
    frame = RunState("base", "of a base domain", 40)
    document = {**frame.document({"seed": 3}), "seen": 100}
    frame.check(document)
    assert document["settings"] == {"seed": 3}
    with pytest.raises(TrainingError, match=r"is not one by morphs\."):
        RunState("morphs", "by morphs", 40).check(document)
    with pytest.raises(TrainingError, match=r"40 pictures.*41"):
        RunState("base", "of a base domain", 41).check(document)


def test_few_pictures_are_refused():
    check_pictures(torch.zeros(MIN_PICTURES, 3, 8, 8), 8)
    with pytest.raises(TrainingError, match="too few to make a domain"):
        check_pictures(torch.zeros(MIN_PICTURES - 1, 3, 8, 8), 8)
    with pytest.raises(ValueError, match="resolution"):
        check_pictures(torch.zeros(MIN_PICTURES, 3, 8, 8), 16)


def test_a_snapshot_is_a_frozen_copy_with_its_mean():
    average = Generator(GeneratorConfig(8, 4, 4, 1, (4, 4)))
    copied = snapshot(average)
    assert not any(p.requires_grad for p in copied.parameters()) and not copied.training
    assert copied.w_mean.any() and not average.w_mean.any()
