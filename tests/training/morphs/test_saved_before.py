"""Trainings by morphs saved by version 0.1.0 resume."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch

from ddsgui.training.morphs.settings import MorphSettings
from ddsgui.training.morphs.training import MorphTraining
from ddsgui.training.state import load_state
from tests.training.morphs.test_training import SETTINGS, spots

FIXTURES = Path(__file__).parent / "fixtures" / "0.1.0"
SAVED = replace(SETTINGS, borders=0.0, sharpen_side=1024)  # as that version trained


def make_training() -> MorphTraining:
    pictures, points = spots()
    return MorphTraining(pictures, SAVED, points=points)


@pytest.mark.parametrize("stage", ["growing", "finishing"])
def test_a_training_of_version_0_1_0_continues_with_the_same_losses(stage, float32):
    tensors, document = load_state(FIXTURES / f"{stage}.training.safetensors")
    assert MorphSettings.from_dict(document["settings"]) == SAVED
    training = make_training()
    training.load(tensors, document)
    restored, restored_document = training.state()
    assert restored.keys() == tensors.keys()
    assert all(torch.equal(restored[key], tensors[key]) for key in tensors)
    expected_document = {**document, "settings": SAVED.as_dict()}
    assert {**document, **restored_document} == expected_document  # the same, except for keys that a run adds
    expected = json.loads((FIXTURES / "next_steps.json").read_text())[stage]
    for step, before in zip(islice(training.steps(), len(expected)), expected, strict=True):
        assert (step.seen, step.resolution) == (before["seen"], before["resolution"])
        assert step.losses == pytest.approx(before["losses"], rel=1e-5)


def test_the_state_of_the_sharpening_stage_has_the_same_tensors():
    training = make_training()
    list(islice(training.steps(), 6))
    assert training.sharpening is not None
    shapes = {name: list(value.shape) for name, value in training.state()[0].items()}
    assert shapes == json.loads((FIXTURES / "sharpening_shapes.json").read_text())
