"""ddsgui inspect and ddsgui convert."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from ddsgui.cli import main
from ddsgui.commands import convert
from ddsgui.gan.checkpoint import load_generator


def test_a_domain_is_inspected_by_name_and_by_path(library, capsys):
    assert main(["inspect", "one", "--json"]) == 0
    by_name = json.loads(capsys.readouterr().out)
    assert main(["inspect", str(library / "domains/one.safetensors"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == by_name
    assert (by_name["kind"], by_name["name"], by_name["configuration"]["resolution"]) == ("domain", "one", 16)


def test_a_part_is_inspected_by_name(library, capsys):
    assert main(["inspect", "spot"]) == 0
    text = capsys.readouterr().out
    assert "kind: part\n" in text
    assert "  classes: spot\n" in text


def test_a_report_has_no_empty_lines(library, capsys):
    main(["inspect", "one"])
    lines = capsys.readouterr().out.splitlines()
    assert all(line.strip() and not line.endswith((": ", ": None")) for line in lines)
    assert "  origin: drawn by lot, number 0" in lines


@pytest.mark.parametrize("verb", [("inspect",), ("convert", "--out", "new.safetensors")])
def test_what_is_no_model_is_told(library, tmp_path, monkeypatch, capsys, verb):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.pt").write_text("hello")
    for name in ("notes.pt", "gone.pt"):
        assert main([*verb, name]) == 1
        printed = capsys.readouterr().err
        assert name in printed
        assert printed.count("\n") == 1
    assert not (tmp_path / "new.safetensors").exists()


def test_a_converted_domain_draws_the_same(library, tmp_path, capsys):
    old, new = library / "domains/one.safetensors", tmp_path / "deep/new.safetensors"
    assert main(["convert", str(old), "--out", str(new), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "one"
    ws = torch.randn(1, 6, 8)
    with torch.no_grad():
        torch.testing.assert_close(load_generator(new).synthesis(ws), load_generator(old).synthesis(ws))
    main(["inspect", str(new), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert (report["card"], report["title"]) == ({"origin": "drawn by lot, number 0"}, "One")


def test_a_converted_domain_may_be_named(library, tmp_path, capsys):
    old, new = library / "domains/one.safetensors", tmp_path / "new.safetensors"
    assert main(["convert", str(old), "--name", "uno", "--title", "Uno", "--out", str(new), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "uno"
    main(["inspect", str(new), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert (report["name"], report["title"]) == ("uno", "Uno")


def test_a_file_that_draws_differently_never_gets_its_name(library, tmp_path, monkeypatch, capsys):
    new = tmp_path / "new.safetensors"
    old = library / "domains/one.safetensors"
    monkeypatch.setattr(convert, "draw_alike", lambda one, other: False)
    assert main(["convert", str(old), "--out", str(new)]) == 1
    assert "draws another picture" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_different_generators_are_told_apart(library):
    one, two = (load_generator(library / f"domains/{name}.safetensors") for name in ("one", "two"))
    assert convert.draw_alike(one, one)
    assert not convert.draw_alike(one, two)


def test_a_full_disk_is_told_and_leaves_nothing(library, tmp_path, monkeypatch, capsys):
    def full(self: Path, content: bytes) -> int:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    old, new = library / "domains/one.safetensors", tmp_path / "deep/new.safetensors"
    assert main(["convert", str(old), "--out", str(new)]) == 1
    assert "the disk is full" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_converted_file_must_be_named_so_that_it_is_found(library, tmp_path, capsys):
    assert main(["convert", str(library / "domains/one.safetensors"), "--out", str(tmp_path / "a.pt")]) == 1
    assert "must end in .safetensors" in capsys.readouterr().err
