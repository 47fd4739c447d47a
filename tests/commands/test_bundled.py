"""The bundled domains and parts, used without any option or file."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ddsgui import doctor
from ddsgui.checkpoints.checkpoint import inspect_file, load_discriminator
from ddsgui.checkpoints.hashing import file_sha256
from ddsgui.cli import main
from ddsgui.images import read_grey, read_image
from ddsgui.library.library import Library
from ddsgui.synthesis.settings import DEFAULT_PRESET, PRESETS

DOMAINS = ("portrait", "caricature", "engraving", "pop-art", "watercolour")
PARTS = ("eyes-nose-mouth", "hair", "glasses-and-brows", "mouth-and-jaw", "background")


def test_without_any_option_the_bundled_pair_is_mixed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    quick = replace(PRESETS[DEFAULT_PRESET], iterations=6)
    monkeypatch.setitem(PRESETS, DEFAULT_PRESET, quick)
    assert main(["mix", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    out = tmp_path / "ddsgui-out"
    assert {path.name for path in out.iterdir()} == set(answer["files"])
    with (out / "losses.csv").open(newline="") as file:
        losses = [float(row["total"]) for row in csv.DictReader(file)]
    assert losses[-1] < 0.7 * losses[0]
    source, target, result = (
        read_image(out / f"{n}.png").astype(int) for n in ("source", "target", "result")
    )
    assert np.abs(source - target).mean() > 5  # two domains, not one
    assert result.std() > 20
    for name in ("source_mask.png", "target_mask.png"):
        assert 0.02 < (read_grey(out / name) > 0).mean() < 0.5


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("domain", DOMAINS)
def test_every_bundled_part_is_found_in_every_bundled_domain(part, domain, tmp_path):
    apply = ["segment", "apply", "--part", part, "--domain", domain, "--seeds", "0,1,2"]
    assert main([*apply, "--out", str(tmp_path)]) == 0
    shares = [(read_grey(path) > 0).mean() for path in tmp_path.glob("*-mask.png")]
    assert len(shares) == 3
    assert all(0.01 < share < 0.7 for share in shares)


def test_the_bundled_domains_are_one_family_of_small_files():
    library = Library()
    assert {entry.name for entry in library.domains() if entry.bundled} == {*DOMAINS, "emoji"}
    parent = file_sha256(library.domain("portrait"))
    for name in DOMAINS:
        path = library.domain(name)
        report = inspect_file(path)
        assert report.configuration["resolution"] == 128
        assert path.stat().st_size < 12e6
        assert report.card["licence"]
        assert report.parent == (None if name == "portrait" else parent)
    assert (
        load_discriminator(library.domain("portrait")) is not None
    )  # with which an adaptation begins at once


def test_the_second_family_is_mixed_with_a_part_for_each_domain(tmp_path: Path):
    pair = ["--source", "emoji", "--source-part", "emoji-eyes-nose-mouth", "--seed", "5"]
    pair += ["--target", "portrait", "--target-part", "eyes-nose-mouth", "--target-seed", "41"]
    assert main(["mix", "--preset", "live", *pair, "--out", str(tmp_path / "mix")]) == 0
    masks = [read_image(tmp_path / f"mix/{role}_mask.png") > 127 for role in ("source", "target")]
    assert all(0.02 < mask.mean() < 0.2 for mask in masks)


def test_doctor_finds_all_bundled_models_in_order():
    states = {check.name: check.state for check in doctor.models()}
    assert states == dict.fromkeys(
        ("bundled domains", "your domains", "bundled parts", "your parts", "backbone", "upscaler"), "ok"
    )
