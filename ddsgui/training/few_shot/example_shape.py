"""The shape and the colours of the faces of a few examples, which an adaptation would hardly learn from textures alone.

A discriminator of patches never sees a whole chin, and ten examples are too few for one of whole images to tell a long
chin from one long-chinned example. Shape and palette are therefore measured, and the source's pictures are bent and
coloured accordingly: the adaptation learns textures on them.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ddsgui.faces.exaggeration import exaggerated, warp_towards
from ddsgui.faces.mesh import OUTER_EYE_CORNERS, WIDE_SQUARE, FaceMesh
from ddsgui.faces.shape import normalised
from ddsgui.images import to_uint8
from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.sampling import picture
from ddsgui.training.pictures import as_images

SOURCE_PICTURES, PSI = 48, 0.8  # by which the source's mean face is measured
MIN_SIDE = 32  # pixels; in smaller pictures no face can be found
MIN_EXAMPLES = 3  # with a face
MIN_SHARE = 0.5  # of all pictures, of the source and of the examples, that must show a face
MAX_EXAGGERATION = 1.5  # poses and jitter of so few faces look like exaggeration, too
MAX_GAIN = 1.4  # of the contrast of colours
# At first pixels are compared, as they are and in squares of two; later in squares of two and four, at a lower weight:
# by then finer structures are the discriminator's.
BEGINNING = 0.35  # share of the steps
SQUARES_PX, LATER_SQUARES_PX, LATER_WEIGHT = (1, 2), (2, 4), 0.2


class ExampleShape:
    """The mean face and palette of examples next to those of a source, and how much the examples exaggerate."""

    def __init__(
        self,
        mean: np.ndarray,
        shift: np.ndarray,
        exaggeration: float,
        colours: Tensor,
        offset: Tensor,
    ) -> None:
        """mean: landmarks of the source, [468, 2] in fractions of the side; shift: from the source's mean shape to that
        of the examples, [468, 2] in distances of the outer eye corners; colours, offset: of a linear map of colours,
        float32 [3, 3] and [3].
        """
        self.mean, self.shift, self.exaggeration = mean, shift, exaggeration
        self._colours, self._offset = colours, offset[:, None, None]
        self._mesh = FaceMesh(square=WIDE_SQUARE)

    @classmethod
    def measured(cls, source: Generator, examples: Tensor) -> ExampleShape | None:
        """Return the shape of examples uint8 [N, 3, R, R]; None if too few pictures show an aligned face."""
        if source.config.resolution < MIN_SIDE:
            return None
        mesh = FaceMesh(square=WIDE_SQUARE)
        pictures = torch.cat([picture(source, seed, PSI) for seed in range(SOURCE_PICTURES)])
        own, present = _faces(mesh, pictures)
        theirs, wanted = _faces(mesh, as_images(examples))
        few = len(theirs) < max(MIN_EXAMPLES, MIN_SHARE * len(examples))
        if few or len(own) < MIN_SHARE * SOURCE_PICTURES:
            return None
        own_shapes, shapes = normalised(own), normalised(theirs)
        ratio = _spread(shapes) / _spread(own_shapes)
        colours = colour_map(present, wanted)
        offset = wanted.mean(0) - colours @ present.mean(0)
        return cls(
            own.mean(0),
            shapes.mean(0) - own_shapes.mean(0),
            float(np.clip(ratio, 1.0, MAX_EXAGGERATION)),
            colours.to(pictures),
            offset.to(pictures),
        )

    def wanted(self, pictures: Tensor) -> Tensor:
        """Return pictures of the source [N, 3, R, R], with the examples' shape and colours."""
        bent = torch.stack([self._bent(image) for image in pictures.cpu()]).to(pictures)
        return (torch.einsum("ij,njhw->nihw", self._colours, bent) + self._offset).clamp(-1, 1)

    def loss(self, images: Tensor, pictures: Tensor, progress: float) -> Tensor:
        """Return how far images [N, 3, R, R] are from the wanted form of the source's pictures of the same latents.

        Both in [-1, 1]; progress: share of the steps, from 0 to 1. A weighted mean absolute difference, shape [].
        """
        difference = images - self.wanted(pictures)
        begins = progress < BEGINNING
        squares, weight = (SQUARES_PX, 1.0) if begins else (LATER_SQUARES_PX, LATER_WEIGHT)
        return weight * torch.stack([F.avg_pool2d(difference, side).abs().mean() for side in squares]).mean()

    def _bent(self, image: Tensor) -> Tensor:
        pixels = image.movedim(0, -1).numpy()
        points = self._mesh.find(np.ascontiguousarray(to_uint8(image[None])[0]))
        if points is None:
            points = self.mean
        left, right = points[list(OUTER_EYE_CORNERS)]
        target = exaggerated(points, self.mean, self.exaggeration) + _turned(self.shift, right - left)
        (bent,) = warp_towards(points, target).bend(np.ascontiguousarray(pixels))
        return torch.from_numpy(bent).movedim(-1, 0)


def colour_map(present: Tensor, wanted: Tensor) -> Tensor:
    """Return the matrix [3, 3] that gives colours [P, 3] the covariance of others, which it may raise by MAX_GAIN.

    Of all such matrices that which moves colours least (Pitié and Kokaram, "The linear Monge-Kantorovitch linear colour
    mapping for example-based colour transfer", CVMP 2007). Grey examples make everything grey.
    """
    root = _square_root(present.t().cov().double() + 1e-6 * torch.eye(3, dtype=torch.float64))
    inverse = torch.linalg.inv(root)
    middle = _square_root(root @ wanted.t().cov().double() @ root)
    values, vectors = torch.linalg.eigh(inverse @ middle @ inverse)
    return ((vectors * values.clamp(0, MAX_GAIN)) @ vectors.t()).float()


def _square_root(matrix: Tensor) -> Tensor:
    """Return the root of a symmetric matrix without negative eigenvalues."""
    values, vectors = torch.linalg.eigh(matrix)
    return (vectors * values.clamp(min=0).sqrt()) @ vectors.t()


def _faces(mesh: FaceMesh, images: Tensor) -> tuple[np.ndarray, Tensor]:
    """Return the landmarks of those images that show a face, [N, 468, 2], and their faces' pixels, float32 [P, 3].

    Backdrops have no part in the colours: those of examples are often brighter than any skin.
    """
    landmarks: list[np.ndarray] = []
    pixels: list[Tensor] = []
    for image, values in zip(to_uint8(images), images.cpu(), strict=True):
        points = mesh.find(np.ascontiguousarray(image))
        if points is None:
            continue
        landmarks.append(points)
        face = np.zeros(image.shape[:2], np.uint8)
        outline = cv2.convexHull((points * image.shape[0]).round().astype(np.int32))
        cv2.fillConvexPoly(face, outline, 1)
        pixels.append(values[:, torch.from_numpy(face > 0)].t())
    return np.array(landmarks), torch.cat(pixels) if pixels else torch.zeros(2, 3)


def _spread(shapes: np.ndarray) -> float:
    """Return the standard deviation of shapes [N, 468, 2] around their mean, free of the bias of few."""
    return float(np.sqrt(np.square(shapes - shapes.mean(0)).sum() / max(1, len(shapes) - 1)))


def _turned(shift: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Return a shift [468, 2] of normalised points in the frame of a face with this vector between the eye corners."""
    x, y = shift.T
    return np.stack([x * across[0] - y * across[1], x * across[1] + y * across[0]], 1)
