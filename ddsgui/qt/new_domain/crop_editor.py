"""The square of an example, to move, resize and turn by hand, or to place with a click on each eye."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

from ddsgui.editing.crop_handles import CORNERS, CropHandle, turn
from ddsgui.editing.example_crop import Crop
from ddsgui.errors import ImageError
from ddsgui.qt.new_domain.crop_view import CropView

REACH_PX = 11  # widget pixels around a handle in which it can be dragged
STEP, LARGE_STEP = 0.01, 0.1  # of the side, by an arrow key without and with Shift
ZOOM = 1.05  # per notch of the wheel
ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class CropEditor(CropView):
    """Reports changes made by hand; showing a picture or a square reports nothing."""

    cropped = Signal(object)  # Crop, by hand
    eye_wanted = Signal(int)  # which eye to click next, 1 or 2; 0 for none
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._handle: CropHandle | None = None
        self._asking = False
        self.setAccessibleName("Crop of the picture")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_picture(self, picture: np.ndarray | None, size: tuple[int, int], crop: Crop) -> None:
        super().show_picture(picture, size, crop)
        self._handle = None
        self.ask_for_eyes(False)

    def ask_for_eyes(self, asking: bool) -> None:
        """Start or stop waiting for a click on each eye."""
        self._asking, self._marks = asking and self._picture is not None, []
        self.setCursor(Qt.CursorShape.CrossCursor if self._asking else Qt.CursorShape.ArrowCursor)
        self.eye_wanted.emit(int(self._asking))
        self.update()

    # ---- pointer and wheel

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._picture is None:
            return
        if self._asking:
            self._mark_eye(self.to_picture(event.position()))
            return
        self._handle = self._handle_at(event.position())
        self._show_cursor(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._handle is not None:
            self._apply(self._handle.dragged_to(self.to_picture(event.position())))
        self._show_cursor(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._handle = None
        self._show_cursor(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        # On some desktops the wheel scrolls sideways with Shift.
        notches = (event.angleDelta().y() or event.angleDelta().x()) / 120
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._apply(turn(self._crop, notches))
        else:
            self._apply(replace(self._crop, side=self._crop.side * ZOOM**notches))
        event.accept()

    def _handle_at(self, point: QPointF) -> CropHandle | None:
        start = self.to_picture(point)
        if _near(point, self.rotation_handle()):
            return CropHandle(self._crop, start, turns=True)
        for number, corner in enumerate(CORNERS):
            if _near(point, self.corner(number)):
                return CropHandle(self._crop, start, corner=corner)
        u, v = self._crop.in_square(*start)
        return CropHandle(self._crop, start) if 0 <= u <= 1 and 0 <= v <= 1 else None

    def _mark_eye(self, point: tuple[float, float]) -> None:
        self._marks.append(point)
        if len(self._marks) < 2:
            self.eye_wanted.emit(2)
            self.update()
            return
        first, second = self._marks
        self.ask_for_eyes(False)
        try:
            self._apply(Crop.on_eyes(first, second))
        except ImageError as error:
            self.failed.emit(str(error))

    def _show_cursor(self, point: QPointF) -> None:
        if self._asking or self._picture is None:
            return
        handle = self._handle or self._handle_at(point)
        shape = Qt.CursorShape.ArrowCursor
        if handle is not None and handle.turns:
            shape = Qt.CursorShape.ClosedHandCursor if self._handle else Qt.CursorShape.OpenHandCursor
        elif handle is not None and handle.corner is not None:
            u, v = handle.corner
            diagonal = (45 if u == v else 135) + self._crop.angle
            falls = diagonal % 180 < 90
            shape = Qt.CursorShape.SizeFDiagCursor if falls else Qt.CursorShape.SizeBDiagCursor
        elif handle is not None:
            shape = Qt.CursorShape.SizeAllCursor
        self.setCursor(shape)

    # ---- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        crop, key = self._crop, event.key()
        if key in ARROWS:
            u, v = ARROWS[key]
            far = LARGE_STEP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
            self._apply(replace(crop, x=crop.x + u * far * crop.side, y=crop.y + v * far * crop.side))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._apply(replace(crop, side=crop.side * ZOOM))
        elif key == Qt.Key.Key_Minus:
            self._apply(replace(crop, side=crop.side / ZOOM))
        elif key in (Qt.Key.Key_Comma, Qt.Key.Key_Period):
            self._apply(turn(crop, -1 if key == Qt.Key.Key_Comma else 1))
        elif key == Qt.Key.Key_Escape and self._asking:
            self.ask_for_eyes(False)
        else:
            super().keyPressEvent(event)

    def _apply(self, crop: Crop) -> None:
        crop = crop.clamped(*self._size)
        if self._picture is not None and crop != self._crop:
            self.show_crop(crop)
            self.cropped.emit(crop)


def _near(first: QPointF, second: QPointF) -> bool:
    away = first - second
    return QPointF.dotProduct(away, away) <= REACH_PX**2
