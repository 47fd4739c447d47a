"""Pickles as plain data. Nothing in them is run: see pickles/interpreter.py and pickles/allowlist.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ddsgui.checkpoints.pickles.allowlist import Allowlist
from ddsgui.checkpoints.pickles.interpreter import PickleInterpreter
from ddsgui.checkpoints.pickles.limits import check_limits
from ddsgui.checkpoints.torch_save import map_file, read_torch_bytes


def read_pickle(
    source: Path | bytes | memoryview, *, name: str, globals: Mapping[str, Callable[..., Any]] | None = None
) -> Any:
    """Return the first pickle in a file, a memoryview or bytes as plain data.

    dict (EasyDict, OrderedDict, Namespace), list, tuple, set, str, numbers, None; memoryview for bytes; np.ndarray of
    numbers; torch.Tensor; and what the functions in `globals` make of the names that they stand in for. Arrays and
    tensors of a file or a memoryview are not copied: copy what is to outlive it. Raises CheckpointError if the pickle
    is damaged, or names anything else.
    """
    if isinstance(source, Path):
        view = map_file(source)
    else:
        view = source if isinstance(source, memoryview) else memoryview(bytearray(source))
    allowlist = Allowlist(name, globals, nested=lambda data: read_torch_bytes(data, name, globals))
    content = PickleInterpreter(view, name, allowlist.find).run()
    return check_limits(content, name, len(view))
