"""What is in a model file, read as plain data, and the generator among it, whichever layout it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from ddsgui.checkpoints.file_format import file_kind
from ddsgui.checkpoints.layouts import nvlabs_pytorch, nvlabs_tensorflow, rosinality
from ddsgui.checkpoints.layouts.state_dict import find_state_dict
from ddsgui.checkpoints.layouts.unsupported import unsupported_error
from ddsgui.checkpoints.messages import printable_text
from ddsgui.checkpoints.native import generator_from_native, read_raw, to_float32
from ddsgui.checkpoints.pickle_file import PersistentModule, read_pickle
from ddsgui.checkpoints.torch_save import map_file, read_torch_bytes
from ddsgui.stylegan.generator import Generator

NATIVE = "ddsgui native"


@dataclass(frozen=True)
class Contents:
    """A file's content as plain data; of a native file, its document as well."""

    name: str
    data: Any
    document: dict[str, Any] = field(default_factory=dict)
    safetensors: bool = False

    @property
    def kind(self) -> str:
        """What a native file says it is, such as domain or part; "" of a foreign file."""
        return str(self.document.get("kind") or "")

    def floats(self) -> dict[str, Tensor]:
        """The tensors of a native file, in float32. CheckpointError if one is something else."""
        return {key: to_float32(value, f"{self.name}: {key}") for key, value in self.data.items()}

    def found(self) -> Match:
        """The generator. CheckpointError, with what the file is instead, if there is none."""
        if self.kind:
            return Match(NATIVE, lambda: generator_from_native(self.floats(), self.document, self.name))
        found = _find(self.data, self.name)
        if found is None:
            raise unsupported_error(self.data, self.name)
        if not self.safetensors:
            return found
        names = "rosinality's" if found.layout == "rosinality" else "NVLabs'"
        return Match(f"safetensors, {names} names", found.build, found.beside)


@dataclass(frozen=True)
class Match:
    """A generator in a file: the layout it has there, how to build ours of it, and what lies beside it."""

    layout: str
    build: Callable[[], Generator]
    beside: tuple[str, ...] = ()


def read_contents(path: Path) -> Contents:
    """Everything in a model file; nothing in it is executed. CheckpointError, in one sentence, if it is none."""
    view, name = map_file(path), path.name
    match file_kind(view, name):
        case "safetensors":
            tensors, document = read_raw(path)
            return Contents(name, tensors, document, safetensors=True)
        case "pickle":
            return Contents(name, read_pickle(view, name=name))
        case _:
            return Contents(name, read_torch_bytes(view, name))


def _find(data: Any, name: str) -> Match | None:
    if nvlabs_tensorflow.is_tensorflow(data):
        return Match(
            "NVLabs TensorFlow",
            lambda: nvlabs_tensorflow.generator_from_tensorflow(data, name),
            ("G, the generator without averaging", "D, its discriminator") if isinstance(data, tuple) else (),
        )
    if (state := find_state_dict(data, rosinality.ANCHOR, rosinality.MEAN)) is not None:
        return Match(
            "rosinality", lambda: rosinality.generator_from_rosinality(state.tensors, name), state.also_inside
        )
    if _holds_objects(data) and nvlabs_pytorch.is_nvlabs(data):
        return Match(
            "NVLabs PyTorch", lambda: nvlabs_pytorch.generator_from_nvlabs(data, name), _beside(data)
        )
    if (state := find_state_dict(data, nvlabs_pytorch.CONST)) is not None:
        return Match(
            "NVLabs PyTorch",
            lambda: nvlabs_pytorch.generator_from_nvlabs(state.tensors, name),
            state.also_inside,
        )
    return None


def _holds_objects(data: Any) -> bool:
    inside = data.values() if isinstance(data, Mapping) else [data]
    return any(isinstance(value, PersistentModule) for value in inside)


def _beside(data: Any) -> tuple[str, ...]:
    """The keys of a training snapshot except the generator's own."""
    if not isinstance(data, Mapping):
        return ()
    own = next((key for key in nvlabs_pytorch.GENERATORS if key in data), None)
    return tuple(printable_text(key) for key in list(data)[:16] if key != own)
