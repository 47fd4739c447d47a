import argparse
import json
import types
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from ddsgui.checkpoints.checkpoint import (
    DomainMetadata,
    inspect_file,
    load_generator,
    read_generator,
    save_generator,
)
from ddsgui.errors import CheckpointError
from ddsgui.stylegan.generator import Generator, GeneratorConfig

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


def prefixed(state: dict, prefix: str) -> dict:
    return {prefix + key: value for key, value in state.items()}


OTHER = {key: value * 0 for key, value in golden_state().items() if not key.endswith("kernel")}
WRAPPINGS = {  # state dict of the average -> content of a file
    "bare": lambda s: s,
    "only g_ema": lambda s: {"g_ema": s},
    "training state": lambda s: {
        "g": OTHER,
        "d": {},
        "g_ema": s,
        "g_optim": {"state": {}},
        "args": {"size": 32},
    },
    "no average": lambda s: {"g": s, "d": {}},
    "parallel": lambda s: {"g": prefixed(OTHER, "module."), "g_ema": prefixed(s, "module.")},
    "ema": lambda s: {"generator": OTHER, "ema": s},
    "G_ema": lambda s: {"G": OTHER, "G_ema": s},
    "params_ema": lambda s: {"params": OTHER, "params_ema": s},
    "generator_ema": lambda s: {"generator": OTHER, "generator_ema": s, "iteration": 7},
    "lightning": lambda s: {
        "state_dict": prefixed(OTHER, "generator.")
        | prefixed(s, "g_ema.")
        | {"loss.weight": OTHER["style.1.bias"]},
        "epoch": 3,
        "hyper_parameters": {"lr": 0.1},
    },
    "lightning, no average": lambda s: {"state_dict": prefixed(s, "generator.")},
    **{
        name: lambda s, name=name: {"g": OTHER, name: s}
        for name in ("g_running", "Gs", "g_ma", "netG_shadow")
    },
    "averaged model": lambda s: {
        "model": prefixed(OTHER, "online_model.") | prefixed(s, "ema_model.module.")
    },
    "compiled": lambda s: {"g_ema": prefixed(s, "_orig_mod.")},
    "decoder of pSp": lambda s: {
        "state_dict": prefixed(s, "decoder.") | {"encoder.input_layer.0.weight": OTHER["style.1.bias"]},
        "latent_avg": torch.ones(8, 64),
    },
}


@pytest.mark.parametrize("kind", WRAPPINGS)
@pytest.mark.parametrize("zipped", [True, False])
def test_every_variant_of_the_layout_is_found(kind: str, zipped: bool, tmp_path: Path) -> None:
    content = WRAPPINGS[kind](golden_state())
    torch.save(content, tmp_path / "x.bin", _use_new_zipfile_serialization=zipped)
    g = load_generator(tmp_path / "x.bin")
    assert_close(g.mapping(torch.from_numpy(EXPECTED["z"])), "w")
    assert g.config.as_dict()["channels"] == [32, 32, 24, 16]
    if kind == "decoder of pSp":
        assert torch.equal(g.w_mean, torch.ones(1, 64))


def test_other_content_of_the_file_is_listed(tmp_path: Path) -> None:
    for kind, names in {
        "training state": ("g", "d", "g_optim", "args"),
        "lightning": ("generator", "loss", "epoch", "hyper_parameters"),
        "decoder of pSp": ("encoder",),
        "bare": (),
    }.items():
        torch.save(WRAPPINGS[kind](golden_state()), tmp_path / "x.pt")
        assert inspect_file(tmp_path / "x.pt").also_inside == names


def test_the_name_of_the_network_that_is_read_is_reported(tmp_path: Path) -> None:
    for kind, name in {
        "training state": "g_ema",
        "no average": "g",
        "netG_shadow": "netG_shadow",
        "bare": "",
    }.items():
        torch.save(WRAPPINGS[kind](golden_state()), tmp_path / "x.pt")
        assert inspect_file(tmp_path / "x.pt").network == name


class Module:
    """A network of another program, pickled with its class."""

    def __init__(self) -> None:
        self.weight = torch.ones(2)


LAYER = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.GELU())


@pytest.mark.parametrize("zipped", [True, False])
def test_strays_next_to_the_generator_do_not_matter(zipped: bool, tmp_path: Path) -> None:
    strays = {"args": types.SimpleNamespace(when=datetime(2026, 1, 1)), "D": Module(), "eps": np.str_("a")}
    content = {
        **strays,
        "g_ema": golden_state(),
        "small": torch.ones(2).to(torch.float8_e4m3fn),
        "layer": LAYER,
    }
    torch.save(content, tmp_path / "x.pt", _use_new_zipfile_serialization=zipped)
    assert_close(load_generator(tmp_path / "x.pt").mapping(torch.from_numpy(EXPECTED["z"])), "w")


def test_a_generator_that_needs_the_class_of_another_program_is_refused_by_its_name(tmp_path: Path) -> None:
    torch.save({"g_ema": Module()}, tmp_path / "x.pt")
    with pytest.raises(CheckpointError, match=r"run code .*test_checkpoint\.Module"):
        load_generator(tmp_path / "x.pt")


@pytest.mark.parametrize("with_noise", [True, False])
@pytest.mark.parametrize(("height", "width"), [(4, 2), (3, 5)])
def test_generators_may_begin_with_a_constant_of_any_size(
    height: int, width: int, with_noise: bool, tmp_path: Path
) -> None:
    state = golden_state()
    state["input.input"] = torch.randn(1, state["input.input"].shape[1], height, width)
    for key in [key for key in state if key.startswith("noises.")]:
        level = (int(key.rpartition("_")[2]) + 1) // 2
        state[key] = torch.randn(1, 1, height << level, width << level)
        if not with_noise:
            del state[key]
    torch.save({"g_ema": state}, tmp_path / "x.pt")
    g = load_generator(tmp_path / "x.pt")
    assert g.config.picture_size == (8 * width, 8 * height)
    save_generator(g, tmp_path / "x.safetensors", DomainMetadata("x"))
    ws = g.broadcast(g.w_mean)
    assert torch.equal(load_generator(tmp_path / "x.safetensors").synthesis(ws), g.synthesis(ws))


@pytest.mark.parametrize("prefix", ["", "module.", "g_ema."])
def test_safetensors_with_rosinalitys_names(prefix: str, tmp_path: Path) -> None:
    save_file(prefixed(golden_state(), prefix), tmp_path / "x.safetensors")
    assert_close(load_generator(tmp_path / "x.safetensors").mapping(torch.from_numpy(EXPECTED["z"])), "w")
    assert inspect_file(tmp_path / "x.safetensors").format == "safetensors, rosinality's names"


@pytest.mark.parametrize("resolution", [8, 64, 256])
@pytest.mark.parametrize("width", [4, 12])
def test_sizes_and_widths_are_read_off_the_shapes(resolution: int, width: int, tmp_path: Path) -> None:
    channels = tuple(width - i % 3 for i in range(resolution.bit_length() - 2))
    g = Generator(GeneratorConfig(resolution, 6, 8, 2, channels)).freeze()
    own = {
        "const": "input.input",
        "conv.affine": "conv.modulation",
        "noise_strength": "noise.weight",
    }
    state = {}
    for key, value in g.state_dict().items():
        parts = key.split(".")
        if parts[0] == "mapping":
            name = f"style.{int(parts[2]) + 1}.{parts[3]}"
        elif key in ("w_mean", "synthesis.const"):
            name = {"w_mean": "latent_avg"}.get(key, own["const"])
        else:
            first, more = ("conv1", "convs") if parts[1] == "layers" else ("to_rgb1", "to_rgbs")
            index, rest = int(parts[2]), ".".join(parts[3:])
            if rest == "noise_const":
                name = f"noises.noise_{index}"
            else:
                rest = "activate.bias" if rest == "bias" and first == "conv1" else rest
                for ours, theirs in own.items():
                    rest = rest.replace(ours, theirs)
                name = f"{more}.{index - 1}.{rest}" if index else f"{first}.{rest}"
            value = value[None] if rest == "conv.weight" else value
        state[name] = value.contiguous()
    torch.save({"g_ema": state}, tmp_path / "x.pt")
    again = load_generator(tmp_path / "x.pt")
    assert again.config == g.config
    z = torch.randn(1, 6)
    w = g.broadcast(g.mapping(z))
    assert torch.equal(again.synthesis(w), g.synthesis(w))


def test_a_class_is_needed_to_draw_but_not_to_read(tmp_path: Path) -> None:
    save_generator(
        Generator(GeneratorConfig(8, 4, 4, 1, (4, 4), classes=3)), tmp_path / "c.st", DomainMetadata("c")
    )
    assert inspect_file(tmp_path / "c.st").configuration["classes"] == 3
    assert read_generator(tmp_path / "c.st").class_index is None
    assert load_generator(tmp_path / "c.st", class_index=2).class_index == 2
    for index, words in ((None, "draws 3 classes"), (3, "no class 3"), (-1, "no class -1")):
        with pytest.raises(CheckpointError, match=words):
            load_generator(tmp_path / "c.st", class_index=index)
    with pytest.raises(CheckpointError, match="draws no classes"):
        load_generator(GOLDEN / "rosinality.pt", class_index=0)


def test_a_file_without_noise_pictures_gets_the_same_ones_each_time(tmp_path: Path) -> None:
    torch.save({k: v for k, v in golden_state().items() if "noises" not in k}, tmp_path / "old.pt")
    first, second = (load_generator(tmp_path / "old.pt") for _ in range(2))
    w = first.broadcast(first.w_mean)
    assert torch.equal(first.synthesis(w), second.synthesis(w))


def test_a_mean_next_to_the_generator_is_used(tmp_path: Path) -> None:
    torch.save({"g_ema": golden_state(), "latent_avg": torch.full((64,), 3.0)}, tmp_path / "x.pt")
    assert torch.equal(load_generator(tmp_path / "x.pt").w_mean, torch.full((1, 64), 3.0))


def test_a_loaded_domain_does_not_depend_on_its_file(tmp_path: Path) -> None:
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


def test_inspect_lists_other_content_of_the_file() -> None:
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
        "half": (whole[: len(whole) // 2], "ends too early"),
        "native-half": (native[: len(native) // 2], "ends after"),
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
    files = {}
    for name, (content, sentence) in cases.items():
        path = folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            torch.save(content, path)
        files[name] = (path, sentence)
    return files


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


def test_a_native_file_with_a_foreign_description_or_tensor_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    save_generator(Generator(GeneratorConfig(8, 4, 4, 1, (4, 4))), path, DomainMetadata("mine"))
    tensors = load_file(path)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    save_file(tensors | {"synthesis.extra": torch.zeros(1)}, path, metadata)
    with pytest.raises(CheckpointError, match=r"^mine\.safetensors .*synthesis\.extra"):
        read_generator(path)
    save_file(tensors, path, {"ddsgui": json.dumps(["nothing", "of", "this"])})
    with pytest.raises(CheckpointError, match=r"^mine\.safetensors .*readable"):
        read_generator(path)


def test_a_part_or_a_newer_file_is_refused_as_a_domain(tmp_path: Path) -> None:
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
