from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from ddsgui import paths
from ddsgui.faces.mesh import WIDE_SQUARE, FaceMesh
from ddsgui.faces.person_mask import PersonMask
from ddsgui.images import read_image
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.training.drawn import people
from ddsgui.training.drawn.painters import registry
from ddsgui.training.drawn.painters.painter import Dial, Face, Painter, Values
from ddsgui.training.drawn.pairs import Pairs

SIDE = 16


@pytest.fixture(scope="session")
def faces() -> list[Face]:
    """Three people, whose mean is the mean face."""
    files = sorted((paths.assets() / "examples" / "caricature").glob("*.png"))[:3]
    images = [cv2.resize(read_image(file), (256, 256), interpolation=cv2.INTER_AREA) for file in files]
    mesh, person_mask = FaceMesh(square=WIDE_SQUARE), PersonMask()
    points = [mesh.find(image) for image in images]
    mean = np.mean([p for p in points if p is not None], 0)
    return [
        Face(cv2.resize(image, (128, 128), interpolation=cv2.INTER_AREA), p, mean, person_mask.find(image))
        for image, p in zip(images, points, strict=True)
        if p is not None
    ]


@pytest.fixture(scope="session")
def face(faces: list[Face]) -> Face:
    return faces[0]


@pytest.fixture
def parent() -> Generator:
    torch.manual_seed(0)
    generator = Generator(GeneratorConfig(SIDE, 8, 8, 2, (8, 8, 8)))
    generator.estimate_w_mean()
    return generator.freeze()


@pytest.fixture
def pairs(parent: Generator) -> Pairs:
    """The parent's own pictures, inverted."""
    w = people.draw_latents(parent, 60, 3)
    pictures = torch.from_numpy(255 - people.draw_pictures(parent, w)).movedim(-1, 1).contiguous()
    return Pairs(w, pictures)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, face: Face) -> list[np.ndarray]:
    """Let three of four pictures show the same face, and the fourth none; returns the pictures that were looked at."""
    pictures: list[np.ndarray] = []

    class Mesh:
        def __init__(self, **_: object) -> None:
            pass

        def find(self, image: np.ndarray) -> np.ndarray | None:
            pictures.append(image)
            return None if len(pictures) % 4 == 0 else face.points + len(pictures) * 1e-4

    class Mask:
        def find(self, image: np.ndarray) -> np.ndarray:
            assert image.shape == (256, 256, 3)
            return face.person

    monkeypatch.setattr(people, "FaceMesh", Mesh)
    monkeypatch.setattr(people, "PersonMask", Mask)
    return pictures


def invert(face: Face, values: Values) -> np.ndarray:
    strength = float(values["strength"])
    return (255 - face.image * strength).astype(np.uint8)


def stripes(side: int, values: Values) -> list[np.ndarray]:
    return [np.cos(np.arange(side * side).reshape(side, side) * np.pi).astype(np.float32)]


INVERTED = Painter(
    "inverted", "Inverted", "", invert, (Dial("strength", "Strength", 1.0, 0, 1, "How dark"),), stripes
)


@pytest.fixture
def inverted(monkeypatch: pytest.MonkeyPatch) -> Painter:
    """A fast painter, which can be found by its name."""
    monkeypatch.setattr(registry, "PAINTERS", (*registry.PAINTERS, INVERTED))
    return INVERTED
