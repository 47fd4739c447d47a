"""ddsgui inspect and ddsgui convert."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from ddsgui.checkpoints.checkpoint import discriminator_path, load_discriminator, load_generator
from ddsgui.cli import main
from ddsgui.library import conversion
from ddsgui.synthesis.sampling import picture


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
    assert "  origin: random weights, number 0" in lines


@pytest.mark.parametrize("verb", [("inspect",), ("convert", "--out", "new.safetensors")])
def test_a_file_that_is_not_a_model_is_reported(library, tmp_path, monkeypatch, capsys, verb):
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
    assert (report["card"], report["title"]) == ({"origin": "random weights, number 0"}, "One")


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
    monkeypatch.setattr(conversion, "draw_alike", lambda before, after: False)
    assert main(["convert", str(old), "--out", str(new)]) == 1
    assert "different picture" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_different_generators_are_told_apart(library):
    first, second = (
        picture(load_generator(library / f"domains/{name}.safetensors"), 0, 0.7) for name in ("one", "two")
    )
    assert conversion.draw_alike(first, first)
    assert not conversion.draw_alike(first, second)


GOLDEN = Path(__file__).parents[1] / "checkpoints/golden"


@pytest.mark.parametrize(
    ("name", "layout", "also"),
    [
        ("rosinality.pt", "rosinality", "g_optim"),
        ("nvlabs_stylegan2_ada.pkl", "NVLabs PyTorch", "D"),
        ("tensorflow_stylegan2.pkl", "NVLabs TensorFlow", "D"),
    ],
)
def test_a_foreign_file_is_described_and_converted(home, tmp_path, capsys, name, layout, also):
    assert main(["inspect", str(GOLDEN / name)]) == 0
    text = capsys.readouterr().out
    assert f"format: {layout}" in text
    assert "  resolution: 32 × 32 px\n  width: 32 at 4, " in text
    assert "  mapping depth: 3 layers, from 64 to 64 numbers\n" in text
    assert also in next(line for line in text.splitlines() if line.startswith("also inside: "))
    assert "no known domain" in text
    new = tmp_path / "new.safetensors"
    assert main(["convert", str(GOLDEN / name), "--out", str(new)]) == 0
    ws = torch.randn(1, 8, 64)
    with torch.no_grad():
        torch.testing.assert_close(
            load_generator(new).synthesis(ws), load_generator(GOLDEN / name).synthesis(ws)
        )


def test_a_crop_is_converted_and_reported(home, tmp_path, capsys):
    new = tmp_path / "new.safetensors"
    assert main(["convert", str(GOLDEN / "rosinality.pt"), "--out", str(new), "--crop", "32x24"]) == 0
    main(["inspect", str(new)])
    assert "  picture: 32 × 24 px, in the middle\n" in capsys.readouterr().out
    assert main(["convert", str(GOLDEN / "rosinality.pt"), "--out", str(new), "--crop", "64x24"]) == 1
    assert "64 × 24" in capsys.readouterr().err


def test_a_domain_is_inspected_with_its_relatives(library, capsys):
    assert main(["inspect", "one", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["family"] == ["large", "two"]
    assert main(["inspect", "one"]) == 0
    assert "shares its latent space with: large, two\n" in capsys.readouterr().out


def test_a_discriminator_goes_with_its_domain(library, tmp_path, capsys):
    from ddsgui.checkpoints.checkpoint import save_discriminator
    from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig

    old, new = tmp_path / "old.safetensors", tmp_path / "new.safetensors"
    old.write_bytes((library / "domains/one.safetensors").read_bytes())
    save_discriminator(Discriminator(DiscriminatorConfig(16, (8, 8, 8), "box")), discriminator_path(old))
    assert main(["convert", str(old), "--out", str(new)]) == 0
    assert "new.discriminator.safetensors" in capsys.readouterr().out
    assert load_discriminator(new) is not None


def test_a_part_is_not_converted(library, tmp_path, capsys):
    new = tmp_path / "new.safetensors"
    assert main(["convert", str(library / "parts/spot.safetensors"), "--out", str(new)]) == 1
    assert "spot.safetensors is a part, not a domain" in capsys.readouterr().err


def test_a_full_disk_is_reported_and_leaves_nothing(library, tmp_path, monkeypatch, capsys):
    opened = Path.open

    def full(self: Path, mode: str = "r", *others):
        if "w" not in mode:
            return opened(self, mode, *others)
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    old, new = library / "domains/one.safetensors", tmp_path / "deep/new.safetensors"
    assert main(["convert", str(old), "--out", str(new)]) == 1
    assert "the disk is full" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_converted_file_must_have_the_right_ending(library, tmp_path, capsys):
    assert main(["convert", str(library / "domains/one.safetensors"), "--out", str(tmp_path / "a.pt")]) == 1
    assert "must end in .safetensors" in capsys.readouterr().err
