from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ddsgui.checkpoints import hashing
from ddsgui.checkpoints.hashing import file_sha256, sha256_steps


def test_a_file_is_read_block_by_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "BLOCK_BYTES", 4)
    path = tmp_path / "a"
    path.write_bytes(b"ten bytes.")
    steps = sha256_steps(path)
    assert [next(steps), next(steps), next(steps)] == [0.4, 0.8, 1.0]
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value == file_sha256(path) == hashlib.sha256(b"ten bytes.").hexdigest()


def test_a_missing_file_raises_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        next(sha256_steps(tmp_path / "gone"))
