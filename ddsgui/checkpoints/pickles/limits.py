"""The limits of what a pickle may contain: only plain data, not too deep, and not too much of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ddsgui.checkpoints.pickles.interpreter import Constructor, Placeholder
from ddsgui.checkpoints.pickles.objects import PickledObject
from ddsgui.checkpoints.pickles.torch_values import Storage, StorageType
from ddsgui.errors import CheckpointError

MAX_DEPTH = 200
SPARE_BYTES = 64 << 20  # allowed beyond twice the file
_LEAVES = (str, int, float, complex, slice, memoryview, np.ndarray, np.dtype, torch.Tensor, torch.dtype)
_LEAVES = (*_LEAVES, Storage, StorageType, Constructor, Placeholder)
_NODE_BYTES = 64  # about what a Python object takes


def check_limits(content: Any, name: str, size: int) -> Any:
    """Return `content` if it is plain data within the limits; raises CheckpointError otherwise.

    size: of the file, in bytes. A value can be referred to many times in a file of a few bytes, and refer to others
    that are too: code that walks through it would never end, or copy it until the memory is full. So every reference
    counts as if it were a copy.
    """
    limit = 2 * size + SPARE_BYTES
    # Bytes and height of every container that was measured, by its id; None while it is being measured.
    measured: dict[int, tuple[int, int] | None] = {}

    def measure(node: Any, depth: int) -> tuple[int, int]:
        children = _children(node, name)
        if not children:
            return _bytes(node), 0
        known = measured.get(id(node), (0, 0))
        if known is None or depth + known[1] > MAX_DEPTH:
            raise _nested_error(name)
        if known[0]:
            return known
        measured[id(node)] = None
        sizes = [measure(child, depth + 1) for child in children]
        total = sum(size for size, _ in sizes) + _NODE_BYTES, max(height for _, height in sizes) + 1
        if total[0] > limit:
            raise _nested_error(name)
        measured[id(node)] = total
        return total

    measure(content, 0)
    return content


def _children(node: Any, name: str) -> list[Any]:
    if isinstance(node, dict):
        return [*node.keys(), *node.values()]
    if isinstance(node, list | tuple | set | frozenset):
        return list(node)
    if isinstance(node, PickledObject):
        return list(vars(node).values())
    if node is None or isinstance(node, _LEAVES):
        return []
    raise CheckpointError(f"{name} holds a value that is not plain data; the file is damaged.")


def _bytes(node: Any) -> int:
    if isinstance(node, np.ndarray | torch.Tensor):
        return _NODE_BYTES + node.nbytes
    return _NODE_BYTES + (len(node) if isinstance(node, str | memoryview) else 0)


def _nested_error(name: str) -> CheckpointError:
    return CheckpointError(f"{name} is nested too deeply, or without end; it is not a model file.")
