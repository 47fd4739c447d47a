"""NVIDIA's TensorFlow layout: the original program's outputs, configurations E and F, and classes."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ddsgui.checkpoints.checkpoint import DomainMetadata, inspect_file, load_generator, save_generator
from ddsgui.checkpoints.layouts.layout import Contents
from ddsgui.checkpoints.layouts.nvlabs_tensorflow import LAYOUT, TflibNetwork
from ddsgui.checkpoints.layouts.registry import find_generator, read_contents
from ddsgui.errors import CheckpointError
from ddsgui.stylegan.generator import Generator

GOLDEN = Path(__file__).parents[2] / "checkpoints/golden"
FILE = GOLDEN / "tensorflow_stylegan2.pkl"
EXPECTED = np.load(GOLDEN / "nvlabs_stylegan2_ada_expected.npz")  # the same numbers in another layout
Z = torch.from_numpy(EXPECTED["z"])


@pytest.fixture
def content() -> tuple[TflibNetwork, TflibNetwork, TflibNetwork]:
    return read_contents(FILE).data


def build(data: Any, name: str = "x") -> Generator:
    """Build the generator in a file of this content."""
    layout, match = find_generator(Contents(name, data))
    return layout.build(match)


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


def test_the_golden_file_gives_the_original_programs_outputs() -> None:
    assert_golden(load_generator(FILE))


def test_the_converted_file_draws_the_same_picture(tmp_path: Path) -> None:
    generator = load_generator(FILE)
    save_generator(generator, tmp_path / "d.safetensors", DomainMetadata("d"))
    assert torch.equal(draw(load_generator(tmp_path / "d.safetensors")), draw(generator))


def test_the_average_is_read_wherever_it_is_in_the_file(
    content: tuple[TflibNetwork, TflibNetwork, TflibNetwork],
) -> None:
    plain, judge, average = content
    assert LAYOUT.match(Contents("x", content)) is not None
    assert LAYOUT.match(Contents("x", judge)) is None
    plain.components["mapping"].variables["Dense0/bias"] = np.full(
        64, 100.0
    )  # the two share this array in the file
    for given in (content, [average, plain], average, {"Gs": average, "G": plain}):
        assert_golden(build(given))
    assert not np.allclose(build((plain, judge)).mapping(Z).detach(), EXPECTED["w"])


def test_variables_and_settings_of_real_files_are_accepted(
    content: tuple[TflibNetwork, TflibNetwork, TflibNetwork],
) -> None:
    average = content[2]
    average.components["synthesis"].variables["lod"] = np.float32(0)  # type: ignore[assignment]
    average.static_kwargs |= {"resample_kernel": [1, 3, 3, 1], "conv_clamp": None, "architecture": "skip"}
    average.static_kwargs |= {"fused_modconv": True, "style_mixing_prob": 0.9, "structure": "auto"}
    assert_golden(build(content))


def test_another_learning_rate_multiplier_changes_no_picture(
    content: tuple[TflibNetwork, TflibNetwork, TflibNetwork],
) -> None:
    for value in content[2].components["mapping"].variables.values():
        value *= 0.1
    content[2].static_kwargs["mapping_lrmul"] = 0.1
    assert_golden(build(content))


def test_the_clamp_is_kept(content: tuple[TflibNetwork, TflibNetwork, TflibNetwork]) -> None:
    content[2].static_kwargs["conv_clamp"] = 256
    generator = build(content)
    assert generator.config.conv_clamp == 256
    assert_golden(generator)  # far below the clamp


def network(config: str, resolution: int = 64, max_width: int = 16) -> TflibNetwork:
    """Make a small random network of configuration E or F: `max_width` wide, then half as wide at each level."""
    rng = np.random.default_rng(0)
    base = {"E": 4, "F": 8}[config] * max_width  # E begins to halve one level earlier

    def width(level: int) -> int:
        return min(base >> level, max_width)

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    def layer(path: str, inputs: int, outputs: int, kernel: int = 3) -> dict[str, np.ndarray]:
        return {
            f"{path}/weight": normal(kernel, kernel, inputs, outputs),
            f"{path}/bias": normal(outputs),
            f"{path}/mod_weight": normal(max_width, inputs),
            f"{path}/mod_bias": normal(inputs),
        } | ({f"{path}/noise_strength": normal()} if kernel == 3 else {})

    synthesis = {"4x4/Const/const": normal(1, width(1), 4, 4), "noise0": normal(1, 1, 4, 4)}
    synthesis |= layer("4x4/Conv", width(1), width(1)) | layer("4x4/ToRGB", width(1), 3, 1)
    for level in range(3, resolution.bit_length()):
        side, fine, coarse = 1 << level, width(level - 1), width(level - 2)
        synthesis |= layer(f"{side}x{side}/Conv0_up", coarse, fine) | layer(
            f"{side}x{side}/Conv1", fine, fine
        )
        synthesis |= layer(f"{side}x{side}/ToRGB", fine, 3, 1)
        synthesis |= {f"noise{2 * level - k}": normal(1, 1, side, side) for k in (5, 4)}
    mapping = {f"Dense{i}/weight": normal(max_width, max_width) for i in range(2)}
    mapping |= {f"Dense{i}/bias": normal(max_width) for i in range(2)}
    parts = {
        "mapping": TflibNetwork("G_mapping", {}, {}, mapping),
        "synthesis": TflibNetwork("G_synthesis", {}, {}, synthesis),
    }
    return TflibNetwork("Gs", {}, parts, {"dlatent_avg": normal(max_width), "lod": normal()}, "G_main")


@pytest.mark.parametrize(("config", "channels"), [("E", (16, 16, 8, 4, 2)), ("F", (16, 16, 16, 8, 4))])
def test_configurations_e_and_f_differ_in_width(config: str, channels: tuple[int, ...]) -> None:
    generator = build(network(config))
    assert generator.config.channels == channels
    assert draw_any(generator).shape == (1, 3, 64, 64)


def draw_any(generator: Generator) -> torch.Tensor:
    with torch.no_grad():
        return generator.synthesis(
            generator.broadcast(generator.mapping(torch.ones(1, generator.config.z_dim)))
        )


@pytest.mark.parametrize("kind", ["LabelEmbed", "LabelConcat"])
def test_a_class_is_embedded_as_each_program_did(
    content: tuple[TflibNetwork, TflibNetwork, TflibNetwork], kind: str, tmp_path: Path
) -> None:
    rng = np.random.default_rng(1)
    mapping = content[2].components["mapping"].variables
    embed, bias = rng.normal(size=(7, 64)).astype(np.float32), np.zeros(64, np.float32)
    mapping["Dense0/weight"] = rng.normal(size=(128, 64)).astype(np.float32) * 100
    mapping[f"{kind}/weight"] = embed
    if kind == "LabelEmbed":
        mapping[f"{kind}/bias"] = bias = rng.normal(size=64).astype(np.float32)
    generator = build(content)
    assert generator.config.classes == 7

    def normalised(v: np.ndarray) -> np.ndarray:
        return v / np.sqrt(np.square(v).mean(1, keepdims=True) + 1e-8)

    label = np.array([6, 2, 0])
    if kind == "LabelEmbed":
        y = np.eye(7)[label] @ embed / math.sqrt(7) + bias
        x = np.concatenate([normalised(EXPECTED["z"]), normalised(y)], 1)
    else:
        x = normalised(np.concatenate([EXPECTED["z"], np.eye(7)[label] @ embed], 1))
    for i in range(3):
        w = mapping[f"Dense{i}/weight"]
        x = x @ w * (0.01 / math.sqrt(len(w))) + mapping[f"Dense{i}/bias"] * 0.01
        x = np.where(x > 0, x, 0.2 * x) * math.sqrt(2)
    ours = generator.mapping(Z, torch.from_numpy(label)).detach()
    np.testing.assert_allclose(ours, x, rtol=0, atol=1e-5)
    save_generator(generator, tmp_path / "d.safetensors", DomainMetadata("d"))
    again = load_generator(tmp_path / "d.safetensors", class_index=2)
    np.testing.assert_allclose(again.mapping(Z)[1].detach(), x[1], rtol=0, atol=1e-5)
    assert inspect_file(tmp_path / "d.safetensors").configuration["classes"] == 7


Change = Callable[[TflibNetwork], Any]


def setting(key: str, value: Any) -> Change:
    return lambda g: g.static_kwargs.update({key: value})


def variable(part: str, key: str, value: Any) -> Change:
    return lambda g: g.components[part].variables.update({key: value})


def without(key: str) -> Change:
    return lambda g: g.components["synthesis"].variables.pop(key)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (setting("architecture", "resnet"), "architecture resnet"),
        (without("4x4/ToRGB/weight"), "architecture orig"),
        (setting("num_channels", 1), "pictures of 1 channels"),
        (setting("nonlinearity", "relu"), "activation relu"),
        (setting("resample_kernel", [1, 2, 1]), "filter"),
        (setting("resample_kernel", None), "filter"),
        (setting("normalize_latents", False), "does not normalise"),
        (setting("mapping_lrmul", 0), "mapping_lrmul = 0"),
        (setting("conv_clamp", "256"), "conv_clamp = 256"),
        (variable("synthesis", "64x32/Conv1/weight", np.zeros(3, np.float32)), "unknown variable"),
        (variable("synthesis", "8x8/Conv/bias", np.zeros(32, np.float32)), "unknown variable"),
        (variable("synthesis", "8x8/Conv1/weight", np.zeros((3, 3), np.float32)), "do not make"),
        (variable("mapping", "Dense0/bias", np.zeros(64, np.int64)), "plain array"),
        (variable("mapping", "Dense0/bias", np.full(64, 1e300)), "not finite"),
        (variable("mapping", "Dense0/bias", np.zeros(5, np.float32)), "instead of \\[64\\]"),
        (without("8x8/Conv1/mod_bias"), "lacks synthesis.layers.2.conv.affine.bias"),
        (without("noise3"), "lacks synthesis.layers.3.noise_const"),
    ],
)
def test_a_generator_that_ddsgui_cannot_draw_is_refused(
    content: tuple[TflibNetwork, TflibNetwork, TflibNetwork], change: Change, words: str
) -> None:
    change(content[2])
    with pytest.raises(CheckpointError, match=words) as caught:
        build(content, "x.pkl")
    assert str(caught.value).startswith(("x.pkl", "The tensors in this file"))


def test_stylegan_and_progan_are_refused_by_name(
    content: tuple[TflibNetwork, TflibNetwork, TflibNetwork],
) -> None:
    first = TflibNetwork(
        "Gs", build_function="G_style", components={"synthesis": TflibNetwork("G_synthesis")}
    )
    assert LAYOUT.match(Contents("x", (first, content[1], first))) is None
    with pytest.raises(CheckpointError, match=r"^x\.pkl is the first StyleGAN"):
        build((first, content[1], first), "x.pkl")
    weights = {"4x4/Dense/weight": np.zeros(3), "ToRGB_lod0/weight": np.zeros(3)}
    progan = TflibNetwork("Gs", variables=weights, build_function="G_paper")
    with pytest.raises(CheckpointError, match="progressive GAN"):
        build((progan, content[1], progan), "x.pkl")
    with pytest.raises(CheckpointError, match="discriminator but no generator"):
        build(TflibNetwork("D", build_function="D_stylegan2"), "x.pkl")
