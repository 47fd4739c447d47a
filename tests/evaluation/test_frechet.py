from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from ddsgui.evaluation.frechet import (
    Statistics,
    batches,
    frechet_distance,
    frechet_of_rows,
    sample_images,
    statistics_of,
    vgg_statistics,
)
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.synthesis.torchvision_compat import torchvision_models


def normal(mean: list[float], variances: list[float]) -> Statistics:
    return Statistics(
        torch.tensor(mean, dtype=torch.float64), torch.tensor(variances, dtype=torch.float64).diag(), 9
    )


def test_two_diagonal_normals_match_the_formula():
    a, b = normal([1, 2, 3], [1, 4, 9]), normal([1, 0, 4], [4, 4, 1])
    # (2² + 1²) for the means, (σ_a − σ_b)² for each axis.
    by_hand = 5 + (1 - 2) ** 2 + 0 + (3 - 1) ** 2
    assert frechet_distance(a, b) == pytest.approx(by_hand)
    assert frechet_distance(b, a) == pytest.approx(by_hand)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)


def test_covariances_that_do_not_commute_match_the_formula():
    """In two dimensions tr((AB)^½) = sqrt(tr(AB) + 2·sqrt(det(AB)))."""
    a, b = (
        torch.tensor(m, dtype=torch.float64) for m in ([[2.0, 1.0], [1.0, 3.0]], [[5.0, -2.0], [-2.0, 1.0]])
    )
    zero = torch.zeros(2, dtype=torch.float64)
    product = (a @ b).numpy()
    root = math.sqrt(np.trace(product) + 2 * math.sqrt(np.linalg.det(product)))
    expected = 5 + 6 - 2 * root
    assert frechet_distance(Statistics(zero, a, 9), Statistics(zero, b, 9)) == pytest.approx(expected)


def test_moments_in_batches_equal_those_of_all_rows():
    rows = torch.randn(23, 4, generator=torch.Generator().manual_seed(0)) * 3 + 1000
    streamed = statistics_of(rows.split([1, 9, 6, 7]))
    assert streamed.n == 23
    np.testing.assert_allclose(streamed.mean, rows.double().mean(0))
    np.testing.assert_allclose(streamed.covariance, np.cov(rows.double().numpy().T), rtol=1e-9)


def test_one_row_is_refused():
    with pytest.raises(ValueError, match="two pictures"):
        statistics_of([torch.zeros(1, 4)])


def test_pictures_are_near_themselves_and_far_from_noise():
    rng = torch.Generator().manual_seed(0)
    smooth = torch.rand(24, 3, 1, 1, generator=rng).expand(-1, -1, 16, 16)
    noisy = torch.rand(24, 3, 16, 16, generator=rng)
    smooth_pixels, noisy_pixels = ((x * 255).round().byte() for x in (smooth, noisy))
    a, b = vgg_statistics(batches(smooth_pixels, 5)), vgg_statistics(batches(noisy_pixels, 24))
    assert a.mean.shape == (256,)
    assert frechet_distance(a, vgg_statistics([smooth_pixels])) == pytest.approx(0, abs=1e-5)
    assert frechet_distance(a, b) > 1
    as_floats = vgg_statistics([smooth_pixels.float() / 127.5 - 1])
    np.testing.assert_allclose(as_floats.mean, a.mean, rtol=1e-4, atol=1e-6)


def test_drawn_pictures_depend_on_the_seed_and_not_on_the_batch():
    torch.manual_seed(0)
    generator = Generator(GeneratorConfig(8, 4, 4, 1, (4, 4)))
    generator.estimate_w_mean()
    generator.freeze()
    whole = torch.cat(list(sample_images(generator, 5, 0.8, size=5)))
    assert whole.shape == (5, 3, 8, 8)
    torch.testing.assert_close(torch.cat(list(sample_images(generator, 5, 0.8, size=2))), whole)
    assert not torch.equal(torch.cat(list(sample_images(generator, 5, 0.8, seed=1))), whole)


@pytest.mark.parametrize("width", [5, 60])
def test_rows_have_the_distance_of_their_statistics(width: int) -> None:
    first, second = torch.randn(2, 20, width, generator=torch.Generator().manual_seed(0))
    expected = frechet_distance(statistics_of([first]), statistics_of([2 * second + 1]))
    assert frechet_of_rows(first, 2 * second + 1) == pytest.approx(expected, rel=1e-6)
    assert frechet_of_rows(first, first) == pytest.approx(0, abs=1e-6)


def test_the_distance_is_that_of_torchmetrics() -> None:
    torchvision_models()  # torchmetrics imports torchvision
    from torchmetrics.image.fid import _compute_fid

    first, second = torch.randn(2, 40, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    moments = [(rows.mean(0), rows.t().cov()) for rows in (first, 2 * second + 1)]
    expected = _compute_fid(moments[0][0], moments[0][1], moments[1][0], moments[1][1]).item()
    assert frechet_of_rows(first, 2 * second + 1) == pytest.approx(expected)
