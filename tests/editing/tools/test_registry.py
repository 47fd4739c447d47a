from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import ddsgui
from ddsgui.editing.mask import Coverage
from ddsgui.editing.tools.base import Modifiers, Surface
from ddsgui.editing.tools.registry import TOOLS

ICONS = Path(ddsgui.__file__).parents[1] / "resources" / "icons"


@pytest.mark.parametrize("name", TOOLS)
def test_every_tool_keeps_the_contract(name: str) -> None:
    spec = TOOLS[name]
    assert (ICONS / f"{spec.icon}.svg").is_file()
    tool = spec.start(Surface(np.zeros((32, 40, 3), np.uint8), np.zeros((32, 40), np.uint8)))
    tool.press((5.0, 5.0, 2.0), Modifiers.ERASE if spec.erases else Modifiers.NONE)
    for point in ((30.0, 5.0, 2.0), (30.0, 25.0, 2.0), (-8.0, 60.0, 2.0)):
        assert tool.move(point) is not None
        assert tool.preview() is not None
    assert tool.label
    coverage = tool.release()
    assert isinstance(coverage, Coverage) and coverage.array.dtype == np.uint8
    assert coverage.array.shape == (coverage.rect.h, coverage.rect.w) and coverage.array.any()
    assert coverage.value == (0 if spec.erases else 255)
    assert coverage.rect.x >= 0 and coverage.rect.y >= 0
    assert coverage.rect.x + coverage.rect.w <= 40 and coverage.rect.y + coverage.rect.h <= 32


def test_no_two_tools_have_the_same_key() -> None:
    keys = [spec.key for spec in TOOLS.values()]
    assert len(set(keys)) == len(keys)
