from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from ddsgui.checkpoints.checkpoint import (
    DomainMetadata,
    discriminator_path,
    inspect_file,
    load_discriminator,
    load_generator,
    save_discriminator,
    save_generator,
)
from ddsgui.errors import CheckpointError
from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig, Filter
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.stylegan.ops import EqualConv2d


@pytest.fixture
def domain(tmp_path) -> Path:
    torch.manual_seed(0)
    path = tmp_path / "d.v2.safetensors"
    save_generator(Generator(GeneratorConfig(8, 8, 8, 1, (8, 8))), path, DomainMetadata("d"))
    return path


def make(filter: Filter = "box") -> Discriminator:
    torch.manual_seed(1)
    return Discriminator(DiscriminatorConfig(8, (4, 6), filter))


def test_the_file_is_next_to_the_domain(domain):
    assert discriminator_path(domain).name == "d.v2.discriminator.safetensors"
    assert discriminator_path(domain).parent == domain.parent


@pytest.mark.parametrize("filter", ["box", "binomial"])
def test_a_saved_discriminator_judges_the_same(domain, filter):
    assert load_discriminator(domain) is None
    d = make(filter)
    save_discriminator(d, discriminator_path(domain))
    again = load_discriminator(domain)
    assert again is not None
    x = torch.randn(4, 3, 8, 8)
    assert torch.equal(again(x), d(x))
    assert not again.training
    assert not any(p.requires_grad for p in again.parameters())


def test_half_precision_judges_nearly_the_same(domain):
    d = make()
    save_discriminator(d, discriminator_path(domain), half=True)
    again = load_discriminator(domain)
    assert again is not None
    x = torch.randn(4, 3, 8, 8)
    assert (again(x) - d(x)).abs().max() < 0.01
    assert all(t.dtype == torch.float16 for t in load_file(discriminator_path(domain)).values())


def test_layers_that_only_growing_needs_are_not_saved(domain):
    d = make()
    d.rgb_smaller = EqualConv2d(3, 4, 1)
    save_discriminator(d, discriminator_path(domain))
    again = load_discriminator(domain)
    assert again is not None
    assert again.rgb_smaller is None


def test_inspect_reports_the_discriminator(domain):
    assert inspect_file(domain).also_inside == ()
    save_discriminator(make(), discriminator_path(domain))
    assert inspect_file(domain).also_inside == ("its discriminator, in d.v2.discriminator.safetensors",)
    report = inspect_file(discriminator_path(domain))
    assert report.kind == "discriminator"
    assert report.configuration == {"resolution": 8, "channels": [4, 6], "filter": "box"}
    assert report.parameters == sum(p.numel() for p in make().parameters())


def test_domains_and_discriminators_are_not_confused(domain):
    path = discriminator_path(domain)
    save_discriminator(make(), path)
    with pytest.raises(CheckpointError, match="discriminator, not a domain"):
        load_generator(path)
    path.write_bytes(domain.read_bytes())
    with pytest.raises(CheckpointError, match="not a ddsgui discriminator"):
        load_discriminator(domain)
    assert inspect_file(domain).also_inside  # the domain itself can still be inspected


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"format": 9}, "newer"),
        ({"config": {}}, "does not describe"),
        ({"config": {"resolution": 8, "channels": [4, 6], "filter": "gauss"}}, "shape"),
        ({"config": {"resolution": 8, "channels": [4, 7], "filter": "box"}}, "instead of"),
        ({"config": {"resolution": 16, "channels": [4, 6, 6], "filter": "box"}}, "lacks"),
    ],
)
def test_a_broken_discriminator_gets_one_sentence(domain, document, words):
    path = discriminator_path(domain)
    save_discriminator(make(), path)
    whole = {"kind": "discriminator", "format": 1, "config": make().config.as_dict()}
    save_file(load_file(path), path, metadata={"ddsgui": json.dumps(whole | document)})
    with pytest.raises(CheckpointError, match=words):
        load_discriminator(domain)


def test_a_damaged_discriminator_is_an_error(domain):
    save_discriminator(make(), discriminator_path(domain))
    whole = discriminator_path(domain).read_bytes()
    for content in (b"", b"hello there, this is a text", whole[: len(whole) // 2]):
        discriminator_path(domain).write_bytes(content)
        with pytest.raises(CheckpointError):
            load_discriminator(domain)
