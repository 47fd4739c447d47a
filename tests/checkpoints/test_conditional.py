"""Class-conditional generators, and settings that cannot be derived from the shapes."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ddsgui.checkpoints.checkpoint import DomainMetadata, load_generator, read_generator, save_generator
from ddsgui.errors import CheckpointError
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.stylegan.ops import clamp

PLAIN = GeneratorConfig(16, 12, 10, 2, (8, 8, 6))
CLASSES = replace(PLAIN, classes=3)
FULL = GeneratorConfig(16, 10, 10, 2, (8, 8, 6), 3, "together", 256.0, (16, 12))


def make_generator(config: GeneratorConfig) -> Generator:
    torch.manual_seed(0)
    generator = Generator(config)
    generator.estimate_w_mean()
    return generator.freeze()


def test_every_picture_may_have_another_class() -> None:
    generator = make_generator(CLASSES)
    z = torch.randn(1, 12).expand(3, -1)
    w = generator.mapping(z, torch.tensor([0, 1, 1]))
    assert w.shape == (3, 10)
    assert not torch.allclose(w[0], w[1], atol=1e-3)
    torch.testing.assert_close(w[1], w[2])


def test_the_chosen_class_is_drawn() -> None:
    generator = make_generator(CLASSES)
    z = torch.randn(2, 12)
    assert generator.class_index is None
    generator.choose_class(2, "x")
    assert generator.class_index == 2
    assert torch.equal(generator.mapping(z), generator.mapping(z, torch.tensor([2, 2])))
    assert copy.deepcopy(generator).class_index == 2


def test_the_mean_covers_all_classes() -> None:
    generator = make_generator(CLASSES)
    z = torch.randn(2000, 12, generator=torch.Generator().manual_seed(5))
    means = [generator.mapping(z, torch.full((2000,), i)).mean(0) for i in range(3)]
    near = torch.stack(means).mean(0) - generator.w_mean[0]
    assert near.abs().max() < 0.1 * (means[0] - means[1]).abs().max()


@pytest.mark.parametrize(
    ("config", "index", "words"),
    [
        (CLASSES, None, r"cifar#0 \(0 to 2\)"),
        (CLASSES, 3, r"no class 3.* 0 to 2"),
        (CLASSES, -1, "no class -1"),
        (PLAIN, 0, "draws no classes"),
    ],
)
def test_a_class_that_is_missing_or_does_not_exist_is_refused(
    config: GeneratorConfig, index: int | None, words: str
) -> None:
    with pytest.raises(CheckpointError, match=words):
        Generator(config).choose_class(index, "cifar")


def test_without_a_class_nothing_is_drawn() -> None:
    with pytest.raises(CheckpointError, match="choose one of them"):
        make_generator(CLASSES).mapping(torch.zeros(1, 12))
    make_generator(PLAIN).choose_class(None, "x")


@pytest.mark.parametrize(
    "config", [CLASSES, FULL, replace(PLAIN, unpadded_size=(12, 16)), replace(PLAIN, conv_clamp=1.5)]
)
def test_a_native_file_keeps_the_whole_configuration(config: GeneratorConfig, tmp_path: Path) -> None:
    generator = make_generator(config)
    save_generator(generator, tmp_path / "d.safetensors", DomainMetadata("d"))
    again = read_generator(tmp_path / "d.safetensors")
    assert again.config == config
    label = torch.tensor([1, 2]) if config.classes else None
    z = torch.randn(2, config.z_dim)
    w = generator.broadcast(generator.mapping(z, label))
    assert torch.equal(again.broadcast(again.mapping(z, label)), w)
    assert torch.equal(again.synthesis(w), generator.synthesis(w))


def test_a_file_is_opened_for_one_class(tmp_path: Path) -> None:
    save_generator(make_generator(CLASSES), tmp_path / "d.safetensors", DomainMetadata("d"))
    assert load_generator(tmp_path / "d.safetensors", class_index=1).class_index == 1
    with pytest.raises(CheckpointError, match=r"d\.safetensors draws 3 classes"):
        load_generator(tmp_path / "d.safetensors")


def test_old_documents_stay_as_they_were() -> None:
    old = {"resolution": 16, "z_dim": 12, "w_dim": 10, "mapping_layers": 2, "channels": [8, 8, 6]}
    assert PLAIN.as_dict() == old
    assert GeneratorConfig.from_dict(old) == PLAIN
    for config in (CLASSES, FULL):
        assert GeneratorConfig.from_dict(json.loads(json.dumps(config.as_dict()))) == config


@pytest.mark.parametrize(
    ("extra", "error"),
    [
        ({"classes": -1}, CheckpointError),
        ({"classes": 10**6}, CheckpointError),
        ({"classes": "many"}, ValueError),
        ({"label_norm": "never"}, CheckpointError),
        ({"conv_clamp": 0}, CheckpointError),
        ({"conv_clamp": float("nan")}, CheckpointError),
        ({"conv_clamp": []}, TypeError),
        ({"crop": [16]}, ValueError),
        ({"crop": 7}, TypeError),
        ({"crop": [16, 0]}, CheckpointError),
        ({"crop": [17, 16]}, CheckpointError),
    ],
)
def test_nonsense_in_a_document_is_refused(extra: dict, error: type[Exception]) -> None:
    with pytest.raises(error):
        GeneratorConfig.from_dict(PLAIN.as_dict() | extra)


def test_the_clamp_lets_gradients_through_within_it() -> None:
    x = torch.tensor([-3.0, -1.0, 0.5, 4.0], requires_grad=True)
    clamp(x * 1.0, 2.0).sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, torch.tensor([0.0, 1.0, 1.0, 0.0]))
    assert clamp(x, None) is x
