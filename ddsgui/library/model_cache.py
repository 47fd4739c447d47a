"""Loaded domains and parts, each read once and released when memory becomes short."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ddsgui.library.library import Library, split_class

if TYPE_CHECKING:
    import torch
    from torch import nn

    from ddsgui.stylegan.generator import Generator
    from ddsgui.synthesis.segmenter import Segmenter

CACHE_FRACTION = 0.25  # of the free memory, for cached models
FALLBACK_BYTES = 1 << 30  # if the system does not report its free memory

ModelT = TypeVar("ModelT", bound="nn.Module")
Key = tuple[Path, int | None]  # a file, and the class of a conditional domain


@dataclass(frozen=True)
class _Loaded:
    model: nn.Module
    stamp: int  # the file's modification time when it was read
    bytes: int


class ModelCache:
    """Domains and parts by name or path, on one device; a file that changed on disk is read again.

    NAME#3 is a class of a conditional domain. When a model is loaded, or others are named by keep(), the least recently
    used ones are released until the rest fits into a quarter of the free memory, but never those named by keep(). A
    model that is still in use is not loaded a second time.
    """

    def __init__(self, library: Library, device: torch.device | str = "cpu") -> None:
        self.library, self.device = library, device
        self._loaded: dict[Key, _Loaded] = {}  # the most recently used last
        self._never_released: frozenset[Path] = frozenset()
        self._in_use: dict[Key, tuple[int, weakref.ref[nn.Module]]] = {}

    def generator(self, name_or_path: str) -> Generator:
        """Return the generator of a domain. Raises LibraryError or CheckpointError."""
        from ddsgui.checkpoints.checkpoint import read_generator

        path = self.library.domain(name_or_path)
        plain, number = split_class(name_or_path)

        def read(path: Path) -> Generator:
            generator = read_generator(path, self.device)
            generator.choose_class(number, plain)  # so that errors use the user's name for it
            return generator

        return self._get(path, read, number)

    def segmenter(self, name_or_path: str) -> Segmenter:
        """Return the segmenter of a part. Raises LibraryError or SegmenterError."""
        from ddsgui.synthesis.segmenter import load_segmenter

        return self._get(self.library.part(name_or_path), lambda path: load_segmenter(path).to(self.device))

    def keep(self, *domains: str) -> None:
        """Never release these domains, given by name or path, until the next call."""
        files = frozenset(map(self.library.domain, domains))
        if files != self._never_released:
            self._never_released = files
            self._release()

    def clear(self) -> None:
        """Release all models."""
        self._loaded.clear()

    @property
    def bytes(self) -> int:
        """The memory that the cached models use, in bytes."""
        return sum(loaded.bytes for loaded in self._loaded.values())

    def _get(self, path: Path, read: Callable[[Path], ModelT], number: int | None = None) -> ModelT:
        key, stamp = (path, number), path.stat().st_mtime_ns
        model = self._find(key, stamp)
        loaded = self._loaded.pop(key, None)
        if loaded is not None and loaded.model is model:
            self._loaded[key] = loaded
            return model  # type: ignore[return-value]
        if model is None:
            model = read(path)
        tensors = (*model.parameters(), *model.buffers())
        self._loaded[key] = _Loaded(model, stamp, sum(tensor.nbytes for tensor in tensors))
        self._in_use[key] = stamp, weakref.ref(model)
        self._release(key)
        return model  # type: ignore[return-value]

    def _find(self, key: Key, stamp: int) -> nn.Module | None:
        """Return a model that is cached, or was released but is still in use; None if its file has changed."""
        known, reference = self._in_use.get(key, (None, None))
        return None if known != stamp or reference is None else reference()

    def _release(self, newest: Key | None = None) -> None:
        """Release the least recently used models until the rest fits."""
        excess = self.bytes - self._limit()
        released = False
        for key in list(self._loaded):
            if excess <= 0:
                break
            if key != newest and key[0] not in self._never_released:
                excess -= self._loaded.pop(key).bytes
                released = True
        self._in_use = {key: value for key, value in self._in_use.items() if value[1]() is not None}
        if released:
            self._return_device_memory()

    def _limit(self) -> int:
        import torch

        from ddsgui.memory import free_memory

        free = free_memory(
            torch.device(self.device)
        )  # this includes the memory that this program already uses
        return FALLBACK_BYTES if free is None else round(free * CACHE_FRACTION)

    def _return_device_memory(self) -> None:
        """Give unused memory of a GPU back to other programs."""
        import torch

        if torch.device(self.device).type == "cuda":
            torch.cuda.empty_cache()
