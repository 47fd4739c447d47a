"""The shape and the palette of examples, on the bundled portraits."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from ddsgui import paths
from ddsgui.checkpoints.checkpoint import load_generator
from ddsgui.faces.mesh import WIDE_SQUARE, FaceMesh
from ddsgui.faces.shape import normalised, shift_share
from ddsgui.images import read_image, to_uint8
from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.sampling import picture
from ddsgui.training.few_shot import example_shape
from ddsgui.training.few_shot.example_shape import ExampleShape
from ddsgui.training.pictures import as_images


@pytest.fixture(scope="module")
def portrait() -> Generator:
    return load_generator(paths.assets() / "domains" / "portrait.safetensors")


@pytest.fixture(scope="module")
def examples() -> Tensor:
    """The ten caricatures, uint8 [10, 3, 128, 128]."""
    files = sorted((paths.assets() / "examples" / "caricature").glob("*.png"))
    large = as_images(torch.from_numpy(np.stack([read_image(file) for file in files])).movedim(-1, 1))
    small = torch.nn.functional.interpolate(large, size=(128, 128), mode="area")
    return torch.from_numpy(to_uint8(small)).movedim(-1, 1)


@pytest.fixture(scope="module")
def shape(portrait: Generator, examples: Tensor) -> ExampleShape:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(example_shape, "SOURCE_PICTURES", 10)
        measured = ExampleShape.measured(portrait, examples)
    assert measured is not None
    return measured


def mean_shape(images: Tensor) -> np.ndarray:
    mesh = FaceMesh(square=WIDE_SQUARE)
    points = [mesh.find(np.ascontiguousarray(image)) for image in to_uint8(images)]
    return normalised(np.stack([p for p in points if p is not None])).mean(0)


def test_pictures_take_over_the_shift_of_the_mean_shape(shape: ExampleShape, portrait: Generator) -> None:
    pictures = torch.cat([picture(portrait, seed, 0.8) for seed in range(10)])
    shift = mean_shape(shape.wanted(pictures)) - mean_shape(pictures)
    assert shift_share(shift, shape.shift) > 0.6
    assert shape.exaggeration > 1


def test_pictures_take_over_the_palette(shape: ExampleShape, portrait: Generator, examples: Tensor) -> None:
    pictures = torch.cat([picture(portrait, seed, 0.8) for seed in range(10)])
    cheeks = (slice(None), slice(None), slice(70, 86), slice(44, 84))
    colours = as_images(examples)[cheeks].mean((0, 2, 3))
    before, after = (
        (x[cheeks].mean((0, 2, 3)) - colours).abs().mean() for x in (pictures, shape.wanted(pictures))
    )
    assert after < 0.5 * before


def test_the_loss_is_least_for_the_wanted_pictures(shape: ExampleShape, portrait: Generator) -> None:
    pictures = torch.cat([picture(portrait, seed, 0.8) for seed in (1, 2)])
    wanted = shape.wanted(pictures)
    for progress in (0.0, 0.9):
        assert shape.loss(wanted, pictures, progress).item() == pytest.approx(0, abs=1e-6)
        assert shape.loss(wanted.flip(0), pictures, progress) > shape.loss(pictures, pictures, progress) > 0
    assert shape.loss(pictures, pictures, 0.0) > 2 * shape.loss(pictures, pictures, 0.9)


def test_without_faces_there_is_no_shape(portrait: Generator, examples: Tensor) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(example_shape, "SOURCE_PICTURES", 4)
        assert ExampleShape.measured(portrait, torch.zeros_like(examples)) is None


def test_grey_examples_make_pictures_grey(portrait: Generator, examples: Tensor) -> None:
    grey = examples.float().mean(1, keepdim=True).byte().expand_as(examples)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(example_shape, "SOURCE_PICTURES", 6)
        shape = ExampleShape.measured(portrait, grey)
    assert shape is not None
    wanted = shape.wanted(picture(portrait, 3, 0.8))
    assert (wanted - wanted.mean(1, keepdim=True)).abs().max() < 0.02
    assert wanted.std() > 0.2
