from __future__ import annotations

import pytest
import torch

from ddsgui.evaluation.kernel_distance import kernel_distance
from ddsgui.synthesis.torchvision_compat import torchvision_models


def test_the_distance_is_that_of_torchmetrics() -> None:
    torchvision_models()  # torchmetrics imports torchvision
    from torchmetrics.image.kid import poly_mmd

    first, second = torch.randn(2, 30, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert kernel_distance(first, second + 0.5) == pytest.approx(poly_mmd(first, second + 0.5).item())


def test_few_rows_of_one_distribution_are_not_far_apart() -> None:
    rng = torch.Generator().manual_seed(0)
    distances = torch.tensor([kernel_distance(*torch.randn(2, 6, 16, generator=rng)) for _ in range(300)])
    assert abs(distances.mean()) < 3 * distances.std() / 300**0.5  # no bias


def test_one_row_is_refused() -> None:
    with pytest.raises(ValueError, match="two pictures"):
        kernel_distance(torch.zeros(1, 4), torch.zeros(5, 4))
