"""An unfinished adaptation saved by version 0.1.0 resumes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from ddsgui.checkpoints.checkpoint import load_generator
from ddsgui.training.few_shot.folder import AdaptationFolder
from ddsgui.training.few_shot.settings import AdaptationSettings
from ddsgui.training.state import load_state

FIXTURES = Path(__file__).parent / "fixtures" / "0.1.0"


def test_an_adaptation_of_version_0_1_0_continues_with_the_same_losses(tmp_path):
    shutil.copytree(FIXTURES / "drawn", tmp_path / "drawn")
    folder = AdaptationFolder.open(tmp_path / "drawn")
    assert folder.settings == AdaptationSettings(steps=6, warm_up=2)
    assert (folder.step, folder.steps, folder.seed, folder.examples) == (4, 8, 3, 3)
    (snapshot,) = folder.snapshots()
    assert (snapshot.step, load_generator(snapshot.path).config.resolution) == (4, 8)
    adaptation = folder.resume()
    tensors, document = load_state(folder.path / "state.safetensors")
    restored, restored_document = adaptation.state()
    assert restored.keys() == tensors.keys()
    assert all(torch.equal(restored[key], tensors[key]) for key in tensors)
    assert {**document, **restored_document} == document
    steps = [{"step": step.step, "losses": step.losses} for step in adaptation.steps()]
    expected = json.loads((FIXTURES / "next_steps.json").read_text())
    assert [step["step"] for step in steps] == [step["step"] for step in expected]
    for step, before in zip(steps, expected, strict=True):
        losses, losses_before = step["losses"], before["losses"]
        # A divergence of nearly equal similarities: processors round it differently, by 2e-5 on the three measured.
        consistency = losses_before.pop("consistency")
        assert losses.pop("consistency") == pytest.approx(consistency, rel=1e-3, abs=5e-5)
        assert losses == pytest.approx(losses_before, rel=1e-5)
