import argparse
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from ddsgui.errors import CheckpointError
from ddsgui.gan.checkpoint import DomainMetadata, inspect_file, load_generator, save_generator
from ddsgui.gan.generator import Generator, GeneratorConfig

GOLDEN = Path(__file__).parent / "golden"
EXPECTED = np.load(GOLDEN / "rosinality_expected.npz")
LAYOUTS = ["rosinality.pt", "rosinality_dataparallel.pt"]


def golden_state() -> dict[str, torch.Tensor]:
    with torch.serialization.safe_globals([argparse.Namespace]):
        return torch.load(GOLDEN / "rosinality.pt", weights_only=True)["g_ema"]


def assert_close(ours: torch.Tensor, name: str) -> None:
    np.testing.assert_allclose(ours.numpy(), EXPECTED[name], rtol=0, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_golden_files_give_the_original_programs_outputs(layout: str) -> None:
    g = load_generator(GOLDEN / layout)
    z = torch.from_numpy(EXPECTED["z"])
    w = g.mapping(z)
    assert_close(w, "w")
    image, features = g.synthesis.with_features(g.broadcast(w))
    assert_close(image, "image")
    for i, feature in enumerate(features):
        assert_close(feature, f"feature_{i}")
    assert f"feature_{len(features)}" not in EXPECTED
    g.w_mean.copy_(torch.from_numpy(EXPECTED["w_mean"]))
    assert_close(g.synthesis(g.broadcast(g.truncate(w, 0.7))), "image_truncated_0_7")


def test_the_estimated_mean_is_near_the_golden_one_and_always_the_same() -> None:
    first, second = (load_generator(GOLDEN / "rosinality.pt").w_mean for _ in range(2))
    assert torch.equal(first, second)
    # The golden mean is itself an estimate from some hundred samples.
    assert np.abs(first.numpy() - EXPECTED["w_mean"]).mean() < 0.05


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"g_ema": s}, lambda s: {"g": s, "d": {}}])
def test_every_variant_of_the_layout_is_found(tmp_path: Path, wrap) -> None:
    torch.save(wrap(golden_state()), tmp_path / "x.bin")
    assert load_generator(tmp_path / "x.bin").config.resolution == 32


def test_a_file_without_noise_pictures_gets_the_same_ones_each_time(tmp_path: Path) -> None:
    torch.save({k: v for k, v in golden_state().items() if "noises" not in k}, tmp_path / "old.pt")
    first, second = (load_generator(tmp_path / "old.pt") for _ in range(2))
    w = first.broadcast(first.w_mean)
    assert torch.equal(first.synthesis(w), second.synthesis(w))


def test_a_mean_beside_the_generator_is_used(tmp_path: Path) -> None:
    torch.save({"g_ema": golden_state(), "latent_avg": torch.full((64,), 3.0)}, tmp_path / "x.pt")
    assert torch.equal(load_generator(tmp_path / "x.pt").w_mean, torch.full((1, 64), 3.0))


def test_a_loaded_domain_does_not_hang_on_its_file(tmp_path: Path) -> None:
    path = tmp_path / "d.safetensors"
    save_generator(load_generator(GOLDEN / "rosinality.pt"), path, DomainMetadata("d"))
    g = load_generator(path)
    w = g.mapping(torch.from_numpy(EXPECTED["z"]))
    path.write_bytes(bytes(path.stat().st_size))
    assert torch.equal(g.mapping(torch.from_numpy(EXPECTED["z"])), w)


def test_native_round_trip_gives_the_same_picture(tmp_path: Path) -> None:
    g = load_generator(GOLDEN / "rosinality.pt")
    save_generator(g, tmp_path / "d.safetensors", DomainMetadata("d", card={"licence": "MIT"}))
    again = load_generator(tmp_path / "d.safetensors")
    w = g.broadcast(g.mapping(torch.from_numpy(EXPECTED["z"])))
    assert torch.equal(g.synthesis(w), again.synthesis(w))
    report = inspect_file(tmp_path / "d.safetensors").as_dict()
    assert report["format"] == "ddsgui native"
    assert report["configuration"] == json.loads(json.dumps(g.config.as_dict()))
    assert report["card"] == {"licence": "MIT"}


def test_half_precision_stays_within_a_grey_level(tmp_path: Path) -> None:
    g = load_generator(GOLDEN / "rosinality.pt")
    save_generator(g, tmp_path / "d.safetensors", DomainMetadata("d"), half=True)
    again = load_generator(tmp_path / "d.safetensors")
    w = g.broadcast(g.mapping(torch.from_numpy(EXPECTED["z"])))
    assert all(p.dtype == torch.float32 for p in again.parameters())
    assert (g.synthesis(w) - again.synthesis(w)).abs().max() < 0.05


def test_loaded_weights_are_frozen() -> None:
    g = load_generator(GOLDEN / "rosinality.pt")
    assert not g.training
    assert not any(p.requires_grad for p in g.parameters())


def test_inspect_tells_what_else_is_inside() -> None:
    report = inspect_file(GOLDEN / "rosinality.pt")
    assert report.format == "rosinality"
    assert {"d", "args", "d_optim"} <= set(report.also_inside)


class Evil:
    def __reduce__(self):
        return (Path.touch, (Path("/tmp/ddsgui-was-here"),))


def broken_files(folder: Path) -> dict[str, tuple[Path, str]]:
    state = golden_state()
    whole = (GOLDEN / "rosinality.pt").read_bytes()
    save_generator(load_generator(GOLDEN / "rosinality.pt"), folder / "ok.safetensors", DomainMetadata("ok"))
    native = (folder / "ok.safetensors").read_bytes()
    cases: dict[str, tuple[bytes | dict, str]] = {
        "empty": (b"", "empty"),
        "text": (b"hello, this is a text file", "not a model file"),
        "half": (whole[: len(whole) // 2], "breaks off before its end"),
        "native-half": (native[: len(native) // 2], "breaks off after"),
        "pickle": (b"\x80\x04cos\nsystem\n.", "reaches for os.system"),
        "lacks": ({k: v for k, v in state.items() if "convs.2.conv.weight" not in k}, "generator"),
        "extra": (state | {"attention.weight": torch.zeros(3)}, "attention.weight"),
        "shape": (state | {"convs.2.conv.modulation.bias": torch.zeros(5)}, "affine.bias"),
        "nan": (state | {"input.input": state["input.input"] * float("nan")}, "not finite"),
        "filter": (state | {"convs.0.conv.blur.kernel": torch.ones(4, 4)}, "filter"),
        "scalar": (state | {"style.1.weight": torch.tensor(1.0)}, "do not make"),
        "flat": (state | {"conv1.conv.weight": torch.zeros(0, 3, 3, 3, 3)}, "do not make"),
        "claims": (state | {"style.1.weight": torch.zeros(1, 1).expand(90_000, 90_000)}, "damaged"),
        "whole-numbers": (state | {"style.1.bias": torch.zeros(64, dtype=torch.int32)}, "plain array"),
        "no-generator": ({"model": {"a": torch.zeros(2)}}, "no StyleGAN2 generator"),
        "other-net": ({"fc.weight": torch.zeros(2)}, "no StyleGAN2 generator in it; it holds fc.weight"),
        "evil": ({"g_ema": Evil()}, "run code"),
    }
    made = {}
    for name, (content, sentence) in cases.items():
        path = folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            torch.save(content, path)
        made[name] = (path, sentence)
    return made


def test_bad_files_get_one_sentence_each(tmp_path: Path) -> None:
    for name, (path, words) in broken_files(tmp_path).items():
        with pytest.raises(CheckpointError, match=words) as caught:
            load_generator(path)
        assert "\n" not in str(caught.value), name
    assert not Path("/tmp/ddsgui-was-here").exists()
    for act in (load_generator, inspect_file):
        with pytest.raises(CheckpointError, match="no file"):
            act(tmp_path / "nowhere.pt")
        with pytest.raises(CheckpointError, match="cannot be read"):
            act(tmp_path)


def test_a_part_or_a_newer_file_is_no_domain(tmp_path: Path) -> None:
    g = Generator(GeneratorConfig(8, 8, 8, 1, (8, 8)))
    save_generator(g, tmp_path / "d.safetensors", DomainMetadata("d"))
    tensors = load_file(tmp_path / "d.safetensors")
    for document, words in [
        ({"kind": "part"}, "part"),
        ({"kind": "domain", "format": 9}, "newer"),
        ({}, "no StyleGAN2 generator"),
    ]:
        save_file(tensors, tmp_path / "x.safetensors", metadata={"ddsgui": json.dumps(document)})
        with pytest.raises(CheckpointError, match=words):
            load_generator(tmp_path / "x.safetensors")
