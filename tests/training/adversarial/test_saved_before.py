"""A training that version 0.1.0 saved, resumed."""

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


def test_a_training_of_the_version_before_continues_as_it_would_have():
    tensors, document = load_state(FIXTURES / "faces.training.safetensors")
    settings = AdversarialSettings.from_dict(document["settings"])
    assert settings == SETTINGS
    training = AdversarialTraining(blobs(), settings)
    training.load(tensors, document)
    restored, said = training.state()
    assert restored.keys() == tensors.keys()
    assert all(torch.equal(restored[key], tensors[key]) for key in tensors)
    assert {**document, **said} == document  # the same, but for what a run adds
    for step, expected in zip(
        islice(training.steps(), 2), json.loads((FIXTURES / "next_steps.json").read_text()), strict=True
    ):
        assert (step.seen, step.resolution) == (expected["seen"], expected["resolution"])
        assert expected["losses"].keys() <= step.losses.keys()
        losses = {name: step.losses[name] for name in expected["losses"]}
        assert losses == pytest.approx(expected["losses"], rel=1e-3, abs=1e-5)
