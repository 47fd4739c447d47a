"""NVIDIA's PyTorch layout: the original program's outputs, and files that ddsgui cannot draw."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from ddsgui.checkpoints.checkpoint import DomainMetadata, load_generator, save_generator
from ddsgui.checkpoints.layouts.layout import Contents
from ddsgui.checkpoints.layouts.nvlabs_pytorch import LAYOUT, PersistentModule
from ddsgui.checkpoints.layouts.registry import find_generator, read_contents
from ddsgui.errors import CheckpointError
from ddsgui.stylegan.generator import Generator

GOLDEN = Path(__file__).parents[2] / "checkpoints/golden"
FILE = GOLDEN / "nvlabs_stylegan2_ada.pkl"
EXPECTED = np.load(GOLDEN / "nvlabs_stylegan2_ada_expected.npz")
Z = torch.from_numpy(EXPECTED["z"])


@pytest.fixture(scope="module")
def original() -> dict[str, Any]:
    return read_contents(FILE).data


@pytest.fixture
def content(original: dict[str, Any]) -> dict[str, Any]:
    """A copy of the file's content, which a test may change."""
    return copy.deepcopy(original)


def build(data: Any, name: str = "x") -> Generator:
    """Build the generator in a file of this content."""
    layout, match = find_generator(Contents(name, data))
    return layout.build(match)


def module(content: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Return the state of a module of G_ema."""
    current: PersistentModule = content["G_ema"]
    for part in path.split(".") if path else ():
        current = current.state["_modules"][part]
    return current.state


def drawing(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the states of all convolutions, toRGBs included."""
    blocks = module(content, "synthesis")["_modules"].values()
    return [layer.state for block in blocks for layer in block.state["_modules"].values()]


def draw(generator: Generator, psi: float = 1.0) -> torch.Tensor:
    with torch.no_grad():
        return generator.synthesis(generator.broadcast(generator.truncate(generator.mapping(Z), psi)))


def assert_golden(generator: Generator) -> None:
    for ours, name in [
        (generator.mapping(Z), "w"),
        (draw(generator), "image"),
        (draw(generator, 0.7), "image_truncated_0_7"),
    ]:
        np.testing.assert_allclose(ours.detach(), EXPECTED[name], rtol=0, atol=1e-4, err_msg=name)


def flat(content: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Return G_ema as a state dict."""
    tensors = {}

    def take(state: dict[str, Any], path: str) -> None:
        for key, value in {**state["_parameters"], **state["_buffers"]}.items():
            tensors[path + key] = value.detach().clone()
        for key, part in state["_modules"].items():
            take(part.state, f"{path}{key}.")

    take(module(content), "")
    return tensors


def test_the_golden_file_gives_the_original_programs_outputs() -> None:
    generator = load_generator(FILE)
    assert_golden(generator)
    assert not generator.training
    assert not any(parameter.requires_grad for parameter in generator.parameters())


def test_the_converted_file_draws_the_same_picture(tmp_path: Path) -> None:
    generator = load_generator(FILE)
    save_generator(generator, tmp_path / "d.safetensors", DomainMetadata("d"))
    again = load_generator(tmp_path / "d.safetensors")
    assert again.config == generator.config
    assert torch.equal(draw(again), draw(generator))


def test_a_bare_module_a_state_dict_and_safetensors_are_read(content: dict[str, Any], tmp_path: Path) -> None:
    assert LAYOUT.match(Contents("x", content)) is not None
    assert_golden(build(content["G_ema"]))
    state = flat(content)
    assert_golden(build(state))
    save_file(state, tmp_path / "x.safetensors")
    assert_golden(load_generator(tmp_path / "x.safetensors"))


def test_without_an_average_the_plain_generator_is_read(content: dict[str, Any]) -> None:
    content["G"] = content.pop("G_ema")
    assert_golden(build(content))
    content["G_ema"] = None
    assert_golden(build(content))


def test_another_learning_rate_multiplier_changes_no_picture(content: dict[str, Any]) -> None:
    for layer in module(content, "mapping")["_modules"].values():
        for parameter in layer.state["_parameters"].values():
            parameter.data /= 100
        layer.state["bias_gain"] = 1
        layer.state["weight_gain"] = 1 / math.sqrt(64)
    assert_golden(build(content))


def test_without_noise_tensors_no_noise_is_drawn(content: dict[str, Any]) -> None:
    expected = load_generator(FILE).synthesis(torch.zeros(1, 8, 64), noise="none")
    for layer in drawing(content):
        layer["_parameters"].pop("noise_strength", None)
        layer["_buffers"].pop("noise_const", None)
    generator = build(content)
    torch.testing.assert_close(generator.synthesis(torch.zeros(1, 8, 64)), expected)


def test_a_missing_mean_is_estimated(content: dict[str, Any]) -> None:
    del module(content, "mapping")["_buffers"]["w_avg"]
    generator = build(content)
    w = generator.mapping(torch.randn(4096, 64, generator=torch.Generator().manual_seed(1)))
    assert (w.mean(0) - generator.w_mean[0]).abs().max() < 0.1


def test_the_clamp_is_kept(content: dict[str, Any], tmp_path: Path) -> None:
    free = build(content)
    for layer in drawing(content):
        layer["conv_clamp"] = 0.5
    generator = build(content).freeze()
    assert generator.config.conv_clamp == 0.5
    ws = generator.broadcast(generator.mapping(Z))
    image, features = generator.synthesis.with_features(ws)
    first = free.synthesis.layers[0](free.synthesis.const.expand(3, -1, -1, -1), ws[:, 0], "constant")
    assert first.abs().max() > 0.5
    torch.testing.assert_close(features[0], first.clamp(-0.5, 0.5))
    assert max(float(feature.abs().max()) for feature in features) == 0.5
    assert (image - draw(free)).abs().max() > 0.1
    save_generator(generator, tmp_path / "d.safetensors", DomainMetadata("d"))
    assert torch.equal(draw(load_generator(tmp_path / "d.safetensors")), image)


def conditional(content: dict[str, Any], classes: int = 5) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Make G_ema class-conditional; return the embedding's weight and bias, and the first layer's weight."""
    rng = torch.Generator().manual_seed(3)
    weight, bias = torch.randn(64, classes, generator=rng), torch.randn(64, generator=rng)
    first = torch.randn(64, 128, generator=rng) * 100
    mapping = module(content, "mapping")
    mapping["_modules"]["embed"] = PersistentModule(
        "FullyConnectedLayer",
        {"_parameters": {"weight": weight, "bias": bias}, "_buffers": {}, "_modules": {}, "bias_gain": 1},
    )
    mapping["_modules"]["fc0"].state["_parameters"]["weight"] = first
    return weight, bias, first


def test_a_class_is_embedded_as_the_paper_says(content: dict[str, Any]) -> None:
    weight, bias, first = conditional(content)
    generator = build(content)
    assert (generator.config.classes, generator.config.z_dim) == (5, 64)
    label = torch.tensor([4, 0, 4])
    y = torch.eye(5)[label] @ weight.t() / math.sqrt(5) + bias
    x = torch.cat([v / (v.square().mean(1, keepdim=True) + 1e-8).sqrt() for v in (Z, y)], 1)
    for i in range(3):
        parameters = module(content, f"mapping.fc{i}")["_parameters"]
        w = first if i == 0 else parameters["weight"]
        x = x @ w.t() * (0.01 / math.sqrt(w.shape[1])) + parameters["bias"] * 0.01
        x = torch.where(x > 0, x, 0.2 * x) * math.sqrt(2)
    torch.testing.assert_close(generator.mapping(Z, label), x, atol=1e-5, rtol=0)
    generator.choose_class(4, "x")
    torch.testing.assert_close(generator.mapping(Z)[[0, 2]], x[[0, 2]], atol=1e-5, rtol=0)


def set_all(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        for layer in drawing(content):
            layer[key] = value

    return change


def set_in(path: str, key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda content: module(content, path).update({key: value})


def tensor(path: str, kind: str, key: str, value: torch.Tensor | None) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        tensors = module(content, path)[kind]
        tensors.pop(key, None)
        if value is not None:
            tensors[key] = value

    return change


def endless(content: dict[str, Any]) -> None:
    module(content, "synthesis.b4")["_modules"]["more"] = content["G_ema"]


def countless(content: dict[str, Any]) -> None:
    part = content["G_ema"]
    for _ in range(20):  # each level holds the one before four times
        part = PersistentModule("Module", {"_modules": {f"{i}" + "x" * 10**6: part for i in range(4)}})
    module(content, "synthesis")["_modules"]["more"] = part


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (set_in("synthesis.b8", "architecture", "resnet"), "architecture resnet"),
        (set_in("synthesis.b8", "architecture", 10**5000), "architecture unreadable"),
        (set_in("", "img_channels", 1), "pictures of 1 channels"),
        (set_in("", "img_channels", [3]), "pictures of unreadable channels"),
        (set_in("mapping.fc1", "activation", "relu"), "activation relu"),
        (set_in("synthesis.b8.conv0", "activation", "swish"), "activation swish"),
        (set_in("synthesis.b8.conv0", "conv_clamp", 256), "clamps only some of its layers"),
        (set_all("conv_clamp", -1), "conv_clamp = -1"),
        (set_all("conv_clamp", {}), "conv_clamp = unreadable"),
        (set_in("mapping.fc0", "bias_gain", "much"), "bias_gain = much"),
        (tensor("synthesis.b8.conv0", "_buffers", "resample_filter", torch.ones(4, 4)), "filter"),
        (tensor("synthesis.b8.conv0", "_buffers", "strange", torch.ones(4)), "unknown tensor"),
        (tensor("synthesis.b8.conv0", "_parameters", "weight", None), "do not make"),
        (tensor("synthesis.b8.torgb", "_parameters", "bias", None), "lacks synthesis.to_rgbs.1.bias"),
        (tensor("synthesis.b8.torgb", "_parameters", "bias", torch.zeros(4)), "instead of \\[3\\]"),
        (tensor("synthesis.b8.torgb", "_parameters", "bias", torch.zeros(3) * math.nan), "not finite"),
        (tensor("synthesis.b4", "_parameters", "const", torch.zeros(3, dtype=torch.int8)), "plain array"),
        (endless, "without end"),
        (countless, "without end"),
    ],
)
def test_a_generator_that_ddsgui_cannot_draw_is_refused(
    content: dict[str, Any], change: Callable[[dict[str, Any]], None], words: str
) -> None:
    change(content)
    with pytest.raises(CheckpointError, match=words) as caught:
        build(content, "x.pkl")
    assert str(caught.value).startswith(("x.pkl", "The tensors in this file"))


def test_stylegan3_is_refused_by_name(content: dict[str, Any]) -> None:
    module(content, "synthesis")["_modules"] = {
        "input": PersistentModule("SynthesisInput", {"_buffers": {"freqs": torch.zeros(3, 2)}}),
        "L0_36_512": PersistentModule("SynthesisLayer", {"_parameters": {"weight": torch.zeros(3)}}),
    }
    assert LAYOUT.match(Contents("x", content)) is None
    with pytest.raises(CheckpointError, match=r"^x\.pkl is StyleGAN3"):
        build(content, "x.pkl")
    with pytest.raises(CheckpointError, match="no StyleGAN2 generator"):
        build({"G_ema": 3}, "x.pkl")
