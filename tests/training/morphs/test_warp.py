from __future__ import annotations

import numpy as np
import torch

from ddsgui.steps import result_of
from ddsgui.training.morphs.warp import EDGE, Spline, align, align_steps, pixel_centres


def test_the_edge_has_every_corner_once():
    assert EDGE.shape == (16, 2)
    assert ((EDGE == 0) | (EDGE == 1)).any(1).all()


def test_a_spline_reproduces_a_plane_and_nearly_meets_its_points():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.random((6, 2)), EDGE])
    plane = points @ np.array([[0.9, 0.2], [-0.1, 1.1]]) + 0.05
    at = rng.random((20, 2))
    expected = at @ np.array([[0.9, 0.2], [-0.1, 1.1]]) + 0.05
    np.testing.assert_allclose(Spline(points).interpolate(plane, at), expected, atol=1e-9)
    moved = points.copy()
    moved[:6] += rng.normal(0, 0.03, (6, 2))
    spline = Spline(points)
    assert np.abs(spline.interpolate(moved, points) - moved).max() < 0.02
    np.testing.assert_allclose(spline.weights(at) @ moved, spline.interpolate(moved, at), atol=1e-9)


def dot(x: float, y: float, side: int) -> torch.Tensor:
    """Draw a bright spot on a dark background, uint8 [3, side, side]."""
    squares = np.square(pixel_centres(side) - (x, y)).sum(1).reshape(side, side)
    return torch.from_numpy(np.exp(-squares / 0.005) * 200).byte().expand(3, -1, -1).clone()


def brightest(picture: torch.Tensor) -> tuple[float, float]:
    """Return x and y of the centre of brightness."""
    side = picture.shape[-1]
    light = picture[0].double().flatten()
    x, y = (torch.from_numpy(pixel_centres(side)) * light[:, None]).sum(0) / light.sum()
    return float(x), float(y)


def test_textures_have_the_mean_points_and_fields_lead_back():
    side = 32
    where = np.array([(0.4, 0.45), (0.6, 0.5), (0.5, 0.6)])
    pictures = torch.stack([dot(x, y, side) for x, y in where])
    corners = np.array([(-0.1, -0.1), (0.1, -0.1), (0.1, 0.1), (-0.1, 0.1), (0, 0)])
    progress: list[tuple[int, int]] = []
    aligned = result_of(align_steps(pictures, where[:, None] + corners), progress.append)
    textures, fields, mean = aligned.textures, aligned.fields, aligned.points
    assert progress == [(1, 3), (2, 3), (3, 3)]
    np.testing.assert_allclose(mean[4], where.mean(0))
    for picture, texture, field in zip(pictures, textures, fields, strict=True):
        np.testing.assert_allclose(brightest(texture), mean[4], atol=0.025)
        grid = torch.from_numpy(pixel_centres(side).reshape(1, side, side, 2)).float()
        sought = (grid + field.float().movedim(0, -1)) * 2 - 1
        back = torch.nn.functional.grid_sample(
            texture[None].float(), sought, align_corners=False, padding_mode="border"
        )
        assert (back[0] - picture.float()).abs().mean() < 2


def test_equal_points_in_all_pictures_bend_nothing():
    pictures = torch.randint(256, (2, 3, 16, 16), dtype=torch.uint8)
    points = np.broadcast_to(np.random.default_rng(0).random((4, 2)), (2, 4, 2))
    aligned = align(pictures, points)
    textures, fields = aligned.textures, aligned.fields
    assert fields.shape == (2, 2, 16, 16)
    assert fields.abs().max() < 1e-3
    assert (textures.int() - pictures.int()).abs().max() <= 8
