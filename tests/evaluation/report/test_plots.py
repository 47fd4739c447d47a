from __future__ import annotations

import builtins
import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from ddsgui.errors import DeviceError
from ddsgui.evaluation.report.plots import Line, Panel, draw_panels

PANEL = Panel("one", "iteration", "FID", (Line("target", (1, 10), (3, 2)),), is_logarithmic=True)


def test_panels_fill_rows() -> None:
    single, four = (Image.open(io.BytesIO(draw_panels([PANEL] * count, columns=2))) for count in (1, 4))
    assert (four.width, four.height) == (2 * single.width, 2 * single.height)


def test_an_axis_can_start_at_zero() -> None:
    from_zero = replace(PANEL, starts_at_zero=True)
    assert draw_panels([from_zero]) != draw_panels([PANEL])


def test_a_missing_matplotlib_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = builtins.__import__

    def without(name: str, *args: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return plain(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DeviceError, match="evaluation"):
        draw_panels([PANEL])
