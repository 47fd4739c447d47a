from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from ddsgui.cli import main
from tests.test_cli import VERBS

COMMANDS = [[], *map(list, VERBS)]


@contextmanager
def terminal(encoding: str) -> Iterator[io.BytesIO]:
    """Yield the bytes that reach a terminal of another encoding."""
    content = io.BytesIO()
    stream = io.TextIOWrapper(content, encoding=encoding, errors="strict", write_through=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        patch.setattr(sys, "stderr", stream)
        yield content
    stream.detach()  # otherwise it would close the bytes


@pytest.mark.parametrize("encoding", ["cp1251", "ascii", "cp437"])
def test_every_help_appears_on_terminals_without_its_characters(encoding: str) -> None:
    for command in COMMANDS:
        with terminal(encoding) as printed, suppress(SystemExit):
            main([*command, "--help"])
        assert b"usage: ddsgui" in printed.getvalue()


def test_messages_and_names_that_are_not_utf8_appear(tmp_path: Path) -> None:
    with terminal("cp1251") as printed:
        assert main(["inspect", str(tmp_path / "Stra\udcdfe ×.pt")]) == 1
    assert b"Stra?e x.pt" in printed.getvalue()
