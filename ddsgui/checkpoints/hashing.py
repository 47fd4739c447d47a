"""SHA-256 of a file, read block by block."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator
from pathlib import Path

BLOCK_BYTES = 1 << 24  # bytes; some hundredths of a second


def sha256_steps(path: Path) -> Generator[float, None, str]:
    """Yields the share that is read, 0 … 1; returns hexadecimal text. OSError if the file cannot be read."""
    digest, read = hashlib.sha256(), 0
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            read += len(block)
            yield min(1.0, read / size) if size else 1.0
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    """As digesting(), in one go."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
