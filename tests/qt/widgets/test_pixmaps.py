from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, qRgba

from ddsgui.qt.widgets.pixmaps import indexed_image, thumbnail, to_array, to_image, to_pixmap, to_rgba

IMAGE = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)  # rows of 15 bytes

pytestmark = pytest.mark.usefixtures("qapp")


def test_an_array_survives_as_a_pixmap() -> None:
    assert np.array_equal(to_array(to_pixmap(IMAGE).toImage()), IMAGE)
    assert np.array_equal(to_array(to_pixmap(IMAGE[:, ::-1]).toImage()), IMAGE[:, ::-1])
    assert np.array_equal(
        to_array(QImage(to_pixmap(IMAGE).toImage()).convertToFormat(QImage.Format.Format_RGB888)), IMAGE
    )


def test_values_index_colours() -> None:
    image = indexed_image(np.array([[0, 7, 255]], np.uint8), [qRgba(i, 0, 255 - i, 128) for i in range(256)])
    colour = image.pixelColor(1, 0)
    assert (colour.red(), colour.blue(), colour.alpha()) == (7, 248, 128)


def test_a_thumbnail_fits_its_square_on_any_screen() -> None:
    pixmap = thumbnail(IMAGE.repeat(10, 0).repeat(10, 1), 28, ratio=2.0)
    assert (pixmap.width(), pixmap.height()) == (40, 56)
    assert pixmap.devicePixelRatio() == 2.0


def test_an_image_keeps_its_colours_and_its_opacity() -> None:
    rgb = np.random.default_rng(0).integers(0, 255, (5, 7, 3), dtype=np.uint8)
    np.testing.assert_array_equal(to_rgba(to_image(rgb))[..., :3], rgb)
    image = QImage(3, 2, QImage.Format.Format_ARGB32)
    image.fill(QColor(10, 20, 30, 0))
    image.setPixelColor(2, 1, QColor(10, 20, 30, 255))
    rgba = to_rgba(image)
    assert rgba.shape == (2, 3, 4) and rgba[1, 2].tolist() == [10, 20, 30, 255] and rgba[0, 0, 3] == 0
