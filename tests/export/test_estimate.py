from __future__ import annotations

from pathlib import Path

import pytest

from ddsgui.export.estimate import BYTES_PER_PIXEL, estimated_bytes, picture_size, size_text
from ddsgui.export.exports import export_steps
from ddsgui.export.options import ExportOptions
from ddsgui.export.registry import FORMATS
from tests.export.examples import a_mix, drained


def test_every_format_has_an_estimate_that_grows_with_its_pictures() -> None:
    assert BYTES_PER_PIXEL.keys() == FORMATS.keys()
    for fmt in FORMATS.values():
        small = estimated_bytes(a_mix(side=16), fmt, ExportOptions(scale=1))
        assert 0 < small < estimated_bytes(a_mix(side=32), fmt, ExportOptions(scale=1))


def test_options_count() -> None:
    def guess(name: str, **options) -> int:
        return estimated_bytes(a_mix(frames=40), FORMATS[name], ExportOptions(**options))

    assert guess("gif", max_mb=0.01) == 10_000 < guess("gif")
    assert guess("jpeg", quality=50) < guess("jpeg")
    assert guess("gif", side_by_side=True) > guess("gif")


@pytest.mark.parametrize("name", ["png", "gif", "apng", "psd", "ora", "strip"])
@pytest.mark.parametrize("scale", [1, 2])
def test_the_size_in_pixels_is_that_of_the_file(tmp_path: Path, name: str, scale: int) -> None:
    from PIL import Image

    fmt, options, content = FORMATS[name], ExportOptions(scale=scale, side_by_side=False), a_mix()
    width, height = picture_size(content, fmt, options)
    if fmt.kind == "sheet":
        assert (width, height) == (32 * scale, 32 * scale)
        return
    path = tmp_path / f"a{fmt.suffix}"
    drained(export_steps(path, fmt, content, options))
    if name != "ora":
        with Image.open(path) as image:
            assert image.size == (width, height)


def test_sizes_are_rounded_for_people() -> None:
    assert [size_text(count) for count in (300, 15_300, 612_345, 2_440_000, 84_000_000)] == [
        "about 1 kB",
        "about 15 kB",
        "about 610 kB",
        "about 2.4 MB",
        "about 84 MB",
    ]
