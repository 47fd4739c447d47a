"""Every bundled painter keeps the contract of painter.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from ddsgui.errors import TrainingError
from ddsgui.training.drawn.painters.painter import Choice, Dial, Face, Painter
from ddsgui.training.drawn.painters.registry import PAINTERS

Usual = Callable[[Painter], np.ndarray]

every_painter = pytest.mark.parametrize("painter", PAINTERS, ids=lambda painter: painter.name)


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Return the mean absolute difference of two pictures in levels."""
    return float(np.abs(a.astype(float) - b).mean())


@pytest.fixture(scope="module")
def usual(face: Face) -> Usual:
    """A function that returns the face as a painter draws it with its usual dials; each is drawn once."""
    return cache(lambda painter: painter.redraw(face, painter.values()))


@every_painter
def test_the_same_face_gives_the_same_picture(painter: Painter, face: Face, usual: Usual):
    picture = usual(painter)
    assert picture.shape == face.image.shape and picture.dtype == np.uint8
    assert np.array_equal(picture, painter.redraw(face, painter.values()))
    assert picture.std() > 20 and difference(picture, face.image) > 10


@every_painter
def test_a_face_that_hardly_differs_gives_a_picture_that_hardly_differs(
    painter: Painter, face: Face, usual: Usual
):
    rng = np.random.default_rng(0)
    before = usual(painter)
    lighter = (face.image.astype(np.int16) + 1).clip(0, 255).astype(np.uint8)
    jitter = cv2.GaussianBlur(rng.normal(size=face.points.shape), (1, 9), 3) * 2e-4  # a fortieth of a pixel
    mask = (face.person + rng.normal(size=face.person.shape).astype(np.float32) * 0.01).clip(0, 1)
    for near in (
        replace(face, image=lighter),
        replace(face, points=face.points + jitter),
        replace(face, person=mask),
    ):
        after = painter.redraw(near, painter.values())
        assert difference(before, after) < 1.5
        assert np.abs(before.astype(int) - after).max() < 64  # nothing appears or vanishes


@every_painter
def test_people_differ(painter: Painter, faces: list[Face], usual: Usual):
    assert difference(usual(painter), painter.redraw(faces[1], painter.values())) > 8


@every_painter
def test_every_dial_changes_the_picture(painter: Painter, face: Face, usual: Usual):
    for dial in painter.dials:
        end = dial.low if isinstance(dial, Dial) else dial.options[1]
        assert difference(painter.redraw(face, painter.values({dial.name: end})), usual(painter)) > 0.3, (
            dial.name
        )


@every_painter
def test_a_picture_of_any_size_is_redrawn_at_its_size(painter: Painter, face: Face):
    small = replace(face, image=cv2.resize(face.image, (64, 64), interpolation=cv2.INTER_AREA))
    large = replace(face, image=cv2.resize(face.image, (256, 256), interpolation=cv2.INTER_CUBIC))
    reduced = cv2.resize(painter.redraw(large, painter.values()), (64, 64), interpolation=cv2.INTER_AREA)
    assert difference(painter.redraw(small, painter.values()), reduced) < 12


@every_painter
def test_screens_are_of_the_size_of_a_layer(painter: Painter):
    if painter.screens is None:
        return
    for side in (64, 128, 256):
        for screen in painter.screens(side, painter.values()):
            assert screen.shape == (side, side) and screen.dtype == np.float32
            assert abs(screen.mean()) < 0.2 and 0.3 < screen.std() < 2


@every_painter
def test_dials_have_plain_names_and_sensible_defaults(painter: Painter):
    assert painter.values() == {dial.name: dial.default for dial in painter.dials}
    for dial in painter.dials:
        assert dial.name.isidentifier() and dial.tip and dial.label
        assert isinstance(dial, Choice) or dial.low < dial.default < dial.high


def test_a_wrong_dial_or_value_is_refused():
    painter = PAINTERS[0]
    for name, value, word in (
        ("exageration", 1.0, "exageration"),
        ("line", 9, "between"),
        ("line", "thick", "number"),
        ("line", True, "number"),
        ("line", float("nan"), "number"),
        ("backdrop", "plaid", "plaid"),
    ):
        with pytest.raises(TrainingError, match=word):
            painter.values({name: value})


def test_a_painter_that_fails_or_draws_another_size_is_named(face: Face):
    def fail(face: Face, values: object) -> np.ndarray:
        raise RuntimeError("no brush")

    with pytest.raises(TrainingError, match="broken failed: no brush"):
        Painter("broken", "Broken", "", fail).redraw(face, {})
    for picture in (
        face.image[:64],
        face.image.astype(float),
        face.image[..., 0],
        None,
    ):
        with pytest.raises(TrainingError, match="128 × 128"):
            Painter("wrong", "Wrong", "", lambda *_, picture=picture: picture).redraw(face, {})  # type: ignore[return-value]
