"""Files of torch.save, read without torch.load: the zip archive of torch 1.6 and later, and the stream before it."""

from __future__ import annotations

import mmap
import struct
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ddsgui.checkpoints.file_format import ARCHIVE_MAGIC, STREAM_MAGIC
from ddsgui.checkpoints.messages import damaged_error
from ddsgui.checkpoints.pickles.allowlist import Allowlist
from ddsgui.checkpoints.pickles.interpreter import Constructor, PickleInterpreter
from ddsgui.checkpoints.pickles.limits import check_limits
from ddsgui.checkpoints.pickles.stubs import Stub
from ddsgui.checkpoints.pickles.torch_values import Storage, StorageType
from ddsgui.checkpoints.torch_zip import TorchZip
from ddsgui.errors import CheckpointError

MAX_STORAGES = 100_000

Globals = Mapping[str, Callable[..., Any]]  # names that a pickle may use, and what stands in for them


def map_file(path: Path) -> memoryview:
    """Return the bytes of a file, read from the disk as they are used. Raises CheckpointError if it cannot be read."""
    try:
        with path.open("rb") as file:
            # Private: torch and NumPy want memory that may be written to, and must never write to the file.
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    except FileNotFoundError as error:
        raise CheckpointError(f"There is no file {path}.") from error
    except ValueError as error:
        raise CheckpointError(f"{path.name} is empty.") from error
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error


def read_torch_file(path: Path, name: str | None = None) -> Any:
    """Return the content of a file of torch.save as plain data: see read_pickle. Raises CheckpointError if damaged."""
    return read_torch_bytes(map_file(path), name or path.name)


def read_torch_bytes(view: memoryview, name: str, globals: Globals | None = None) -> Any:
    """Return the content of such a file from its bytes. Its tensors share them."""
    if view[:4] == ARCHIVE_MAGIC:
        return _read_archive(view, name, globals)
    if view[2 : 2 + len(STREAM_MAGIC)] == STREAM_MAGIC:
        return _read_stream(view, name, globals)
    raise damaged_error(name)


def _read_archive(view: memoryview, name: str, globals: Globals | None) -> Any:
    archive = TorchZip(view, name)
    root = next((e.removesuffix("data.pkl") for e in archive.entries if e.endswith("data.pkl")), None)
    if root is None:
        raise CheckpointError(
            f"{name} is a zip archive, but not a model; unpack it and open the model file inside."
        )
    if f"{root}constants.pkl" in archive.entries:
        raise CheckpointError(
            f"{name} is a TorchScript program, which would have to be run; ask its author for the weights."
        )
    if f"{root}byteorder" in archive.entries and archive.read(f"{root}byteorder") != sys.byteorder.encode():
        raise CheckpointError(f"{name} was written on a machine with another byte order; convert it there.")
    storages: dict[str, memoryview] = {}

    def storage(identity: Any) -> Storage | Stub:
        _, kind, key, _, numbers = identity
        if isinstance(kind, Constructor):  # of numbers that torch has quantised, say
            return Stub(kind.name)
        _check_storage(kind, key, numbers)
        if key not in storages:
            storages[key] = archive.read(f"{root}data/{key}")
        return Storage(kind, storages[key]).part(0, numbers)

    find = Allowlist(name, globals).find
    content = PickleInterpreter(archive.read(f"{root}data.pkl"), name, find, storage).run()
    return check_limits(content, name, len(view))


def _read_stream(view: memoryview, name: str, globals: Globals | None) -> Any:
    """Return the content of a stream: magic, protocol, system, content, keys, and a storage of numbers for each key.

    The numbers follow the content that refers to them, so the content is read twice.
    """
    find = Allowlist(name, globals).find
    position = 0
    for expected in (int, int, dict):
        header = PickleInterpreter(view, name, find, position=position)
        value = header.run()
        if type(value) is not expected:
            raise damaged_error(name)
        if isinstance(value, dict) and value.get("little_endian") is not (sys.byteorder == "little"):
            raise CheckpointError(
                f"{name} was written on a machine with another byte order; convert it there."
            )
        position = header.stream.position
    storages: dict[str, Storage] = {}

    def storage(identity: Any) -> Any:
        if identity[0] == "module":  # a class, with its source
            return identity[1]
        _, kind, key, _, numbers, part, *_ = (*identity, None)
        _check_storage(kind, key, numbers)
        whole = storages.setdefault(key, Storage(kind, None))
        if part is None:
            return whole
        _, offset, length = part
        return whole.part(offset, length)

    first = PickleInterpreter(view, name, find, storage, position)
    first.run()  # only to learn which storages it refers to
    keys = PickleInterpreter(view, name, find, position=first.stream.position)
    order = keys.run()
    valid = isinstance(order, list) and all(type(key) is str for key in order)
    if not valid or len(order) > MAX_STORAGES or set(order) != storages.keys():
        raise damaged_error(name)
    at = keys.stream.position
    for key in order:
        kind = storages[key].kind
        count = struct.unpack("<q", view[at : at + 8])[0] if at + 8 <= len(view) else -1
        stop = at + 8 + count * kind.width
        if count < 0 or stop > len(view):
            raise damaged_error(name)
        storages[key] = Storage(kind, view[at + 8 : stop])
        at = stop
    return check_limits(PickleInterpreter(view, name, find, storage, position).run(), name, len(view))


def _check_storage(kind: Any, key: Any, numbers: Any) -> None:
    # Text only: a tuple of tuples could take for ever to hash.
    if not isinstance(kind, StorageType) or type(key) is not str or type(numbers) is not int:
        raise TypeError("not a storage")
