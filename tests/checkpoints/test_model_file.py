"""A model file is read once, however much is reads about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ddsgui.checkpoints import model_file
from ddsgui.checkpoints.checkpoint import inspect_file
from ddsgui.checkpoints.model_file import ModelFile
from ddsgui.errors import CheckpointError

GOLDEN = Path(__file__).parent / "golden"


def test_the_file_is_read_once_for_all_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Path] = []
    read = model_file.read_contents
    monkeypatch.setattr(model_file, "read_contents", lambda path: reads.append(path) or read(path))
    path = GOLDEN / "rosinality.pt"
    file = ModelFile(path)
    assert reads == []
    assert file.kind == "domain"
    generator = file.generator
    assert file.generator is generator and not generator.training
    file.discriminator()
    report = file.report("ab")
    del file.generator
    assert file.generator is not generator
    assert reads == [path]
    assert (report.kind, report.sha256, report.bytes) == ("domain", "ab", path.stat().st_size)
    assert {**report.as_dict(), "sha256": ""} == {**inspect_file(path).as_dict(), "sha256": ""}


def test_errors_are_raised_on_first_use(tmp_path: Path) -> None:
    file = ModelFile(tmp_path / "gone.pt")
    with pytest.raises(CheckpointError, match="There is no file"):
        _ = file.kind
