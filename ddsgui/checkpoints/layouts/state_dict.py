"""Finds a network's tensors in a checkpoint, in any wrapping and with any prefix to their names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from torch import Tensor

from ddsgui.checkpoints.messages import printable_text

MAX_DEPTH, MAX_NAME_LENGTH, MAX_TENSORS = 8, 200, 20_000
MAX_ALSO_INSIDE = 16  # names
_AVERAGES = frozenset(("avg", "swa", "gs", "ma", "running", "shadow", "polyak"))


@dataclass(frozen=True)
class StateDict:
    """The tensors of one network without the prefix to their names, and the names of what else the checkpoint holds."""

    tensors: dict[str, Tensor]
    name: str  # of the network in the checkpoint; "" if the checkpoint holds nothing else
    also_inside: tuple[str, ...]
    networks: tuple[str, ...] = ()  # the names of all, where none of several is known to be the average


def choose_network(names: list[str], wanted: str) -> tuple[int, tuple[str, ...]]:
    """Return the index of the network to take, and all names as text if nothing says which of several is the average.

    It is the `wanted` one, else the first average, else the first.
    """
    texts = [printable_text(name) for name in names]
    if wanted in texts:
        return texts.index(wanted), ()
    averages = [i for i, name in enumerate(names) if is_average(name)]
    return (averages or [0])[0], () if averages or len(names) < 2 else tuple(texts)


def find_state_dict(content: Any, anchor: str, extra: str = "", wanted: str = "") -> StateDict | None:
    """Return the network that has a tensor of the name `anchor`; None if there is none.

    Of several networks, the one whose name suggests an average (g_ema, params_ema, g_running …), which draws the
    better pictures, unless another one is `wanted` by its name. extra: the name of a tensor that may also be next to
    the network or outside its wrapping.
    """
    flat = dict(islice(_flatten(content), MAX_TENSORS))
    prefixes = [key.removesuffix(anchor) for key, value in flat.items() if isinstance(value, Tensor)]
    prefixes = [p for p in prefixes if p + anchor in flat and (not p or p.endswith("."))]
    if not prefixes:
        return None
    index, networks = choose_network([prefix.removesuffix(".") for prefix in prefixes], wanted)
    prefix = prefixes[index]
    tensors = {
        key.removeprefix(prefix): value
        for key, value in flat.items()
        if key.startswith(prefix) and isinstance(value, Tensor)
    }
    around = prefix
    while extra and extra not in tensors and around:
        around = around[: around[:-1].rfind(".") + 1]
        if isinstance(value := flat.get(around + extra), Tensor):
            tensors[extra] = value
    name = printable_text(prefix.removesuffix("."))
    return StateDict(tensors, name, _also_inside(flat, prefix, extra), networks)


def _flatten(content: Any, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield everything in nested dicts with its dotted path."""
    if not isinstance(content, Mapping) or not content or depth > MAX_DEPTH:
        yield prefix.removesuffix("."), content
    elif all(isinstance(key, str) and len(key) <= MAX_NAME_LENGTH for key in content):
        for key, value in content.items():
            yield from _flatten(value, f"{prefix}{key}.", depth + 1)


def is_average(name: str) -> bool:
    """Return whether the name of a network says that its weights are averages over a training."""
    words = re.split(r"[._\- ]|(?<=[a-z])(?=[A-Z])", name)
    return any(
        word in _AVERAGES or word.startswith(("ema", "averag", "smooth")) or word.endswith("ema")
        for word in map(str.lower, words)
    )


def _also_inside(flat: Mapping[str, Any], prefix: str, extra: str) -> tuple[str, ...]:
    """Return the names next to those on the path to the network."""
    names: dict[str, None] = {}
    for key in flat:
        common = 0
        while (stop := prefix.find(".", common) + 1) and key.startswith(prefix[:stop]):
            common = stop
        if common < len(prefix):
            names.setdefault(key[common:].split(".")[0])
    names.pop(extra, None)
    return tuple(printable_text(name) for name in list(names)[:MAX_ALSO_INSIDE])
