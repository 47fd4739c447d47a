"""Partners are found by their headers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from ddsgui import paths
from ddsgui.library.library import Library
from ddsgui.library.partners import find_partner


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setattr(paths, "assets", lambda: tmp_path / "nothing")
    (tmp_path / "domains").mkdir()
    for name, resolution, family in (
        ("a", 32, ""),
        ("b", 64, "x"),
        ("c", 32, "x"),
        ("d", 32, "x"),
        ("e", 128, ""),
    ):
        document = {
            "kind": "domain",
            "format": 1,
            "config": {"resolution": resolution, "z_dim": 8, "w_dim": 8},
            "card": {"family": family},
        }
        path = tmp_path / f"domains/{name}.safetensors"
        save_file({"x": np.zeros(1)}, path, {"ddsgui": json.dumps(document)})
    return Library(tmp_path)


@pytest.mark.parametrize(
    ("domain", "partner"), [("a", "c"), ("c", "d"), ("d#3", "c"), ("b", None), ("e", None), ("gone", None)]
)
def test_a_partner_has_the_same_size_and_is_a_relative_if_there_is_one(
    library: Library, domain: str, partner: str | None
) -> None:
    entry = find_partner(library, domain)
    assert (entry and entry.name) == partner
