"""Where in a checkpoint a network's tensors lie, whatever they are wrapped in and whatever precedes their names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from torch import Tensor

from ddsgui.checkpoints.messages import printable_text

MAX_DEPTH, MAX_NAME, MAX_TENSORS = 8, 200, 20_000
MAX_BESIDE = 16


@dataclass(frozen=True)
class StateDict:
    """The tensors of one network by their own names, and the names of what else the checkpoint holds."""

    tensors: dict[str, Tensor]
    also_inside: tuple[str, ...]


def find_state_dict(content: Any, anchor: str, extra: str = "") -> StateDict | None:
    """The network that has a tensor of the name `anchor`; None if there is none.

    Of several, the one whose name speaks of an average (g_ema, params_ema, ema_model …): the better pictures.
    `extra`: the name of a tensor that may also lie beside the network or outside its wrapping.
    """
    flat = dict(islice(_flatten(content), MAX_TENSORS))
    found = [key.removesuffix(anchor) for key, value in flat.items() if isinstance(value, Tensor)]
    found = [prefix for prefix in found if prefix + anchor in flat and (not prefix or prefix.endswith("."))]
    if not found:
        return None
    prefix = min(found, key=lambda prefix: not _is_average(prefix))  # the first of them
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
    return StateDict(tensors, _beside(flat, prefix, extra))


def _flatten(content: Any, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Everything in nested dicts of names, by its dotted path."""
    if not isinstance(content, Mapping) or not content or depth > MAX_DEPTH:
        yield prefix.removesuffix("."), content
    elif all(isinstance(key, str) and len(key) <= MAX_NAME for key in content):
        for key, value in content.items():
            yield from _flatten(value, f"{prefix}{key}.", depth + 1)


def _is_average(prefix: str) -> bool:
    words = re.split(r"[._]", prefix.lower())
    return any(w.startswith(("ema", "average")) or w.endswith("ema") or w in ("avg", "swa") for w in words)


def _beside(flat: Mapping[str, Any], prefix: str, extra: str) -> tuple[str, ...]:
    """The names at which other things part from the way to the network."""
    names: dict[str, None] = {}
    for key in flat:
        common = 0
        while (stop := prefix.find(".", common) + 1) and key.startswith(prefix[:stop]):
            common = stop
        if common < len(prefix):
            names.setdefault(key[common:].split(".")[0])
    names.pop(extra, None)
    return tuple(printable_text(name) for name in list(names)[:MAX_BESIDE])
