"""People of a domain: its pictures of random latents, and where their faces are."""

from __future__ import annotations

from collections.abc import Generator as Steps
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from ddsgui.errors import TrainingError
from ddsgui.faces.mesh import WIDE_SQUARE, FaceMesh
from ddsgui.faces.person_mask import SIDE_PX, PersonMask
from ddsgui.images import to_uint8
from ddsgui.stylegan.generator import Generator
from ddsgui.training.drawn.painters.painter import Face
from ddsgui.training.drawn.settings import MIN_PAIRS

BATCH = 16  # pictures drawn at once
PSI = (0.6, 1.0)  # least and most truncation of a latent
HOPELESS = 64  # pictures without any face, after which no more are drawn
RIDGE = 30.0  # strength of the regression's penalty, for latents of deviation 1


@dataclass(frozen=True, eq=False)
class People:
    """Pictures of people and their faces."""

    w: Tensor  # float32 [N, w_dim]
    faces: tuple[Face, ...]
    faceless: int  # pictures that were left out because no face was found in them


@torch.no_grad()
def draw_latents(generator: Generator, count: int, seed: int) -> Tensor:
    """Return random w [count, w_dim], each truncated by another ψ."""
    rng = torch.Generator().manual_seed(seed)
    z = torch.randn(count, generator.config.z_dim, generator=rng)
    psi = PSI[0] + (PSI[1] - PSI[0]) * torch.rand(count, 1, generator=rng)
    w = generator.mapping(z.to(generator.device))
    return (generator.w_mean + psi.to(w.device) * (w - generator.w_mean)).cpu()


@torch.no_grad()
def draw_pictures(generator: Generator, w: Tensor) -> np.ndarray:
    """Return the pictures of latents w [N, w_dim], uint8 [N, R, R, 3]."""
    return to_uint8(generator.synthesis(generator.broadcast(w.to(generator.device))))


def find_people_steps(generator: Generator, count: int, seed: int) -> Steps[tuple[int, int], None, People]:
    """Draw `count` latents and find their faces; yield how many are done, and of how many.

    The landmarks are steadied: network and painter get them as a smooth function of the latent.
    """
    mesh, person_mask = FaceMesh(square=WIDE_SQUARE), PersonMask()
    w = draw_latents(generator, count, seed)
    images: list[np.ndarray] = []
    points: list[np.ndarray] = []
    persons: list[np.ndarray] = []
    with_face: list[int] = []
    done = 0
    for start in range(0, count, BATCH):
        for number, picture in enumerate(draw_pictures(generator, w[start : start + BATCH]), start):
            image = np.ascontiguousarray(picture)
            if (landmarks := mesh.find(image)) is None:
                continue
            with_face.append(number)
            images.append(image)
            points.append(landmarks)
            persons.append(person_mask.find(_resized(image, SIDE_PX)).astype(np.float16))
        done = min(count, start + BATCH)
        yield done, count
        if not with_face and done >= min(count, HOPELESS):
            break
    if not with_face:
        raise TrainingError(
            f"No face was found in {done} pictures of this domain. Painters draw faces that are aligned and frontal."
        )
    people = w[with_face]
    steady = steadied(people.numpy(), np.stack(points))
    mean = steady.mean(0)
    faces = [
        Face(image, own, mean, person) for image, own, person in zip(images, steady, persons, strict=True)
    ]
    return People(people, tuple(faces), count - len(with_face))


def check_people(people: People) -> None:
    """Raise TrainingError if there are too few people with a face to learn from."""
    if len(people.faces) < MIN_PAIRS:
        drawn = len(people.faces) + people.faceless
        raise TrainingError(
            f"A face was found in {len(people.faces)} of {drawn} pictures, but {MIN_PAIRS} pairs are needed. "
            "Draw more latents, or choose a domain of aligned faces."
        )


def steadied(w: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return landmarks [N, 468, 2] without their jitter: their ridge regression on the latents [N, w_dim].

    With few latents, which can explain everything, they stay nearly as they are.
    """
    latents = (w - w.mean(0)) / (w.std(0).mean() + 1e-8)
    flat = points.reshape(len(points), -1)
    mean = flat.mean(0)
    weights = np.linalg.solve(
        latents.T @ latents + RIDGE * len(w) / (len(w) + w.shape[1]) * np.eye(w.shape[1]),
        latents.T @ (flat - mean),
    )
    return (latents @ weights + mean).reshape(points.shape)


def _resized(image: np.ndarray, side: int) -> np.ndarray:
    if len(image) == side:
        return image
    smaller = len(image) > side
    return cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
