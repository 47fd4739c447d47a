"""Measures of a pair of pictures, by which a wall of many pairs is sorted."""

from __future__ import annotations

import cv2
import numpy as np

INSIDE_FROM = 128  # a pixel is in the part from this value of its mask on


def mean_difference(source: np.ndarray, target: np.ndarray) -> float:
    """Return how strongly two pictures, uint8 [H, W, 3], differ: the mean absolute difference, 0 to 255."""
    return float(cv2.absdiff(source, target).mean())


def mask_overlap(source_mask: np.ndarray, target_mask: np.ndarray) -> float:
    """Return how well two masks, uint8 [H, W], meet: intersection over union, 0 to 1; 0 if both are empty."""
    first, second = source_mask >= INSIDE_FROM, target_mask >= INSIDE_FROM
    union = np.count_nonzero(first | second)
    return np.count_nonzero(first & second) / union if union else 0.0
