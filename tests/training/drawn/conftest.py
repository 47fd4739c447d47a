from __future__ import annotations

import cv2
import numpy as np
import pytest

from ddsgui import paths
from ddsgui.faces.mesh import WIDE_SQUARE, FaceMesh
from ddsgui.faces.person_mask import PersonMask
from ddsgui.images import read_image
from ddsgui.training.drawn.painters.painter import Face


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
