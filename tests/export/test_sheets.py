from __future__ import annotations

from pathlib import Path

import numpy as np

from ddsgui.export.exports import export_steps
from ddsgui.export.options import ExportOptions
from ddsgui.export.registry import FORMATS
from ddsgui.images import read_image, read_recipe
from ddsgui.mask_tint import tinted
from tests.export.examples import a_mix, drained, smooth


def places_of(picture: np.ndarray, sheet: np.ndarray) -> list[tuple[int, int]]:
    """Return the top left corners at which a picture stands in a sheet."""
    height, width = picture.shape[:2]
    windows = np.lib.stride_tricks.sliding_window_view(sheet, (height, width, 3))[:, :, 0]
    hits = (windows == picture).all(axis=(2, 3, 4))
    return [(int(top), int(left)) for top, left in zip(*np.nonzero(hits), strict=True)]


def test_a_strip_shows_source_target_and_result_in_a_row(tmp_path: Path) -> None:
    content = a_mix(side=24)
    drained(export_steps(tmp_path / "a.png", FORMATS["strip"], content, ExportOptions(scale=1)))
    strip = read_image(tmp_path / "a.png")
    assert content.result is not None
    places = [places_of(image, strip) for image in (content.source, content.target, content.result.image)]
    assert all(len(place) == 1 for place in places)
    (tops, lefts) = zip(*[place[0] for place in places], strict=True)
    assert len(set(tops)) == 1 and list(lefts) == sorted(lefts)
    assert read_recipe(tmp_path / "a.png") is None, "it would be opened as the result"


def test_a_sheet_shows_all_pictures_and_some_frames(tmp_path: Path) -> None:
    content = a_mix(side=16, frames=20, live=smooth(16, 0.33))
    drained(export_steps(tmp_path / "a.png", FORMATS["sheet"], content, ExportOptions(scale=1)))
    sheet = read_image(tmp_path / "a.png")
    assert content.live is not None and content.result is not None
    for image in (
        *(content.source, content.target, content.crossover, content.live, content.result.image),
        tinted(content.source, content.source_mask),
        *(content.frames[0], content.frames[-1]),
    ):
        assert places_of(image, sheet)
    assert sum(bool(places_of(frame, sheet)) for frame in content.frames) == 8


def test_small_pictures_are_enlarged_and_a_scale_is_kept(tmp_path: Path) -> None:
    drained(export_steps(tmp_path / "a.png", FORMATS["strip"], a_mix(), ExportOptions()))
    drained(export_steps(tmp_path / "b.png", FORMATS["strip"], a_mix(), ExportOptions(scale=2)))
    widths = [read_image(tmp_path / name).shape[1] for name in ("a.png", "b.png")]
    assert widths[0] > 3 * 256 and 3 * 64 < widths[1] < 4 * 64


def test_a_mix_without_result_and_frames_has_a_sheet_too(tmp_path: Path) -> None:
    content = a_mix(result=None, live=None, frames=0, iterations=())
    drained(export_steps(tmp_path / "a.png", FORMATS["sheet"], content, ExportOptions()))
    assert (tmp_path / "a.png").stat().st_size > 0
