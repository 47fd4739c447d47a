"""The interface of a layout: one way in which programs put a StyleGAN2 network into a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from torch import Tensor

from ddsgui.checkpoints.assembly import to_float32

NetworkT = TypeVar("NetworkT")


@dataclass(frozen=True)
class Contents:
    """The content of a file as plain data and, of a native file, its document."""

    name: str  # the file's, for messages
    data: Any
    document: dict[str, Any] = field(default_factory=dict)
    is_safetensors: bool = False
    network: str = ""  # the name of the wanted one, if the file holds several

    @property
    def kind(self) -> str:
        """The kind that a native file states, such as domain or part; "" of a foreign file."""
        return str(self.document.get("kind") or "")

    def floats(self) -> dict[str, Tensor]:
        """Return the tensors of a native file in float32. Raises CheckpointError if one is something else."""
        return {key: to_float32(value, f"{self.name}: {key}") for key, value in self.data.items()}


@dataclass(frozen=True)
class Match:
    """A network of a certain layout, found in the contents of a file."""

    contents: Contents
    network: Any  # the part of the contents that build() needs, as match() found it
    also_inside: tuple[str, ...] = ()  # what else the file holds, for `ddsgui inspect`
    name: str = ""  # of the network in the file, if it holds more than that
    networks: tuple[str, ...] = ()  # the names of all, where none of several is known to be the average


@dataclass(frozen=True)
class Layout(Generic[NetworkT]):
    """A layout: how to find a network in the contents of a file, and how to build ours of it."""

    name: str  # as `ddsgui inspect` shows it
    match: Callable[[Contents], Match | None]  # quick, and raises nothing: a file of any kind may come
    build: Callable[[Match], NetworkT]  # strict; raises CheckpointError, in one sentence
    owner: str = ""  # whose names the tensors have, where they are in a safetensors file: "NVLabs'"
    # Names that its pickles may use beyond pickles/allowlist.py, and the functions that stand in for them.
    globals: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def format(self, contents: Contents) -> str:
        """Return the name of the layout in this file."""
        return f"safetensors, {self.owner} names" if contents.is_safetensors and self.owner else self.name
