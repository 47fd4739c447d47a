"""Pickles as plain data. Nothing in them is executed: see pickle_machine for how and plain_data for what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ddsgui.checkpoints.pickles.allowlist import Allowlist, PersistentModule, TflibNetwork
from ddsgui.checkpoints.pickles.interpreter import PickleInterpreter
from ddsgui.checkpoints.pickles.limits import check_limits
from ddsgui.checkpoints.torch_save import map_file, read_torch_bytes

__all__ = ["PersistentModule", "TflibNetwork", "read_pickle"]


def read_pickle(
    source: Path | bytes | memoryview, *, name: str, storages: Callable[[Any], Any] | None = None
) -> Any:
    """The first pickle in a file, in a memoryview (where it lies) or in bytes, as plain data.

    dict (EasyDict, OrderedDict, Namespace), list, tuple, set, str, numbers, None; memoryview for bytes;
    np.ndarray of numbers; torch.Tensor; Persistent and Network for NVIDIA's objects. Arrays and tensors lie
    in the source's own bytes: copy what is to be kept. `storages` gives what a persistent id stands for.
    CheckpointError, in one sentence, if the pickle is damaged, or takes anything else to be built.
    """
    if isinstance(source, Path):
        view = map_file(source)
    else:
        view = source if isinstance(source, memoryview) else memoryview(bytearray(source))
    find = Allowlist(name, lambda data: read_torch_bytes(data, name)).find
    content = PickleInterpreter(view, name, find, storages).run()
    return check_limits(content, name, len(view))
