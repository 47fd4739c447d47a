"""What torch.save writes, read without torch.load: the archive of torch 1.6 and later, and the stream before it."""

from __future__ import annotations

import mmap
import struct
import sys
from pathlib import Path
from typing import Any

from ddsgui.checkpoints.file_format import ARCHIVE_MAGIC, STREAM_MAGIC
from ddsgui.checkpoints.messages import damaged_error
from ddsgui.checkpoints.pickles.allowlist import Allowlist
from ddsgui.checkpoints.pickles.interpreter import PickleInterpreter
from ddsgui.checkpoints.pickles.limits import check_limits
from ddsgui.checkpoints.pickles.torch_values import Storage, StorageType
from ddsgui.checkpoints.torch_zip import Archive
from ddsgui.errors import CheckpointError

MAX_STORAGES = 100_000


def map_file(path: Path) -> memoryview:
    """The bytes of a file. What is not looked at is not read. CheckpointError if it cannot be."""
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
    """The content of a torch.save file as plain data: see read_pickle. CheckpointError if it is none."""
    return read_torch_bytes(map_file(path), name or path.name)


def read_torch_bytes(view: memoryview, name: str) -> Any:
    """As read_torch_file, of bytes, in which the tensors will lie."""
    if view[:4] == ARCHIVE_MAGIC:
        return _read_archive(view, name)
    if view[2 : 2 + len(STREAM_MAGIC)] == STREAM_MAGIC:
        return _read_stream(view, name)
    raise damaged_error(name)


def _read_archive(view: memoryview, name: str) -> Any:
    archive = Archive(view, name)
    root = next((e.removesuffix("data.pkl") for e in archive.entries if e.endswith("data.pkl")), None)
    if root is None:
        raise CheckpointError(
            f"{name} is a zip archive, but no model; unpack it and open the model file inside."
        )
    if f"{root}constants.pkl" in archive.entries:
        raise CheckpointError(
            f"{name} is a TorchScript program, which would have to be run; ask for its weights."
        )
    if f"{root}byteorder" in archive.entries and archive.read(f"{root}byteorder") != sys.byteorder.encode():
        raise CheckpointError(f"{name} was written on a machine with another byte order; convert it there.")
    storages: dict[str, memoryview] = {}

    def storage(identity: Any) -> Storage:
        _, kind, key, _, numbers = identity
        _check_storage(kind, key, numbers)
        if key not in storages:
            storages[key] = archive.read(f"{root}data/{key}")
        return Storage(kind, storages[key]).part(0, numbers)

    content = PickleInterpreter(archive.read(f"{root}data.pkl"), name, Allowlist(name).find, storage).run()
    return check_limits(content, name, len(view))


def _read_stream(view: memoryview, name: str) -> Any:
    """Magic, protocol, system, content, keys, and then, for each key, the storage: numbers follow what names them."""
    find = Allowlist(name).find
    position = 0
    for expected in (int, int, dict):
        machine = PickleInterpreter(view, name, find, position=position)
        system = machine.run()
        if type(system) is not expected:
            raise damaged_error(name)
        if isinstance(system, dict) and system.get("little_endian") is not (sys.byteorder == "little"):
            raise CheckpointError(
                f"{name} was written on a machine with another byte order; convert it there."
            )
        position = machine.stream.position
    storages: dict[str, Storage] = {}

    def storage(identity: Any) -> Storage:
        _, kind, key, _, numbers, part, *_ = (*identity, None)
        _check_storage(kind, key, numbers)
        found = storages.setdefault(key, Storage(kind, None))
        if part is None:
            return found
        _, offset, length = part
        return found.part(offset, length)

    first = PickleInterpreter(view, name, find, storage, position)
    first.run()  # only to learn which storages there are
    keys = PickleInterpreter(view, name, find, position=first.stream.position)
    order = keys.run()
    whole = isinstance(order, list) and all(type(key) is str for key in order)
    if not whole or len(order) > MAX_STORAGES or set(order) != storages.keys():
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
    # Of anything else but text, even the hash could take for ever.
    if not isinstance(kind, StorageType) or type(key) is not str or type(numbers) is not int:
        raise TypeError("no storage")
