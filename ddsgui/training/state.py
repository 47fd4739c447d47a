"""Saved states, from which a training resumes as if it had never stopped: exact tensors and a JSON document."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from ddsgui.checkpoints.file_format import METADATA_KEY
from ddsgui.checkpoints.native import save_tensors
from ddsgui.errors import TrainingError
from ddsgui.paths import utf8_path

STATE_KIND, STATE_FORMAT = "training", 1


def save_state(path: Path, tensors: Mapping[str, Tensor], document: Mapping[str, Any]) -> None:
    """Write tensors of any dtype, bit for bit, and a JSON document, in one file, atomically.

    Raises DdsError if it cannot be written.
    """
    save_tensors(path, dict(tensors), {**document, "kind": STATE_KIND, "format": STATE_FORMAT})


def load_state(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return what save_state() wrote, on the CPU. Raises TrainingError if the file is anything else."""
    try:
        with utf8_path(path) as named, safe_open(named, framework="pt") as file:
            # Copies: the file may be overwritten while they are in use.
            tensors = {key: file.get_tensor(key).clone() for key in file.keys()}  # noqa: SIM118 — not a dict
            document = json.loads((file.metadata() or {}).get(METADATA_KEY, "null"))
    except FileNotFoundError as error:
        raise TrainingError(f"There is no saved training {path}.") from error
    except (SafetensorError, OSError, ValueError, RuntimeError, RecursionError) as error:
        raise TrainingError(f"The saved training {path} is damaged and cannot be resumed.") from error
    if not isinstance(document, dict) or document.get("kind") != STATE_KIND:
        raise TrainingError(f"{path} is not a saved training.")
    if document.get("format") != STATE_FORMAT:
        raise TrainingError(f"{path} was written by a newer version of ddsgui. Update ddsgui to resume it.")
    return tensors, document


def strip_prefix(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin with `prefix` and a dot, without it."""
    return {k.removeprefix(f"{prefix}."): v for k, v in tensors.items() if k.startswith(f"{prefix}.")}


def add_prefix(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors with `prefix` and a dot before their names."""
    return {f"{prefix}.{key}": value for key, value in tensors.items()}


@torch.no_grad()
def restore_module(module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Copy a state dict into a module in place, so that optimisers keep its parameters.

    Raises TrainingError if the names or shapes differ.
    """
    _copy_all(module.state_dict(), tensors)


def flatten_adam(adam: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the moments and step counters of an Adam, named "<number of the parameter>.<name>"."""
    state = adam.state_dict()["state"]
    return {f"{number}.{key}": value for number, values in state.items() for key, value in values.items()}


@torch.no_grad()
def restore_adam(adam: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Restore what flatten_adam() returned, in an optimiser of the same parameters.

    Raises TrainingError if they differ.
    """
    parameters = [p for group in adam.param_groups for p in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        number, _, key = name.partition(".")
        if not number.isdecimal() or int(number) >= len(parameters):
            raise TrainingError("The saved training belongs to other networks.")
        parameter = parameters[int(number)]
        if value.dim():
            # A moment has the memory layout of its parameter, for exactly the same arithmetic.
            if value.shape != parameter.shape:
                raise TrainingError("The saved training belongs to other networks.")
            value = torch.empty_like(parameter).copy_(value)
        state.setdefault(int(number), {})[key] = value.clone()
    adam.load_state_dict({"state": state, "param_groups": adam.state_dict()["param_groups"]})


def _copy_all(present: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> None:
    same = present.keys() == tensors.keys() and all(present[k].shape == v.shape for k, v in tensors.items())
    if not same:
        raise TrainingError("The saved training belongs to other networks.")
    for key, value in present.items():
        value.copy_(tensors[key])


def all_finite(losses: Mapping[str, float]) -> bool:
    """Return whether every loss is finite; a training that has diverged never recovers."""
    return all(math.isfinite(value) for value in losses.values())
