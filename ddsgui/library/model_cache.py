"""Loaded domains and parts, each read once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from ddsgui.library.library import Library
    from ddsgui.stylegan.generator import Generator
    from ddsgui.synthesis.segmenter import Segmenter

T = TypeVar("T")


class ModelCache:
    """Domains and parts by name or path, on one device; a file that changed on disk is read again.

    A class of a conditional domain is asked for as NAME#3.
    """

    def __init__(self, library: Library, device: torch.device | str = "cpu") -> None:
        self.library, self.device = library, device
        self._loaded: dict[tuple[Path, int | None], tuple[int, object]] = {}

    def generator(self, name_or_path: str) -> Generator:
        """The generator of a domain. LibraryError or CheckpointError."""
        from ddsgui.checkpoints.checkpoint import read_generator
        from ddsgui.library.library import split_class

        path = self.library.domain(name_or_path)
        plain, number = split_class(name_or_path)

        def read(path: Path) -> Generator:
            generator = read_generator(path, self.device)
            generator.choose_class(number, plain)  # errors speak of it as the user did
            return generator

        return self._read(path, read, number)

    def segmenter(self, name_or_path: str) -> Segmenter:
        """The segmenter of a part. LibraryError or SegmenterError."""
        from ddsgui.synthesis.segmenter import load_segmenter

        return self._read(self.library.part(name_or_path), lambda p: load_segmenter(p).to(self.device))

    def clear(self) -> None:
        """Drop everything, to give its memory back."""
        self._loaded.clear()

    def _read(self, path: Path, read: Callable[[Path], T], number: int | None = None) -> T:
        key, stamp = (path, number), path.stat().st_mtime_ns
        if key in self._loaded and self._loaded[key][0] == stamp:
            return self._loaded[key][1]  # type: ignore[return-value]
        value = read(path)
        self._loaded[key] = stamp, value
        return value
