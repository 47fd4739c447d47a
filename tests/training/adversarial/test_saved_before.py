"""A training saved by version 0.1.0 resumes."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest
import torch

from ddsgui.training.adversarial.settings import AdversarialSettings
from ddsgui.training.adversarial.training import AdversarialTraining
from ddsgui.training.state import load_state
from tests.training.adversarial.test_training import SETTINGS, blobs

FIXTURES = Path(__file__).parent / "fixtures" / "0.1.0"


def test_a_training_of_version_0_1_0_continues_with_the_same_losses(float32):
    tensors, document = load_state(FIXTURES / "faces.training.safetensors")
    settings = AdversarialSettings.from_dict(document["settings"])
    assert settings == SETTINGS
    training = AdversarialTraining(blobs(), settings)
    training.load(tensors, document)
    restored, restored_document = training.state()
    assert restored.keys() == tensors.keys()
    assert all(torch.equal(restored[key], tensors[key]) for key in tensors)
    assert {**document, **restored_document} == document  # the same, except for keys that a run adds
    for step, expected in zip(
        islice(training.steps(), 2), json.loads((FIXTURES / "next_steps.json").read_text()), strict=True
    ):
        assert (step.seen, step.resolution) == (expected["seen"], expected["resolution"])
        assert expected["losses"].keys() <= step.losses.keys()
        losses = {name: step.losses[name] for name in expected["losses"]}
        assert losses == pytest.approx(expected["losses"], rel=1e-5)
