"""The kernel distance between two sets of images (KID), which few images do not bias.

Bińkowski et al., "Demystifying MMD GANs", ICLR 2018, Sec. 4, with the kernel (x·y / D + 1)³.
"""

from __future__ import annotations

from torch import Tensor


def kernel_distance(first: Tensor, second: Tensor) -> float:
    """Return the unbiased squared MMD of features [N, D] and [M, D]: about 0, also below it, if they are alike.

    Raises ValueError for fewer than two rows in either.
    """
    if min(len(first), len(second)) < 2:
        raise ValueError("a kernel distance needs two pictures or more of each kind")
    a, b = first.double(), second.double()
    return _mean_of_others(_kernel(a, a)) + _mean_of_others(_kernel(b, b)) - 2 * float(_kernel(a, b).mean())


def _kernel(a: Tensor, b: Tensor) -> Tensor:
    return (a @ b.t() / a.shape[1] + 1) ** 3


def _mean_of_others(kernel: Tensor) -> float:
    """Return the mean of a square kernel [N, N] without its diagonal."""
    n = len(kernel)
    return float((kernel.sum() - kernel.diagonal().sum()) / (n * (n - 1)))
