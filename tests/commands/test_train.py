from __future__ import annotations

import csv
import errno
import json
import os
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from ddsgui.checkpoints.checkpoint import (
    DomainMetadata,
    inspect_file,
    load_discriminator,
    load_generator,
    save_discriminator,
    save_generator,
)
from ddsgui.cli import main
from ddsgui.commands import train_options
from ddsgui.errors import TrainingError
from ddsgui.images import encode_png, read_image
from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig
from ddsgui.stylegan.frame import frame_of
from ddsgui.stylegan.generator import WHOLE, Generator, GeneratorConfig
from ddsgui.training.morphs.settings import StageLengths
from ddsgui.training.stages import Stage

TINY = (
    "--set=channels=[8,8,8]",
    "--set=discriminator_channels=[8,8,8]",
    "--set=latent=8",
    "--set=mapping_layers=1",
    "--batch=8",
)
MORPHS = ("--method", "morphs", "--set=judge_batch=8", "--set=judge=0.008")
BEGIN = ("--images", "faces.zip", "--resolution", "16", "--out", "new/faces.safetensors", *TINY)


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A folder with faces.zip, 40 pictures of 16 pixels."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(tmp_path / "faces.zip", "w") as archive:
        for i in range(40):
            picture = np.full((16, 16, 3), rng.integers(60, 200), np.uint8)
            archive.writestr(f"{i:02}.png", encode_png(picture))
    return tmp_path


@pytest.fixture
def few_samples(monkeypatch):
    """Let VGG see few pictures, so that metrics are quick."""
    from ddsgui.jobs import base_metrics, base_training

    monkeypatch.setattr(base_metrics, "SAMPLES", 4)
    monkeypatch.setattr(base_metrics, "MAX_REFERENCE", 6)
    monkeypatch.setattr(base_training, "SHEET_IMAGES", 8)


def answer(capsys: pytest.CaptureFixture[str]) -> dict:
    return json.loads(capsys.readouterr().out)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_pictures_become_a_domain_with_all_its_files(work, capsys, few_samples):
    assert (
        main(["train", *BEGIN, "--kimg", "8:0.016,16:0.024", "--hold-out", "5", "--licence", "CC0", "--json"])
        == 0
    )
    data = answer(capsys)
    assert (data["seen"], data["pictures"], data["resolution"]) == (40, 35, 16)
    folder = work / "new"
    assert {path.name for path in folder.iterdir()} == {
        "faces.safetensors",
        "faces.discriminator.safetensors",
        "faces.training.safetensors",
        "faces.sheet.png",
        "faces.metrics.csv",
    }
    generator = load_generator(folder / "faces.safetensors")
    assert generator.config.channels == (8, 8, 8)
    discriminator = load_discriminator(folder / "faces.safetensors")
    assert discriminator is not None
    assert discriminator.config.resolution == 16
    assert read_image(folder / "faces.sheet.png").shape == (16, 128, 3)
    (line,) = table(folder / "faces.metrics.csv")
    assert (line["kimg"], line["resolution"], line["samples"]) == ("0.040", "16", "4")
    assert float(line["frechet"]) > 0
    report = inspect_file(folder / "faces.safetensors")
    assert (report.name, report.card["images_seen"], report.card["licence"]) == ("faces", 40, "CC0")
    assert "35 pictures of faces.zip and their mirror images, 5 more held out" in report.card["origin"]
    assert "--kimg 8:0.016,16:0.024" in report.card["reproduce"]
    assert report.bytes < 2.5 * report.parameters + 10_000


def test_ctrl_c_saves_and_resuming_gives_the_same_domain(work, capsys, few_samples, monkeypatch):
    from ddsgui.training.adversarial.training import AdversarialTraining

    options = ["train", *BEGIN, "--kimg", "16:0.04", "--json"]
    assert main([*options, "--out", "whole.safetensors"]) == 0
    capsys.readouterr()
    steps = AdversarialTraining.steps

    def interrupted(self):
        for step in steps(self):
            if step.seen == 16:
                os.kill(os.getpid(), signal.SIGINT)
            yield step

    with monkeypatch.context() as patch:
        patch.setattr(AdversarialTraining, "steps", interrupted)
        assert main(options) == 130
    data = answer(capsys)
    assert (data["interrupted"], data["seen"]) == (True, 16)
    assert not (work / "new/faces.safetensors").exists()
    assert main(options) == 1
    assert "--resume" in capsys.readouterr().err
    (work / "faces.zip").rename(work / "moved.zip")
    again = ["train", "--resume", "--images", "moved.zip", "--out", "new/faces.safetensors", "--json"]
    assert main(again) == 0
    assert answer(capsys)["seen"] == 40
    resumed, uninterrupted = (load_generator(work / f"{name}.safetensors") for name in ("new/faces", "whole"))
    for a, b in zip(resumed.state_dict().values(), uninterrupted.state_dict().values(), strict=True):
        np.testing.assert_array_equal(a, b)
    # A finished training continues if more is asked for.
    assert main([*again, "--kimg", "16:0.056", "--set", "learning_rate=0.001"]) == 0
    assert answer(capsys)["seen"] == 56
    assert [line["kimg"] for line in table(work / "new/faces.metrics.csv")] == ["0.040", "0.056"]
    for option in ("--seed=3", "--resolution=32", "--hold-out=1", "--from=x"):
        assert main([*again, option]) == 1
        assert "Leave out" in capsys.readouterr().err


def test_training_saves_regularly_and_measures_when_that_is_cheap(work, few_samples, monkeypatch):
    from ddsgui.jobs import base_metrics
    from ddsgui.jobs.base_metrics import MetricsRow
    from ddsgui.jobs.base_training import BaseTrainingRun

    train, save, saves = BaseTrainingRun.train_steps, BaseTrainingRun.save_steps, []

    def recorded(self: BaseTrainingRun, measure: bool) -> Iterator[MetricsRow]:
        saves.append((self.training.seen, measure))
        yield from save(self, measure)

    monkeypatch.setattr(BaseTrainingRun, "save_steps", recorded)
    monkeypatch.setattr(BaseTrainingRun, "train_steps", lambda self, stop, every: train(self, stop, 0))
    monkeypatch.setattr(base_metrics, "ROW_INTERVAL_FACTOR", 1e9)
    assert main(["train", *BEGIN, "--kimg", "16:0.024"]) == 0
    # The first row is due at once, the next after 10⁹ times its cost, and one at the end.
    assert saves == [(8, True), (16, False), (24, False), (24, True)]
    assert [line["kimg"] for line in table(work / "new/faces.metrics.csv")] == ["0.008", "0.024"]


def test_a_domain_grows_into_a_larger_one(work, capsys, few_samples):
    small = ["--set=channels=[8,8,8]", "--set=discriminator_channels=[8,8,8]", *TINY[2:]]
    common = ["train", "--images", "faces.zip", "--json"]
    small_out, large_out = ["--out", "small.safetensors"], ["--out", "large.safetensors"]
    assert main([*common, *small_out, "--resolution", "16", "--kimg", "16:0.008", *small]) == 0
    grow = [*common, *large_out, "--resolution", "32", "--from", "small.safetensors", "--batch", "8"]
    assert main([*grow, "--kimg", "0.016"]) == 0
    assert load_generator(work / "large.safetensors").config.channels == (8, 8, 8, 64)
    capsys.readouterr()
    assert main([*grow, "--out", "x.safetensors", "--kimg", "8:1,16:1,32:1"]) == 1
    assert "must start at 16 and end at 32" in capsys.readouterr().err
    (work / "small.discriminator.safetensors").unlink()
    assert main([*grow, "--out", "x.safetensors"]) == 1
    assert "no discriminator" in capsys.readouterr().err


def test_a_training_continues_from_an_oblong_domain_in_its_shape(work, capsys, few_samples):
    generator = Generator(GeneratorConfig(16, 16, 16, 2, (8, 8, 8), unpadded_size=(8, 16), const_size=(2, 4)))
    frame = frame_of(generator.config, 0)
    assert frame is not None
    generator.synthesis.const.data = frame.cleared(generator.synthesis.const.data, WHOLE)
    generator.estimate_w_mean()
    save_generator(generator, work / "tall.safetensors", DomainMetadata("tall"))
    discriminator = Discriminator(DiscriminatorConfig(16, (8, 8, 8)))
    save_discriminator(discriminator, work / "tall.discriminator.safetensors")
    options = ["train", "--images", "faces.zip", "--resolution", "16", "--from", "tall.safetensors"]
    code = main([*options, "--kimg", "16:0.008", "--batch", "8", "--out", "new.safetensors", "--json"])
    assert code == 0, capsys.readouterr()
    trained = load_generator(work / "new.safetensors")
    assert trained.config.const_size == (2, 4) and trained.config.picture_size == (8, 16)
    outside = frame.cleared(trained.synthesis.const, WHOLE)
    assert (outside == trained.synthesis.const).all() and (
        trained.synthesis.const != generator.synthesis.const
    ).any()


@pytest.fixture
def landmarks(work):
    """The file points.csv, with all pictures but the last."""
    rng = np.random.default_rng(1)
    lines = [f"{i:02}.png," + ",".join(f"{x:.3f}" for x in rng.uniform(0.2, 0.8, 8)) for i in range(39)]
    (work / "points.csv").write_text("\n".join(["file,x0,y0,x1,y1,x2,y2,x3,y3", *lines]))
    return work / "points.csv"


def test_pictures_and_landmarks_become_a_domain_by_morphs(work, landmarks, capsys, few_samples):
    options = ["train", *BEGIN, *MORPHS, "--landmarks", "points.csv", "--kimg", "8:0.016,16:0.024"]
    assert main([*options, "--hold-out", "5", "--json"]) == 0
    data = answer(capsys)
    assert (data["seen"], data["resolution"]) == (48, 16)
    assert data["pictures"] in (34, 35)  # the picture without points may be held out
    folder = work / "new"
    assert load_generator(folder / "faces.safetensors").config.channels == (8, 8, 8)
    discriminator = load_discriminator(folder / "faces.safetensors")
    assert discriminator is not None
    assert discriminator.config.filter == "box"
    assert read_image(folder / "faces.sheet.png").shape == (16, 128, 3)
    (line,) = table(folder / "faces.metrics.csv")
    assert (line["kimg"], line["resolution"]) == ("0.048", "16")
    assert float(line["frechet"]) > 0
    assert float(line["pixels"]) > 0
    card = inspect_file(folder / "faces.safetensors").card
    assert "by regression on them and on their morphs, 5 more held out" in card["origin"]
    for words in ("--method morphs --kimg 8:0.016,16:0.024 ", "--set judge=0.008", "--landmarks points.csv"):
        assert words in card["reproduce"]


def test_an_interrupted_training_by_morphs_resumes_and_gives_the_same_domain(
    work, landmarks, capsys, few_samples, monkeypatch
):
    from ddsgui.training.morphs.training import MorphTraining

    options = ["train", *BEGIN, *MORPHS, "--landmarks", "points.csv", "--kimg", "16:0.024"]
    assert main([*options, "--out", "whole.safetensors"]) == 0
    steps = MorphTraining.steps

    def interrupted(self):
        for step in steps(self):
            if step.seen == 16:
                os.kill(os.getpid(), signal.SIGINT)
            yield step

    with monkeypatch.context() as patch:
        patch.setattr(MorphTraining, "steps", interrupted)
        assert main(options) == 130
    resume = ["train", "--out", "new/faces.safetensors", "--resume"]
    capsys.readouterr()
    for wrong, sentence in (
        (["--method", "gan"], "Leave out --method"),
        (["--from", "portrait"], "--method gan"),
        (["--resolution", "32"], "Leave out --resolution"),
    ):
        assert main([*resume, *wrong]) == 1
        assert sentence in capsys.readouterr().err
    landmarks.rename(work / "moved.csv")
    assert main(resume) == 1
    assert "no file of landmarks" in capsys.readouterr().err
    assert main([*resume, "--landmarks", "moved.csv"]) == 0
    pictures = [load_generator(path).state_dict() for path in ("whole.safetensors", "new/faces.safetensors")]
    assert all(torch.equal(pictures[0][key], pictures[1][key]) for key in pictures[0])


def test_minutes_are_given_in_total_or_by_side():
    lengths = train_options.lengths_of("32:5,64:25,128:30", "minutes", 128)
    assert lengths == StageLengths((Stage(32, 5), Stage(64, 25), Stage(128, 30)), 42, 3)
    lengths = train_options.lengths_of("42", "minutes", 64)
    every = [*(stage.length for stage in lengths.stages), lengths.sharpen, lengths.discriminator]
    assert sum(every) == pytest.approx(42, abs=0.01)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--resolution 16 --images faces.zip --minutes 5", "--method morphs"),
        ("--resolution 16 --images faces.zip --landmarks points.csv", "--method morphs"),
        ("--resolution 16 --images faces.zip --method morphs --encoder", "--method gan"),
        ("--resolution 16 --images faces.zip --method morphs --minutes soon", "not soon"),
        ("--resolution 16 --images faces.zip --method morphs --minutes -1", "must be between"),
        ("--resolution 16 --images faces.zip --method morphs --minutes 8:1", "must end at 16"),
        ("--resolution 16 --images faces.zip --method morphs --set unit=1", "There is no setting unit"),
        ("--resolution 16 --images faces.zip --method morphs --landmarks no.csv", "no file of landmarks"),
        ("--resolution 16 --images faces.zip --method morphs --landmarks faces.zip", "holds no landmarks"),
        ("--resolution 16 --images few.zip --method morphs", "3 pictures are too few"),
        ("--resolution 100 --images faces.zip", "nearest is 128"),
        ("--resolution 16 --images gone", "There is no folder or zip gone"),
        ("--resolution 16", "--images"),
        ("--resolution 16 --images few.zip", "3 pictures are too few"),
        ("--resolution 16 --images broken.zip", "no pictures in broken.zip"),
        ("--resolution 16 --images faces.zip --hold-out 40", "cannot be held out"),
        ("--resolution 16 --images faces.zip --kimg lots", "not lots"),
        ("--resolution 16 --images faces.zip --kimg 16:1,32:1", "must end at 16"),
        ("--resolution 16 --images faces.zip --kimg -1", "must be between"),
        ("--resolution 16 --images faces.zip --batch 1", "batch must be between 2"),
        ("--resolution 16 --images faces.zip --set nothing=1", "There is no setting nothing"),
        ("--resolution 16 --images faces.zip --set r1=much", "needs a number"),
        ("--resolution 16 --images faces.zip --every 0", "Give 0.01"),
        ("--resolution 16 --images faces.zip --out new/faces.pt", "must end in .safetensors"),
        ("--resolution 16 --images faces.zip --out few.zip/faces.safetensors", "cannot be written"),
        ("--resolution 16 --images faces.zip --from nosuch", "There is no domain nosuch"),
        ("--resume", "There is no saved training"),
    ],
)
def test_wrong_options_get_one_sentence(work, capsys, options, sentence):
    for name, content in {"few": {f"{i}.png": None for i in range(3)}, "broken": {"no.png": b"x"}}.items():
        with zipfile.ZipFile(work / f"{name}.zip", "w") as archive:
            for member, data in content.items():
                archive.writestr(member, data or encode_png(np.zeros((16, 16, 3), np.uint8)))
    out = [] if "--out" in options else ["--out", "new/faces.safetensors"]
    assert main(["train", *options.split(), *out]) == 1
    printed = capsys.readouterr().err
    assert sentence in printed
    assert printed.count("\n") == 1
    assert not (work / "new").exists()


def test_a_full_disk_ends_it_in_a_sentence(work, capsys, few_samples, monkeypatch):
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert main(["train", *BEGIN, "--kimg", "16:0.008"]) == 1
    printed = capsys.readouterr().err
    assert "the disk is full" in printed
    assert printed.count("\n") == 1


def test_kimg_is_given_by_side_or_in_total():
    assert train_options.stages_of("16:50,32:40", 32) == (Stage(16, 50), Stage(32, 40))
    assert [stage.side for stage in train_options.stages_of("300", 128)] == [16, 32, 64, 128]
    assert [stage.side for stage in train_options.stages_of("300", 128, 64)] == [64, 128]
    with pytest.raises(TrainingError):
        train_options.stages_of("16:50", 32)
