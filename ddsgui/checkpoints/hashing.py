"""SHA-256 of a file, read block by block."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator
from pathlib import Path

BLOCK_BYTES = 1 << 24  # takes some hundredths of a second


def sha256_steps(path: Path) -> Generator[float, None, str]:
    """Yield the progress, 0 … 1; return hexadecimal text. Raises OSError if the file cannot be read."""
    digest, read = hashlib.sha256(), 0
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            read += len(block)
            yield min(1.0, read / size) if size else 1.0
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text. Raises OSError if it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
