from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from itertools import islice, pairwise
from pathlib import Path

import pytest
import torch

from ddsgui.checkpoints.checkpoint import (
    DomainMetadata,
    discriminator_path,
    inspect_file,
    load_generator,
    save_discriminator,
    save_generator,
)
from ddsgui.checkpoints.hashing import file_sha256
from ddsgui.errors import CheckpointError, TrainingError
from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.training import domain_folder, snapshots
from ddsgui.training.few_shot.folder import AdaptationFolder
from ddsgui.training.few_shot.settings import AdaptationSettings

SIDE = 8
SETTINGS = AdaptationSettings(steps=6, warm_up=2)


@pytest.fixture
def source(tmp_path) -> Path:
    torch.manual_seed(0)
    generator = Generator(GeneratorConfig(SIDE, 4, 4, 1, (4, 4)))
    path = tmp_path / "faces.safetensors"
    save_generator(generator, path, DomainMetadata("faces"), half=True)
    return path


@pytest.fixture
def examples() -> torch.Tensor:
    return torch.randint(0, 256, (3, 3, SIDE, SIDE), generator=torch.Generator().manual_seed(1)).byte()


@pytest.fixture
def folder(tmp_path, source, examples) -> AdaptationFolder:
    return AdaptationFolder.create(tmp_path / "in" / "drawn", source, SETTINGS, examples, seed=3)


def finish(folder: AdaptationFolder, steps: int | None = None) -> dict[str, torch.Tensor]:
    adaptation = folder.resume(steps=steps)
    for _ in adaptation.steps():
        pass
    return adaptation.state()[0]


def test_a_folder_has_everything_that_the_adaptation_needs(folder, source, examples):
    source.unlink()
    again = AdaptationFolder.open(folder.path)
    assert (again.settings, again.seed, again.examples) == (SETTINGS, 3, 3)
    assert (again.source, again.step, again.steps, again.warm_up) == (source, 0, 8, 2)
    assert torch.equal(again.examples_tensor(), examples)
    adaptation = again.resume()
    assert (adaptation.step, adaptation.total, adaptation.seed) == (0, 8, 3)
    assert len(list(adaptation.steps())) == 8


def test_the_discriminator_of_the_source_is_copied(tmp_path, source, examples):
    torch.manual_seed(4)
    judge = Discriminator(DiscriminatorConfig(SIDE, (4, 4)))
    save_discriminator(judge, discriminator_path(source))
    folder = AdaptationFolder.create(tmp_path / "f", source, SETTINGS, examples)
    discriminator_path(source).unlink()
    adaptation = folder.resume()
    assert (adaptation.total, folder.steps, folder.warm_up) == (6, 6, 0)
    torch.testing.assert_close(adaptation.discriminator.logit.weight, judge.logit.weight)
    assert folder.card(6)["discriminator"] == "the source's"


def test_a_resumed_adaptation_equals_an_unbroken_one_bit_for_bit(tmp_path, folder, source, examples):
    whole = finish(AdaptationFolder.create(tmp_path / "whole", source, SETTINGS, examples, seed=3))
    adaptation = folder.resume()
    for _ in range(4):  # two steps at a time
        list(islice(adaptation.steps(), 2))
        folder.save(adaptation)
        adaptation = folder.resume()
    assert (folder.step, adaptation.total) == (8, 8)
    state = adaptation.state()[0]
    assert state.keys() == whole.keys()
    assert all(torch.equal(state[key], whole[key]) for key in whole)


def test_more_steps_can_be_requested_and_are_remembered(folder):
    adaptation = folder.resume(steps=7)
    next(adaptation.steps())
    folder.save(adaptation)
    assert (adaptation.total, folder.steps) == (9, 9)
    assert AdaptationFolder.open(folder.path).resume().total == 9


def test_a_snapshot_is_a_domain(folder, source):
    adaptation = folder.resume()
    list(adaptation.steps())
    snapshot = folder.snapshot(adaptation)
    assert folder.snapshots() == [snapshot]
    assert snapshot.path.name == "00008.safetensors"
    z = torch.randn(1, 4)
    pictures = [
        g.synthesis(g.broadcast(g.mapping(z))) for g in (load_generator(snapshot.path), adaptation.generator)
    ]
    torch.testing.assert_close(*pictures, atol=0.02, rtol=0)
    report = inspect_file(snapshot.path)
    assert report.parent == file_sha256(source)
    assert report.card["licence"] == "unknown"
    assert (report.card["steps"], report.card["examples"]) == (6, 3)
    assert report.card["discriminator"] == "fresh, 2 steps of warm-up"
    assert snapshot.path.stat().st_size < source.stat().st_size * 1.5 + 3000


def test_a_card_has_the_artists_licence_and_origin(folder, tmp_path):
    out = tmp_path / "mine.safetensors"
    card = {"licence": "CC0", "origin": "my own drawings"}
    folder.save_domain(folder.resume().generator, out, step=0, name="mine", title="Mine", card=card)
    report = inspect_file(out)
    assert (report.name, report.title) == ("mine", "Mine")
    assert (report.card["licence"], report.card["origin"]) == ("CC0", "my own drawings")
    assert report.card["examples"] == 3


def test_snapshots_are_thinned_evenly_and_the_first_and_the_newest_stay(folder, monkeypatch):
    monkeypatch.setattr(snapshots, "MAX_SNAPSHOTS", 6)
    adaptation = folder.resume()
    for step in range(10, 10 * 13, 10):
        adaptation.step = step
        folder.snapshot(adaptation)
    steps = [snapshot.step for snapshot in folder.snapshots()]
    assert len(steps) == 6
    assert (steps[0], steps[-1]) == (10, 120)
    gaps = [b - a for a, b in pairwise(steps)]
    assert max(gaps) <= 4 * min(gaps)


def test_states_and_snapshots_are_saved_when_due(folder, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(domain_folder.time, "monotonic", lambda: clock[0])
    adaptation = folder.resume()
    records = []
    for _ in adaptation.steps():
        clock[0] += 10
        folder.save_if_due(adaptation, every=20)
        records.append((folder.step, len(folder.snapshots())))
    # The state is saved after 50 s, snapshots every 20 s, except while only the discriminator learns.
    assert records == [(0, 0), (0, 0), (0, 1), (0, 1), (5, 2), (5, 2), (5, 3), (5, 3)]


def test_two_adaptations_do_not_share_a_folder(folder, source, examples):
    with pytest.raises(TrainingError, match="already"):
        AdaptationFolder.create(folder.path, source, SETTINGS, examples)


def test_a_folder_that_was_not_completed_is_made_again(folder, source, examples):
    adaptation = folder.resume()
    next(adaptation.steps())
    folder.save(adaptation)
    folder.snapshot(adaptation)
    (folder.path / "settings.json").unlink()
    again = AdaptationFolder.create(folder.path, source, SETTINGS, examples)
    assert again.step == 0
    assert again.snapshots() == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no adaptation"),
        ("", "damaged"),
        ("[]", "damaged"),
        ("{}", "damaged"),
        ('{"format": 9}', "another version"),
    ],
)
def test_a_folder_without_an_adaptation_is_refused(tmp_path, content, words):
    if content is not None:
        (tmp_path / "settings.json").write_text(content)
    with pytest.raises(TrainingError, match=words):
        AdaptationFolder.open(tmp_path)


def test_settings_that_make_no_sense_are_refused(folder):
    path = folder.path / "settings.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"settings": {"steps": -1}}))
    with pytest.raises(TrainingError, match="steps must be"):
        AdaptationFolder.open(folder.path)


def test_a_damaged_state_is_an_error_and_not_a_fresh_start(folder):
    (folder.path / "state.safetensors").write_bytes(b"half")
    assert folder.step == 0
    with pytest.raises(TrainingError, match="damaged"):
        folder.resume()
    (folder.path / "source.safetensors").write_bytes(b"")
    with pytest.raises(CheckpointError):
        folder.resume()


def test_pictures_that_do_not_fit_leave_nothing_behind(tmp_path, source):
    with pytest.raises(TrainingError, match="must be 8 × 8"):
        AdaptationFolder.create(
            tmp_path / "f", source, SETTINGS, torch.zeros(1, 3, 16, 16, dtype=torch.uint8)
        )
    assert not (tmp_path / "f").exists()


KILLED = """
import sys, torch
torch.set_num_threads(1)
from pathlib import Path
from ddsgui.training import domain_folder
from ddsgui.training.few_shot.folder import AdaptationFolder
domain_folder.SAVE_SECONDS = 0.0
folder = AdaptationFolder.open(Path(sys.argv[1]))
adaptation = folder.resume(steps=100_000)
for step in adaptation.steps():
    folder.save_if_due(adaptation, every=0.0)
    print(step.step, flush=True)
"""


def test_a_killed_adaptation_resumes_from_its_last_save(tmp_path, folder, source, examples):
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, os.fspath(folder.path)],
        stdout=subprocess.PIPE,
        cwd=Path(domain_folder.__file__).parents[2],
    )
    assert process.stdout is not None
    while int(process.stdout.readline()) < 5:
        pass
    time.sleep(0.05)  # somewhere within a step or a save
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read().split()
    process.wait()
    process.stdout.close()
    last_step = int(rest[-1]) if rest else 5
    (folder.path / ".state.0123abcd.safetensors").write_bytes(b"half written")
    again = AdaptationFolder.open(folder.path)
    assert last_step <= again.step <= last_step + 1
    assert again.snapshots()[0].step == 3
    assert all(load_generator(s.path) for s in again.snapshots())
    adaptation = again.resume(steps=again.step)  # two more than now, since two steps were warm-up
    assert not list(again.path.glob(".*"))
    assert len(list(adaptation.steps())) == 2
    uninterrupted = AdaptationFolder.create(tmp_path / "whole", source, SETTINGS, examples, seed=3)
    whole, killed = finish(uninterrupted, again.step), adaptation.state()[0]
    assert all(torch.equal(killed[key], whole[key]) for key in whole)


def test_reading_a_folder_does_not_import_torch(folder):
    code = (
        "import sys; from pathlib import Path\n"
        "from ddsgui.training.few_shot.folder import AdaptationFolder\n"
        f"folder = AdaptationFolder.open(Path({os.fspath(folder.path)!r}))\n"
        "folder.step, folder.steps, folder.snapshots(), folder.card(0)\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(domain_folder.__file__).parents[2])
