"""Screens: patterns of lines and dots that lie still, and swell with the shade."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


def line_phase(side: int, count: float, angle: float, bow: float = 0.0) -> np.ndarray:
    """Return the phase of lines at pixel centres, float32 [side, side]; each whole number is the middle of a line.

    count: lines per side. angle: in degrees, 0 is horizontal. bow: how far lines bend, in sides of the picture.
    """
    x, y = _places(side)
    turn = np.deg2rad(angle)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    return (count * (across + bow * np.sin(2 * np.pi * 1.1 * along))).astype(np.float32)


def waves(phase: np.ndarray) -> np.ndarray:
    """Return the cosine of a phase, 1 in the middle of a line and -1 between two: a screen for a network."""
    return np.cos(2 * np.pi * phase).astype(np.float32)


def swelling_lines(phase: np.ndarray, shade: np.ndarray, pixels: float) -> np.ndarray:
    """Return lines that cover as much as the shade [S, S] says, 0 to 1. pixels: per line."""
    distance = np.abs(phase - np.round(phase)) * 2  # 0 in the middle of a line, 1 between two
    edge = 2 / pixels
    return ((shade * (1 + 2 * edge) - edge - distance) / edge + 0.5).clip(0, 1)


def swelling_dots(across: np.ndarray, down: np.ndarray, shade: np.ndarray, pixels: float) -> np.ndarray:
    """Return dots at the crossings of two screens of lines that cover about as much as the shade says."""
    hill = (waves(across) + waves(down)) / 4 + 0.5  # 1 in the middle of a dot, 0 between four
    edge = 2.2 / pixels
    return ((hill - 1 + shade * (1 + 2 * edge) - edge) / edge + 0.5).clip(0, 1)


@lru_cache(8)
def grain(side: int, seed: int = 0) -> np.ndarray:
    """Return fine noise of mean 0 and deviation 1 that is always the same: float32 [side, side]."""
    noise = np.random.default_rng(seed).standard_normal((side, side)).astype(np.float32)
    noise.setflags(write=False)
    return noise


def _places(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of pixel centres in fractions of the side."""
    line = (np.arange(side) + 0.5) / side
    return line[None], line[:, None]
