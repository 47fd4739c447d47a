from __future__ import annotations

import numpy as np
import pytest
import torch

from ddsgui.errors import TrainingError
from ddsgui.training.morphs.codes import focus_map, mirror_field, picture_codes
from ddsgui.training.morphs.morphing import MEMBERS, Morphs
from ddsgui.training.morphs.warp import align, pixel_centres

CPU = torch.device("cpu")
ALONE, PAIRS = (1.0, 0, 0, 0), (0, 1.0, 0, 0)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noise(count: int, side: int) -> torch.Tensor:
    return torch.randint(40, 216, (count, 3, side, side), dtype=torch.uint8, generator=rng())


def points(count: int) -> np.ndarray:
    centre = np.random.default_rng(1).uniform(0.4, 0.6, (count, 1, 2))
    return centre + np.array([(-0.1, -0.1), (0.1, -0.1), (0, 0.1)])


def test_codes_are_the_principal_components_of_pictures_and_mirror_images():
    pictures = noise(9, 4)
    codes, spread = picture_codes(pictures, None, torch.ones(1, 4, 4), 6, 0.25, rng())
    both = torch.cat([pictures, pictures.flip(3)]).flatten(1).double() / 127.5
    left, values, _ = torch.linalg.svd(both - both.mean(0), full_matrices=False)
    torch.testing.assert_close(spread, values[:6].float())
    expected = left[:, :6] / left[:, :6].square().mean(1, keepdim=True).sqrt()
    torch.testing.assert_close(codes.abs(), expected.abs().float(), atol=1e-3, rtol=1e-3)


def test_codes_longer_than_the_number_of_components_are_filled_at_random():
    codes, spread = picture_codes(noise(4, 4), None, torch.ones(1, 4, 4), 12, 0.25, rng())
    again, _ = picture_codes(noise(4, 4), None, torch.ones(1, 4, 4), 12, 0.25, rng())
    assert torch.equal(codes, again)
    assert codes.shape == (8, 12)
    torch.testing.assert_close(codes.square().mean(1), torch.ones(8))
    assert (spread > 0).all()
    same = torch.full((4, 3, 4, 4), 9, dtype=torch.uint8)
    codes, spread = picture_codes(same, None, torch.ones(1, 4, 4), 3, 0.25, rng())
    assert torch.isfinite(codes).all()
    assert torch.isfinite(spread).all()


def test_shapes_count_as_much_as_their_weight_says():
    same = torch.full((9, 3, 8, 8), 100, dtype=torch.uint8)
    same[::2, :, 2:5, 1:4] = 140  # the only difference
    fields = torch.randn(9, 2, 8, 8, generator=rng()).half()
    _, little = picture_codes(same, fields, torch.ones(1, 8, 8), 4, 1e-4, rng())
    _, much = picture_codes(same, fields, torch.ones(1, 8, 8), 4, 1.0, rng())
    assert little[2] < 0.05 * little[0]
    assert much[2] > 0.2 * much[0]


def test_the_focus_is_high_where_points_are_dense():
    assert torch.equal(focus_map(None, 8, 3.0), torch.ones(1, 8, 8))
    dense = torch.tensor([[0.25, 0.25]] * 5 + [[0.75, 0.75]])
    focus = focus_map(dense, 32, 3.0)[0]
    assert focus[7, 7] > 2.9
    assert 1.2 < focus[23, 23] < 2
    assert focus[30, 2] < 1.01


def test_the_backdrop_is_outside_all_points_and_has_the_given_weight():
    square = torch.tensor([[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]])
    plain, weighed = (focus_map(square, 64, 3.0, backdrop) for backdrop in (1.0, 0.25))
    lost = (plain - weighed)[0]
    assert lost[32, 32] < 1e-6
    assert lost[16:48, 16:48].max() <= 0.75 * 0.8  # half of it on an edge, three quarters in a corner
    torch.testing.assert_close(lost[:8], torch.full((8, 64), 0.75), rtol=0, atol=2e-3)
    torch.testing.assert_close(lost[:, 15:17].mean(1)[24:40], torch.full((16,), 0.375), rtol=0, atol=0.02)


def test_a_mixture_of_one_is_the_picture_or_its_mirror_image():
    morphs = Morphs(align(noise(5, 8), points(5)), 6, rng())
    latents, pictures = morphs.at(8, CPU).batch(6, ALONE, rng(3))
    known = torch.cat([morphs.pictures, morphs.pictures.flip(3)]).float() / 127.5 - 1
    for latent, picture in zip(latents, pictures, strict=True):
        index = int((morphs.codes - latent).square().sum(1).argmin())
        torch.testing.assert_close(latent, morphs.codes[index])
        torch.testing.assert_close(picture, known[index])


def test_a_mixture_of_two_lies_on_the_sphere_between_their_latents():
    morphs = Morphs(noise(5, 8), 6, rng())
    assert morphs.fields is None
    assert morphs.textures is morphs.pictures
    sized = morphs.at(8, CPU)
    latents, pictures = sized.batch(4, PAIRS, rng(3))
    torch.testing.assert_close(latents.square().mean(1), torch.ones(4))
    both = torch.cat([morphs.pictures, morphs.pictures.flip(3)]).float() / 127.5 - 1
    apart = both - both.mean(0)
    for picture in pictures:  # Σ a·apart with Σ a² = 1, wherever nothing is clipped
        inside = picture.abs() < 1
        wanted = (picture - both.mean(0))[inside]
        known = apart[:, inside]
        weights = torch.linalg.lstsq(known.t(), wanted[:, None]).solution.flatten()
        weights -= weights.median()  # all of them sum to zero, since they are centred
        assert abs(weights.square().sum() - 1) < 0.01
        assert (weights.abs() > 0.01).sum() == 2


def test_mixtures_are_bent_back_to_the_mixed_shape():
    """Two spots far apart become one spot between them instead of two pale ones."""
    side = 32
    where = np.array([(0.35, 0.5), (0.65, 0.5)] * 4)
    squares = np.square(pixel_centres(side)[None] - where[:, None]).sum(-1).reshape(-1, 1, side, side)
    pictures = torch.from_numpy(np.exp(-squares / 0.003) * 200).byte().expand(-1, 3, -1, -1).contiguous()
    shape = where[:, None] + np.array([(-0.08, -0.08), (0.08, -0.08), (0.08, 0.08), (-0.08, 0.08), (0, 0)])
    bent = Morphs(align(pictures, shape), 4, rng()).at(side, CPU)
    assert bent._mean_texture[0].max() > 0.2  # all spots are aligned
    assert Morphs(pictures, 4, rng()).at(side, CPU)._mean_texture[0].max() < 0
    field = bent._mean_field
    torch.testing.assert_close(field, mirror_field(field[None])[0])


def test_batches_depend_only_on_the_given_generator_at_every_side():
    morphs = Morphs(align(noise(6, 16), points(6)), 4, rng())
    for side in (8, 16):
        sized = morphs.at(side, CPU)
        first, second = (sized.batch(16, (0.3, 0.4, 0.2, 0.1), rng(5)) for _ in range(2))
        assert torch.equal(first[0], second[0])
        assert torch.equal(first[1], second[1])
        assert first[1].shape == (16, 3, side, side)
        assert first[1].abs().max() <= 1
    assert len(MEMBERS) == 4


def test_a_mirrored_field_leads_to_the_mirrored_place():
    field = torch.zeros(1, 2, 2, 2)
    field[0, :, 0, 0] = torch.tensor([0.1, 0.2])
    assert mirror_field(field)[0, :, 0, 1].tolist() == [-field[0, 0, 0, 0].item(), field[0, 1, 0, 0].item()]


def test_a_stage_leaves_out_the_pictures_that_were_smaller_and_their_mirror_images():
    pictures = noise(40, 8)
    sides = torch.tensor([4] * 5 + [8] * 35)
    morphs = Morphs(pictures, 6, rng(), sides=sides)
    drawn = morphs.at(8, CPU, 1.0).draw(2000, rng(1))
    assert set(drawn.tolist()) == set(range(5, 40)) | set(range(45, 80))
    for side, native in ((8, 0.0), (8, 0.5), (4, 1.0)):
        assert set(morphs.at(side, CPU, native).draw(2000, rng(1)).tolist()) == set(range(80))
    with pytest.raises(TrainingError, match="Only 0 pictures have 16 pixels"):
        morphs.at(16, CPU, 1.0)
