"""The square is placed on a picture by pointer, wheel and keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ddsgui.editing.example_crop import LEFT_EYE, RIGHT_EYE, Crop
from ddsgui.qt.new_domain.crop_editor import CropEditor

HEIGHT, WIDTH = 600, 800  # of the picture, which is shown at half its size


@pytest.fixture
def editor(qtbot: QtBot) -> CropEditor:
    editor = CropEditor()
    qtbot.addWidget(editor)
    editor.resize(480, 400)
    picture = np.random.default_rng(0).integers(0, 256, (HEIGHT // 2, WIDTH // 2, 3), np.uint8)
    editor.show_picture(picture, (HEIGHT, WIDTH), Crop(400, 300, 200))
    with qtbot.waitExposed(editor):
        editor.show()
    return editor


def drag(editor: CropEditor, start: QPointF, *stops: QPointF) -> None:
    QTest.mousePress(editor, Qt.MouseButton.LeftButton, pos=start.toPoint())
    for stop in stops:
        QTest.mouseMove(editor, stop.toPoint())
    QTest.mouseRelease(editor, Qt.MouseButton.LeftButton, pos=(stops or (start,))[-1].toPoint())


def wheel(editor: CropEditor, notches: int, shift: bool = False, sideways: bool = False) -> None:
    delta = QPoint(120 * notches, 0) if sideways else QPoint(0, 120 * notches)
    modifiers = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    where = QPointF(editor.rect().center())
    none = Qt.MouseButton.NoButton
    event = QWheelEvent(where, where, QPoint(), delta, none, modifiers, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(editor, event)


def test_the_whole_picture_is_shown_with_room_for_the_handle(editor: CropEditor) -> None:
    area = editor.area()
    assert area.width() / area.height() == pytest.approx(WIDTH / HEIGHT)
    assert area.left() == pytest.approx(40) and area.center().y() == pytest.approx(200)
    assert editor.to_picture(editor.to_widget((123, 45))) == pytest.approx((123, 45))


def test_the_square_follows_the_pointer_and_is_signalled(qtbot: QtBot, editor: CropEditor) -> None:
    crops: list[Crop] = []
    editor.cropped.connect(crops.append)
    middle = editor.to_widget((400, 300))
    drag(editor, middle, middle + QPointF(10, 0), middle + QPointF(20, 10))
    scale = 400 / WIDTH  # widget pixels per picture pixel
    assert editor.crop.x == pytest.approx(400 + 20 / scale, abs=1)
    assert editor.crop.y == pytest.approx(300 + 10 / scale, abs=1)
    assert editor.crop.side == 200 and editor.crop == crops[-1] and len(crops) == 2


def test_the_square_cannot_be_dragged_off_the_picture(editor: CropEditor) -> None:
    middle = editor.to_widget((400, 300))
    drag(editor, middle, QPointF(5000, 5000))
    assert (editor.crop.x, editor.crop.y) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("corner", range(4))
def test_a_corner_resizes_while_the_opposite_one_stays(editor: CropEditor, corner: int) -> None:
    editor.show_crop(Crop(400, 300, 200, 20))
    grabbed, fixed = editor.corner(corner), editor.corner((corner + 2) % 4)
    drag(editor, grabbed, grabbed + (grabbed - fixed) * 0.25)
    assert editor.crop.side == pytest.approx(250, rel=0.03)
    assert editor.crop.angle == 20
    moved = editor.corner((corner + 2) % 4) - fixed
    assert abs(moved.x()) < 1 and abs(moved.y()) < 1


def test_the_handle_turns_the_square_and_snaps_upright(editor: CropEditor) -> None:
    drag(editor, editor.rotation_handle(), editor.to_widget((600, 300)))
    assert editor.crop.angle == pytest.approx(90, abs=2)
    handle = editor.rotation_handle()
    drag(editor, handle, editor.to_widget((401, 100)))
    assert editor.crop.angle == 0
    assert (editor.crop.x, editor.crop.y, editor.crop.side) == (400, 300, 200)


def test_a_drag_outside_the_square_does_nothing(editor: CropEditor) -> None:
    before = editor.crop
    drag(editor, editor.to_widget((60, 60)), editor.to_widget((200, 200)))
    assert editor.crop == before


def test_the_wheel_resizes_and_turns_with_shift(editor: CropEditor) -> None:
    wheel(editor, 2)
    assert editor.crop.side == pytest.approx(200 * 1.05**2)
    wheel(editor, -3, shift=True)
    assert editor.crop.angle == pytest.approx(-3)
    wheel(editor, 2, shift=True, sideways=True)
    assert editor.crop.angle == pytest.approx(-1)


def test_keys_move_resize_and_turn_the_square(editor: CropEditor) -> None:
    QTest.keyClick(editor, Qt.Key.Key_Right)
    QTest.keyClick(editor, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert (editor.crop.x, editor.crop.y) == pytest.approx((402, 280))
    QTest.keyClick(editor, Qt.Key.Key_Plus)
    assert editor.crop.side == pytest.approx(210)
    QTest.keyClick(editor, Qt.Key.Key_Minus)
    QTest.keyClick(editor, Qt.Key.Key_Period)
    QTest.keyClick(editor, Qt.Key.Key_Period)
    QTest.keyClick(editor, Qt.Key.Key_Comma)
    assert editor.crop.side == pytest.approx(200) and editor.crop.angle == pytest.approx(1)
    assert "side 200 pixels; turned by 1°" in editor.accessibleDescription()


def test_two_clicks_place_the_eyes(qtbot: QtBot, editor: CropEditor) -> None:
    asked: list[int] = []
    editor.eye_wanted.connect(asked.append)
    editor.ask_for_eyes(True)
    eyes = [(340.0, 260.0), (460.0, 300.0)]
    for eye in reversed(eyes):
        QTest.mouseClick(editor, Qt.MouseButton.LeftButton, pos=editor.to_widget(eye).toPoint())
    assert asked == [1, 2, 0]
    for eye, place in zip(eyes, (LEFT_EYE, RIGHT_EYE), strict=True):
        assert editor.crop.in_square(*eye) == pytest.approx(place, abs=0.02)
    assert editor.crop.angle == pytest.approx(18.4, abs=2)


def test_marking_eyes_can_be_cancelled_and_needs_two_points(qtbot: QtBot, editor: CropEditor) -> None:
    before = editor.crop
    editor.ask_for_eyes(True)
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    QTest.mouseClick(editor, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    assert editor.crop == before
    editor.ask_for_eyes(True)
    with qtbot.waitSignal(editor.failed) as failed:
        for _ in range(2):
            QTest.mouseClick(editor, Qt.MouseButton.LeftButton, pos=QPoint(160, 160))
    assert failed.args is not None and "same point" in failed.args[0]
    assert editor.crop == before


def test_the_area_outside_the_square_is_dimmed(editor: CropEditor) -> None:
    seen = editor.grab().toImage()
    editor.show_crop(Crop(400, 300, 1500))
    whole = editor.grab().toImage()
    outside, inside = editor.to_widget((100, 100)).toPoint(), editor.to_widget((380, 330)).toPoint()
    assert seen.pixelColor(outside).lightness() < 0.6 * whole.pixelColor(outside).lightness()
    assert seen.pixelColor(inside) == whole.pixelColor(inside)


def test_without_a_picture_nothing_can_be_dragged(editor: CropEditor) -> None:
    editor.show_picture(None, (1, 1), Crop(0.5, 0.5, 1))
    middle = QPointF(editor.rect().center())
    drag(editor, middle, middle + QPointF(30, 30))
    wheel(editor, 3)
    editor.ask_for_eyes(True)
    editor.grab()
    assert editor.crop == Crop(0.5, 0.5, 1)
    assert "No picture" in editor.accessibleDescription()
