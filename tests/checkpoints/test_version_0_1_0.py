"""Native files of version 0.1.0 open, and their networks compute the same as in that version."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from ddsgui.checkpoints.checkpoint import inspect_file, load_discriminator, load_generator

FIXTURES = Path(__file__).parent / "fixtures/0.1.0"
EXPECTED = np.load(FIXTURES / "expected.npz")


@pytest.mark.parametrize(("name", "class_index"), [("domain", None), ("adapted", 1)])
def test_a_domain_draws_the_same_picture(name, class_index):
    generator = load_generator(FIXTURES / f"{name}.safetensors", class_index=class_index)
    with torch.no_grad():
        w = generator.truncate(generator.mapping(torch.from_numpy(EXPECTED["z"])), 0.7)
        image = generator.synthesis(generator.broadcast(w))
    np.testing.assert_allclose(image, EXPECTED[name], rtol=0, atol=1e-5)


def test_a_discriminator_judges_the_same():
    discriminator = load_discriminator(FIXTURES / "domain.safetensors")
    assert discriminator is not None
    with torch.no_grad():
        logits = discriminator(torch.from_numpy(EXPECTED["domain"]))
    np.testing.assert_allclose(logits, EXPECTED["logits"], rtol=0, atol=1e-5)


def test_the_whole_description_is_read():
    parent = FIXTURES / "domain.safetensors"
    plain, adapted = inspect_file(parent), inspect_file(FIXTURES / "adapted.safetensors")
    assert (plain.card, plain.parent) == ({}, None)
    assert "domain.discriminator.safetensors" in plain.also_inside[0]
    assert (adapted.name, adapted.title) == ("adapted", "Adapted")
    assert adapted.card == {"origin": "random numbers", "licence": "CC0-1.0"}
    assert adapted.parent == hashlib.sha256(parent.read_bytes()).hexdigest()
    assert adapted.configuration["crop"] == [8, 6]
    assert adapted.configuration["classes"] == 3
    assert load_generator(FIXTURES / "adapted.safetensors", class_index=0).config.picture_size == (8, 6)
