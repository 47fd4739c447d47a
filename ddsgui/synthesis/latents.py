"""The latent that a picture is drawn from: a seed or a stored vector. Free of torch."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from ddsgui.errors import OptimizerError

Space = Literal["z", "w", "w+"]
SPACES: tuple[Space, ...] = ("z", "w", "w+")
MIN_SEED, MAX_SEED = -(2**63), 2**63 - 1
SEED_RANGE = f"A seed must be between {MIN_SEED} and {MAX_SEED}"  # the range of 64 bits
MAX_LAYERS, MAX_WIDTH = 64, 8192  # more than any generator has
MAX_BASE64_CHARACTERS = MAX_LAYERS * MAX_WIDTH * 4 * 4 // 3 + 4
MAX_NAME_CHARACTERS = 4096  # of a name or path in a file
UNREADABLE = "The stored latent cannot be read."


@dataclass(frozen=True)
class Seed:
    """The number that stands for a z ~ N(0, I). Raises OptimizerError unless it is in the range of 64 bits."""

    value: int

    def __post_init__(self) -> None:
        if type(self.value) is not int or not MIN_SEED <= self.value <= MAX_SEED:
            raise OptimizerError(f"{SEED_RANGE}, not {self.value}.")

    def __str__(self) -> str:
        return f"seed {self.value}"


@dataclass(frozen=True, eq=False)
class StoredLatent:
    """A latent from a file, from a result or from an inverted photo. Only z is truncated before it is drawn.

    Raises OptimizerError unless `array` has the shape of its space and is finite.
    """

    array: np.ndarray  # float32 [1, z_dim], [1, w_dim] or [1, num_ws, w_dim]; never changes
    space: Space
    name: str = ""  # the name of its file, for messages

    def __post_init__(self) -> None:
        array, name = self.array, self.name or "The latent"
        if self.space not in SPACES:
            raise OptimizerError(f"The space of a latent is {', '.join(SPACES)}, not {self.space}.")
        if array.dtype != np.float32 or array.ndim != (3 if self.space == "w+" else 2) or len(array) != 1:
            raise OptimizerError(
                f"{name} is {array.dtype} {list(array.shape)}, which is not a latent of {self.space}."
            )
        layers = array.shape[1] if self.space == "w+" else 1
        if not 1 <= array.shape[-1] <= MAX_WIDTH or not 1 <= layers <= MAX_LAYERS:
            raise OptimizerError(f"{name} has the shape {list(array.shape)}, which no generator draws from.")
        if not np.isfinite(array).all():
            raise OptimizerError(f"{name} holds numbers that are not finite.")

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data: the numbers as base64 of little-endian float32."""
        data = base64.b64encode(self.array.astype("<f4").tobytes()).decode("ascii")
        return {"space": self.space, "shape": list(self.array.shape), "data": data, "name": self.name}

    @classmethod
    def from_dict(cls, data: object) -> StoredLatent:
        """Return what as_dict() wrote. Raises OptimizerError on anything else."""
        if not isinstance(data, dict):
            raise OptimizerError(UNREADABLE)
        text, name, space, shape = (data.get(key) for key in ("data", "name", "space", "shape"))
        if not isinstance(text, str) or not isinstance(name, str) or not isinstance(shape, list):
            raise OptimizerError(UNREADABLE)
        if (
            len(text) > MAX_BASE64_CHARACTERS
            or len(name) > MAX_NAME_CHARACTERS
            or not all(type(n) is int for n in shape)
        ):
            raise OptimizerError(UNREADABLE)
        try:
            numbers = np.frombuffer(base64.b64decode(text, validate=True), "<f4")
            return cls(numbers.reshape(shape).astype(np.float32), space, name)  # type: ignore[arg-type]
        except (
            ValueError
        ) as error:  # not base64, not a multiple of four bytes, or fewer numbers than the shape needs
            raise OptimizerError(UNREADABLE) from error

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, StoredLatent)
            and self.space == other.space
            and np.array_equal(self.array, other.array)
        )

    def __hash__(self) -> int:
        return hash((self.space, self.array.tobytes()))

    def __str__(self) -> str:
        return self.name or f"a latent of {self.space}"


LatentSource: TypeAlias = Seed | StoredLatent


def as_source(latent: LatentSource | int) -> LatentSource:
    """Return a latent; a plain number is a seed."""
    return Seed(latent) if isinstance(latent, int) else latent
