"""An empty library, and the server of the download tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from ddsgui import paths
from ddsgui.library.library import Library
from tests.download.conftest import Server, Shop, server, shop

__all__ = ["Server", "Shop", "own", "server", "shop"]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """A user library with nothing in it, and nothing bundled."""
    monkeypatch.setattr(paths, "assets", lambda: tmp_path / "nothing bundled")
    return Library(tmp_path / "own")
