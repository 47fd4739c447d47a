"""Exaggeration: what sets a face apart from the mean face, made larger, as a warp that never folds."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ddsgui.faces.anatomy import BROWS, EYES, MIDLINE, OVAL, WARPED

_GRID = 49  # places per side at which the flow is computed
_STEPS = 6  # of the integration
_REACH = 0.04  # of a landmark, as a standard deviation in sides of the picture
_STIFFNESS = 0.008  # keeps jitter of single landmarks out of the flow
_GAIN = 1.5  # makes up for what the smooth flow takes back
_AROUND = ((1.25, 0.85), (1.55, 0.5))  # rings around the face, in its radii, and their share of its movement
_TURNED = 0.4  # share of the exaggeration for what differs between left and right
_SOFT_LIMIT = 0.07  # no landmark moves much further, in sides of the picture


class Warp:
    """A smooth flow that carries the landmarks of a face towards others.

    It follows a fixed field of velocities for one unit of time in small steps, and such a flow never folds: paths
    through a smooth field do not cross.
    """

    def __init__(self, points: np.ndarray, wanted: np.ndarray) -> None:
        """points, wanted: [N, 2] in fractions of the side."""
        shift = wanted - points
        length = np.linalg.norm(shift, axis=1, keepdims=True)
        # Smooth at 0, and never longer than the limit.
        shift = shift / np.sqrt(1 + (length / _SOFT_LIMIT) ** 2)
        places = (
            points + shift / 2
        )  # halfway, so that the path from beginning to end is right to second order
        kernel = _kernel(places, places) + _STIFFNESS * np.eye(len(places))
        # OpenCV's solver, because threads that wait for each other take longer than so small a system.
        _, weights = cv2.solve(kernel, shift, flags=cv2.DECOMP_CHOLESKY)
        flow = (_kernel(_grid(), places) @ weights).reshape(_GRID, _GRID, 2) * _calm_borders()
        self._velocity = flow.astype(np.float32)

    def move(self, points: np.ndarray) -> np.ndarray:
        """Return where the flow carries points [N, 2]."""
        for _ in range(_STEPS):
            points = points + self._sampled(points[None])[0] / _STEPS
        return points

    def bend(self, *images: np.ndarray) -> list[np.ndarray]:
        """Return images [S, S] or [S, S, C] of one size, bent."""
        places = _grid().reshape(_GRID, _GRID, 2)
        for _ in range(_STEPS):  # backwards: from where does each pixel come?
            places = places - self._sampled(places) / _STEPS
        side = len(images[0])
        centres = ((np.arange(side, dtype=np.float32) + 0.5) / side * (_GRID - 1))[None]
        across, down = np.repeat(centres, side, 0), np.repeat(centres.T, side, 1)
        pixels = _remap(places.astype(np.float32), across, down, cv2.INTER_CUBIC) * side - 0.5
        x, y = cv2.split(pixels)
        return [_remap(image, x, y, cv2.INTER_CUBIC) for image in images]

    def _sampled(self, points: np.ndarray) -> np.ndarray:
        """Return the velocities at points [H, W, 2] in fractions of the side."""
        places = (points * (_GRID - 1)).astype(np.float32)
        return _remap(self._velocity, places[..., 0], places[..., 1], cv2.INTER_LINEAR)


def exaggerated(points: np.ndarray, mean: np.ndarray, amount: float, eyes: float = 1.0) -> np.ndarray:
    """Return landmarks [468, 2] that lead a warp to deviations from the mean face about `amount` times as large.

    What differs between left and right is mostly the way a head is turned. It becomes larger by a part of that only,
    and smoothly over the face, or the outline of a turned head would bulge.
    eyes: how many times larger they become, with their brows. The place, size and tilt of the face stay.
    """
    mean = np.ascontiguousarray(mean, np.float64)
    turn, shift = _similarity(mean, points)
    own = (_complex(points) - shift) / turn  # in the frame of the mean face
    deviation = own - _complex(mean)
    partner, axis = _mirror(mean.tobytes())
    mirrored = _mirrored_vector(deviation[partner], axis)
    even, odd = (deviation + mirrored) / 2, (deviation - mirrored) / 2
    own = own + _GAIN * (amount - 1) * (even + _TURNED * _quadratic(mean.tobytes()) @ odd)
    result = _plane(own * turn + shift)
    for eye, brow in zip(EYES, BROWS, strict=True):
        centre = result[list(eye)].mean(0)
        result[list(eye)] = centre + (result[list(eye)] - centre) * (1 + (eyes - 1) * np.array([0.8, 1.7]))
        lift = np.ptp(points[list(eye)], axis=0)[0] * 0.30 * (eyes - 1)
        result[list(brow)] -= (0, lift)
    return result


def warp_towards(points: np.ndarray, wanted: np.ndarray) -> Warp:
    """Return the warp of a face whose landmarks [468, 2] go towards others. Ears and hair go along with its outline."""
    chosen, outline = list(WARPED), list(OVAL[::2])
    middle = points[outline].mean(0)
    from_places, to_places = [points[chosen]], [wanted[chosen]]
    for reach, share in _AROUND:
        ring = middle + (points[outline] - middle) * reach
        from_places.append(ring)
        to_places.append(ring + (wanted[outline] - points[outline]) * share)
    return Warp(np.concatenate(from_places), np.concatenate(to_places))


def _similarity(mean: np.ndarray, points: np.ndarray) -> tuple[complex, complex]:
    """Return turn and shift, which lay the mean face on the points as well as possible: mean · turn + shift."""
    chosen = list(OVAL) + [i for eye in EYES for i in eye]
    a, b = _complex(mean)[chosen], _complex(points)[chosen]
    turn = np.vdot(a - a.mean(), b - b.mean()) / np.vdot(a - a.mean(), a - a.mean()).real
    return turn, b.mean() - a.mean() * turn


@lru_cache(8)
def _mirror(mean: bytes) -> tuple[np.ndarray, complex]:
    """Return for each landmark that of the other side [468], and the direction of the axis between the sides."""
    points = np.frombuffer(mean).reshape(-1, 2) @ (1, 1j)
    left, right = points[list(EYES[0])].mean(), points[list(EYES[1])].mean()
    axis = 1j * (right - left) / abs(right - left)
    middle = points[list(MIDLINE)].mean()
    mirrored = middle + _mirrored_vector(points - middle, axis)
    return np.abs(mirrored[:, None] - points[None]).argmin(1), axis


@lru_cache(8)
def _quadratic(mean: bytes) -> np.ndarray:
    """Return the matrix [468, 468] that fits values at the landmarks by a quadratic function of their place."""
    x, y = ((axis - axis.mean()) / axis.std() for axis in np.frombuffer(mean).reshape(-1, 2).T)
    basis = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], 1)
    return basis @ np.linalg.pinv(basis)


def _mirrored_vector(vectors: np.ndarray, axis: complex) -> np.ndarray:
    """Return complex vectors, mirrored at an axis through 0."""
    return np.conj(vectors / axis) * axis


def _complex(points: np.ndarray) -> np.ndarray:
    return points @ (1, 1j)


def _plane(numbers: np.ndarray) -> np.ndarray:
    return np.stack([np.real(numbers), np.imag(numbers)], 1)


def _remap(values: np.ndarray, across: np.ndarray, down: np.ndarray, interpolation: int) -> np.ndarray:
    return cv2.remap(values, across, down, interpolation, borderMode=cv2.BORDER_REPLICATE)


def _kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    squares = np.square(a).sum(1)[:, None] + np.square(b).sum(1) - 2 * a @ b.T
    near = np.exp(squares / (-2 * (3 * _REACH) ** 2))
    third = near * near * near
    return third * third * third + 0.25 * near


@lru_cache(1)
def _grid() -> np.ndarray:
    """Return places of the flow in fractions of the side, [_GRID², 2]."""
    line = np.linspace(0, 1, _GRID)
    return np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)


@lru_cache(1)
def _calm_borders() -> np.ndarray:
    """Return factors [_GRID, _GRID, 1] that fall to 0 at the borders, so that no edge is drawn in."""
    x, y = _grid().T
    # Far from the top, or heads that touch it would be drawn out.
    distance = np.minimum(np.minimum(x, 1 - x) / 0.12, np.minimum(y / 0.34, (1 - y) / 0.12))
    return np.sin(distance.clip(0, 1) * np.pi / 2).reshape(_GRID, _GRID, 1) ** 2
