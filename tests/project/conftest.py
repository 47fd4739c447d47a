"""Journals that a test has opened are closed after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ddsgui.project.record_file import RecordFile


@pytest.fixture(autouse=True)
def closed_journals() -> Iterator[None]:
    files: list[RecordFile] = []
    init = RecordFile.__init__

    def noted(self: RecordFile, path) -> None:
        files.append(self)
        init(self, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RecordFile, "__init__", noted)
        yield
    for file in files:
        if hasattr(file, "_file"):
            file.close()
