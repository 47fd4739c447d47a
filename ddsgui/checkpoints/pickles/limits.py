"""How much the content of a pickle is once all that it mentions is followed, and how deep: not endless."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ddsgui.checkpoints.pickles.allowlist import PersistentModule, TflibNetwork
from ddsgui.checkpoints.pickles.torch_values import Storage, StorageType
from ddsgui.errors import CheckpointError

MAX_DEPTH = 200
_LEAVES = (str, int, float, complex, slice, memoryview, np.ndarray, np.dtype, torch.Tensor, torch.dtype)
_LEAVES = (*_LEAVES, Storage, StorageType)


def check_limits(content: Any, name: str, size: int) -> Any:
    """`content`, if it is plain data, no deeper than 200 and, with all that is mentioned followed, not endless.

    A thing can be mentioned many times in a file of a few bytes, and mention others that do the same: whoever
    walks through it would never come back, or copy it until the memory is full. `size` is the file's, in bytes.
    """
    limit = 2 * size + (64 << 20)
    # Bytes and height of what was followed; None: being followed.
    seen: dict[int, tuple[int, int] | None] = {}

    def follow(node: Any, depth: int) -> tuple[int, int]:
        children = _inside(node, name)
        if not children:
            return _weight(node), 0
        found = seen.get(id(node), (0, 0))
        if found is None or depth + found[1] > MAX_DEPTH:
            raise CheckpointError(f"{name} holds things within things without end; it is no model file.")
        if found[0]:
            return found
        seen[id(node)] = None
        parts = [follow(child, depth + 1) for child in children]
        whole = sum(part[0] for part in parts) + 64, max(part[1] for part in parts) + 1
        if whole[0] > limit:
            raise CheckpointError(f"{name} holds things within things without end; it is no model file.")
        seen[id(node)] = whole
        return whole

    follow(content, 0)
    return content


def _inside(node: Any, name: str) -> list[Any]:
    if isinstance(node, dict):
        return [*node.keys(), *node.values()]
    if isinstance(node, list | tuple | set | frozenset):
        return list(node)
    if isinstance(node, PersistentModule):
        return [node.state]
    if isinstance(node, TflibNetwork):
        return [node.static_kwargs, node.components, node.variables]
    if node is None or isinstance(node, _LEAVES):
        return []
    raise CheckpointError(f"{name} holds something that is no data; it is damaged.")


def _weight(node: Any) -> int:
    if isinstance(node, np.ndarray | torch.Tensor):
        return 64 + node.nbytes
    return 64 + (len(node) if isinstance(node, str | memoryview) else 0)
