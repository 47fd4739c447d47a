"""Seeds and stored latents survive JSON, and impossible ones are refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ddsgui.errors import OptimizerError
from ddsgui.synthesis.latents import SEED_RANGE, UNREADABLE, Seed, Space, StoredLatent

RNG = np.random.default_rng(0)
SHAPES: dict[Space, tuple[int, ...]] = {"z": (1, 16), "w": (1, 8), "w+": (1, 6, 8)}


def stored(space: Space) -> StoredLatent:
    return StoredLatent(RNG.standard_normal(SHAPES[space]).astype(np.float32), space, "mine.npy")


@pytest.mark.parametrize("space", SHAPES)
def test_a_stored_latent_survives_json_bit_by_bit(space: Space) -> None:
    latent = stored(space)
    again = StoredLatent.from_dict(json.loads(json.dumps(latent.as_dict())))
    assert again == latent and hash(again) == hash(latent)
    assert (again.space, again.name) == (space, "mine.npy")
    assert again != stored(space)


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 1.0, True])
def test_a_seed_fits_into_64_bits(value: int) -> None:
    with pytest.raises(OptimizerError, match=SEED_RANGE):
        Seed(value)


@pytest.mark.parametrize(
    ("array", "space"),
    [
        (np.zeros((1, 8), np.float64), "z"),
        (np.zeros(8, np.float32), "z"),
        (np.zeros((2, 8), np.float32), "w"),
        (np.zeros((1, 8), np.float32), "w+"),
        (np.zeros((1, 0), np.float32), "z"),
        (np.zeros((1, 0, 8), np.float32), "w+"),
        (np.zeros((1, 10_000), np.float32), "z"),
        (np.full((1, 8), np.nan, np.float32), "z"),
        (np.full((1, 8), np.inf, np.float32), "w"),
        (np.zeros((1, 8), np.float32), "x"),
    ],
)
def test_arrays_that_are_not_latents_are_refused(array: np.ndarray, space: Space) -> None:
    with pytest.raises(OptimizerError, match=r"\.$"):
        StoredLatent(array, space, "mine.npy")


@pytest.mark.parametrize(
    "change",
    [
        {"data": "not base64!"},
        {"data": "AAAA"},
        {"data": None},
        {"data": "A" * 10_000_000},
        {"shape": [1, 15]},
        {"shape": [1, -1.0]},
        {"shape": "1"},
        {"shape": [2**70, 1]},
        {"name": 7},
    ],
)
def test_foreign_json_is_refused(change: dict) -> None:
    with pytest.raises(OptimizerError) as caught:
        StoredLatent.from_dict({**stored("z").as_dict(), **change})
    assert str(caught.value) == UNREADABLE


@pytest.mark.parametrize("change", [{"space": "q"}, {"space": ["z"]}, {"space": "w+"}])
def test_a_foreign_space_is_refused(change: dict) -> None:
    with pytest.raises(OptimizerError):
        StoredLatent.from_dict({**stored("z").as_dict(), **change})
