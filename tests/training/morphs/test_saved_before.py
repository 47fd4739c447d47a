"""Trainings by morphs that version 0.1.0 saved, resumed."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest
import torch

from ddsgui.training.morphs.settings import MorphSettings
from ddsgui.training.morphs.training import MorphTraining
from ddsgui.training.state import load_state
from tests.training.morphs.test_training import SETTINGS, spots

FIXTURES = Path(__file__).parent / "fixtures" / "0.1.0"


def begun() -> MorphTraining:
    pictures, points = spots()
    return MorphTraining(pictures, SETTINGS, points=points)


@pytest.mark.parametrize("stage", ["growing", "finishing"])
def test_a_training_of_the_version_before_continues_as_it_would_have(stage):
    tensors, document = load_state(FIXTURES / f"{stage}.training.safetensors")
    assert MorphSettings.from_dict(document["settings"]) == SETTINGS
    training = begun()
    training.load(tensors, document)
    restored, said = training.state()
    assert restored.keys() == tensors.keys()
    assert all(torch.equal(restored[key], tensors[key]) for key in tensors)
    assert {**document, **said} == document  # the same, but for what a run adds
    expected = json.loads((FIXTURES / "next_steps.json").read_text())[stage]
    for step, before in zip(islice(training.steps(), len(expected)), expected, strict=True):
        assert (step.seen, step.resolution) == (before["seen"], before["resolution"])
        assert step.losses == pytest.approx(before["losses"], rel=1e-3, abs=1e-5)


def test_a_state_while_it_is_sharpened_has_the_same_tensors():
    training = begun()
    list(islice(training.steps(), 6))
    assert training.sharpening is not None
    shapes = {name: list(value.shape) for name, value in training.state()[0].items()}
    assert shapes == json.loads((FIXTURES / "sharpening_shapes.json").read_text())
