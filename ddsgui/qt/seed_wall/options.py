"""The choices of the seed wall that are remembered until the next start."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ddsgui.jobs.seed_wall import MAX_SEEDS, MIN_SEEDS
from ddsgui.synthesis.latents import MAX_SEED, MIN_SEED

SHOWN = {"all": "All three", "live": "Result", "source": "Source", "target": "Target"}
ORDERS = {
    "seed": "Seed",
    "difference": "Differ most",
    "overlap": "Masks meet best",
    "starred": "Starred first",
}
MIN_SIDE_PX, MAX_SIDE_PX = 48, 256  # of a picture, widget pixels


@dataclass(frozen=True)
class WallOptions:
    """The seeds of a wall, and how they are shown."""

    first: int = 0
    count: int = MIN_SEEDS
    shown: str = "all"
    order: str = "seed"
    side: int = 88  # of a picture, widget pixels

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds from the first on; near the last seed of all, those before it."""
        first = min(self.first, MAX_SEED + 1 - self.count)
        return tuple(range(first, first + self.count))

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> WallOptions:
        """Return what as_dict() wrote; a value that is not valid counts as missing."""
        usual = cls()
        return cls(
            _number(values.get("first"), MIN_SEED, MAX_SEED, usual.first),
            _number(values.get("count"), MIN_SEEDS, MAX_SEEDS, usual.count),
            _choice(values.get("shown"), SHOWN, usual.shown),
            _choice(values.get("order"), ORDERS, usual.order),
            _number(values.get("side"), MIN_SIDE_PX, MAX_SIDE_PX, usual.side),
        )


def _number(value: object, low: int, high: int, usual: int) -> int:
    return value if type(value) is int and low <= value <= high else usual


def _choice(value: object, choices: dict[str, str], usual: str) -> str:
    return value if isinstance(value, str) and value in choices else usual
