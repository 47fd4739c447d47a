from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest
import torch

import ddsgui
from ddsgui.checkpoints.checkpoint import DomainMetadata, inspect_file, load_generator, save_generator
from ddsgui.checkpoints.hashing import file_sha256
from ddsgui.errors import TrainingError
from ddsgui.training.drawn.folder import DrawnFolder, Recipe
from ddsgui.training.drawn.pairs import Pairs
from ddsgui.training.drawn.settings import DrawnSettings

SETTINGS = DrawnSettings(steps=6, pairs=72, features=0)


@pytest.fixture
def source(tmp_path, parent) -> Path:
    path = tmp_path / "faces.safetensors"
    save_generator(parent, path, DomainMetadata("faces"))
    return path


@pytest.fixture
def folder(tmp_path, source, seen, inverted) -> DrawnFolder:
    recipe = Recipe("inverted", {"strength": 0.5})
    return DrawnFolder.create(tmp_path / "in" / "drawn", source, SETTINGS, recipe, seed=3, licence="CC0")


def draw(folder: DrawnFolder) -> DrawnFolder:
    for _ in folder.pairs_steps():
        pass
    return folder


def test_a_folder_has_everything_that_the_training_needs(folder, source):
    source.unlink()
    again = DrawnFolder.open(folder.path)
    assert (again.settings, again.seed, again.examples) == (SETTINGS, 3, 72)
    assert (again.source, again.step, again.steps, again.warm_up, again.batch) == (source, 0, 6, 0, 4)
    progress = list(again.pairs_steps())
    assert {step.what for step in progress} == {"Looking for faces", "Drawing pictures"}
    assert (again.examples, again.faceless) == (54, 18)
    assert again.examples_tensor().shape == (8, 3, 16, 16)
    assert len(list(again.resume().steps())) == 6


def test_pairs_are_drawn_once(folder, seen):
    looked_at = len(draw(folder).path.name and seen)
    assert list(folder.pairs_steps()) == [] and len(seen) == looked_at


def test_the_screens_of_the_painter_are_put_into_the_noise(folder):
    generator = draw(folder).resume().generator
    assert generator.get_buffer("synthesis.layers.4.noise_const").abs().mean() > 1


def test_a_training_stopped_while_pairs_are_drawn_draws_them_again(folder):
    next(folder.pairs_steps())
    again = draw(DrawnFolder.open(folder.path))
    assert again.examples == 54


def test_a_resumed_training_equals_an_unbroken_one_bit_for_bit(tmp_path, folder, source, seen):
    training = draw(folder).resume()
    for _ in range(3):
        list(islice(training.steps(), 2))
        folder.save(training)
        training = folder.resume()
    seen.clear()
    whole = draw(DrawnFolder.create(tmp_path / "whole", source, SETTINGS, folder.recipe, seed=3)).resume()
    list(whole.steps())
    ours, theirs = training.state()[0], whole.state()[0]
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
    assert (folder.step, folder.steps) == (6, 6)


def test_a_snapshot_is_a_domain_with_a_card(folder, source):
    training = draw(folder).resume()
    list(training.steps())
    snapshot = folder.snapshot(training)
    report = inspect_file(snapshot.path)
    assert report.parent == file_sha256(source)
    card = report.card
    assert (card["painter"], card["dials"], card["licence"]) == ("inverted", {"strength": 0.5}, "CC0")
    assert (card["pairs"], card["faceless"], card["steps"], card["seed"]) == (54, 18, 6, 3)
    w = torch.randn(2, 8)
    pictures = [g.synthesis(g.broadcast(w)) for g in (load_generator(snapshot.path), training.generator)]
    torch.testing.assert_close(*pictures, atol=0.02, rtol=0)


def test_pairs_of_ones_own_are_kept(tmp_path, source, pairs: Pairs):
    folder = DrawnFolder.create(tmp_path / "own", source, SETTINGS, pairs)
    assert list(folder.pairs_steps()) == []
    assert (folder.examples, folder.recipe) == (60, None)
    assert torch.equal(folder.examples_tensor(), pairs.pictures[:8])
    assert "one's own" in folder.card(0)["origin"]
    (folder.path / "pairs.safetensors").unlink()
    with pytest.raises(TrainingError, match="missing"):
        next(folder.pairs_steps())


def test_too_few_faces_are_refused(tmp_path, source, seen, inverted):
    settings = DrawnSettings(steps=1, pairs=60)
    folder = DrawnFolder.create(tmp_path / "few", source, settings, Recipe("inverted"))
    with pytest.raises(TrainingError, match="45 of 60"):
        draw(folder)


def test_two_trainings_do_not_share_a_folder(folder, source):
    with pytest.raises(TrainingError, match="already"):
        DrawnFolder.create(folder.path, source, SETTINGS, Recipe("inverted"))


def test_a_damaged_folder_is_refused(folder):
    path = folder.path / "settings.json"
    document = json.loads(path.read_text())
    for broken in ({"recipe": 3}, {"method": "few-shot"}, {"settings": None}):
        path.write_text(json.dumps(document | broken))
        with pytest.raises(TrainingError, match="damaged"):
            DrawnFolder.open(folder.path)
    path.unlink()
    with pytest.raises(TrainingError, match="no drawn domain"):
        DrawnFolder.open(folder.path)


def test_reading_a_folder_does_not_import_torch(folder):
    code = (
        "import sys; from pathlib import Path\n"
        "from ddsgui.jobs.adaptation_folders import open_adaptation\n"
        f"folder = open_adaptation(Path({os.fspath(folder.path)!r}))\n"
        "folder.step, folder.steps, folder.snapshots(), folder.card(0)\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(ddsgui.__file__).parents[1])
