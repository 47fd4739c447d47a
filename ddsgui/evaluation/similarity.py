"""The likeness of two pictures, pixel by pixel: SSIM, PSNR, and how much of a part was carried over."""

from __future__ import annotations

import cv2
import numpy as np

C1, C2 = 1e-4, 9e-4  # of SSIM, for pictures in 0 to 1: the paper, Sec. 5.1
WINDOW_PX, SIGMA_PX = 11, 1.5  # of SSIM's Gaussian window
INSIDE_MARGIN_PX = 3  # by which a mask is eroded before what was carried over is measured
SMALLEST_ERROR = 1e-10  # which limits PSNR to 100 dB


def ssim_map(picture: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return the structural similarity at each pixel of two images uint8 [H, W, 3], float64 [H, W], of -1 to 1.

    Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", IEEE TIP 2004, Eq. 13, for
    each channel. As in the implementation that the paper used, windows at the border continue into black.
    """
    x, y = picture.astype(np.float64) / 255, reference.astype(np.float64) / 255
    mean_x, mean_y = _windowed(x), _windowed(y)
    xx, yy, xy = (_windowed(product) for product in (x * x, y * y, x * y))
    luminance = (2 * mean_x * mean_y + C1) / (mean_x**2 + mean_y**2 + C1)
    structure = (2 * (xy - mean_x * mean_y) + C2) / (xx - mean_x**2 + yy - mean_y**2 + C2)
    return (luminance * structure).mean(-1)


def ssim(picture: np.ndarray, reference: np.ndarray, where: np.ndarray | None = None) -> float:
    """Return the mean similarity of two images uint8 [H, W, 3]. where: bool [H, W], the pixels that count."""
    similarity = ssim_map(picture, reference)
    return float(similarity.mean() if where is None else similarity[where].mean())


def psnr(picture: np.ndarray, reference: np.ndarray, where: np.ndarray | None = None) -> float:
    """Return the peak signal-to-noise ratio of two images uint8 [H, W, 3] in dB. where: the pixels that count."""
    error = np.square((picture.astype(np.float64) - reference) / 255)
    return float(-10 * np.log10(max((error if where is None else error[where]).mean(), SMALLEST_ERROR)))


def psnr_of_bytes(picture: np.ndarray, reference: np.ndarray) -> float:
    """Return the ratio in dB as it is if the error is computed in bytes, where differences and squares wrap around.

    Unlike pictures have 27.9 dB then, as in the paper's Table 1.
    """
    difference = picture.astype(np.uint8) - reference.astype(np.uint8)
    error = (difference * difference).mean() / 255**2
    return float(-10 * np.log10(max(error, SMALLEST_ERROR)))


def carried_over(picture: np.ndarray, source: np.ndarray, target: np.ndarray, mask: np.ndarray) -> float:
    """Return 1 − |x̂ − x_s| / |x_t − x_s| in the eroded mask: 0 is the target, 1 the source.

    Images are uint8 [H, W, 3], the mask bool [H, W]. NaN if nothing is left of the mask, or both are equal there.
    """
    kernel = np.ones((2 * INSIDE_MARGIN_PX + 1,) * 2)
    middle = cv2.erode(mask.astype(np.uint8), kernel, borderValue=0) > 0
    x, x_s, x_t = (image.astype(np.float64) for image in (picture, source, target))
    apart = np.abs(x_t - x_s)[middle]
    if not apart.any():
        return float("nan")
    return float(1 - np.abs(x - x_s)[middle].mean() / apart.mean())


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Return the intersection of two masks, uint8 [H, W], over their union: 1 if they are equal, or both empty."""
    a, b = first > 127, second > 127
    union = (a | b).sum()
    return float((a & b).sum() / union) if union else 1.0


def _windowed(image: np.ndarray) -> np.ndarray:
    size = (WINDOW_PX, WINDOW_PX)
    return cv2.GaussianBlur(image, size, SIGMA_PX, borderType=cv2.BORDER_CONSTANT)
