"""What ships with ddsgui, as an artist meets it: no option, no file of one's own."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np

from ddsgui import doctor
from ddsgui.cli import main
from ddsgui.images import read_image, read_mask
from ddsgui.synthesis.settings import DEFAULT_PRESET, PRESETS


def test_without_any_option_the_bundled_pair_is_mixed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    quick = replace(PRESETS[DEFAULT_PRESET], iterations=25)
    monkeypatch.setitem(PRESETS, DEFAULT_PRESET, quick)
    assert main(["mix", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    out = tmp_path / "ddsgui-out"
    assert {path.name for path in out.iterdir()} == set(told["files"])
    with (out / "losses.csv").open(newline="") as file:
        losses = [float(row["total"]) for row in csv.DictReader(file)]
    assert losses[-1] < 0.7 * losses[0]
    source, target, result = (
        read_image(out / f"{n}.png").astype(int) for n in ("source", "target", "result")
    )
    assert np.abs(source - target).mean() > 5  # two domains, not one
    assert result.std() > 20
    for name in ("source_mask.png", "target_mask.png"):
        assert 0.02 < (read_mask(out / name) > 0).mean() < 0.5


def test_every_bundled_part_is_found_in_both_domains(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for part in ("eyes-nose-mouth", "hair"):
        for domain in ("portrait", "caricature"):
            out = tmp_path / part / domain
            apply = ["segment", "apply", "--part", part, "--domain", domain, "--seeds", "0,1,2"]
            assert main([*apply, "--out", str(out)]) == 0
            shares = [(read_mask(path) > 0).mean() for path in out.glob("*-mask.png")]
            assert len(shares) == 3
            assert all(0.02 < share < 0.6 for share in shares)


def test_doctor_finds_all_that_ships_in_order():
    states = {check.name: check.state for check in doctor.models()}
    assert states == dict.fromkeys(
        ("bundled domains", "your domains", "bundled parts", "your parts", "backbone"), "ok"
    )
