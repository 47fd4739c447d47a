"""The frames of a run in a row; dragging shows an earlier frame."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy

from ddsgui.project.frames import FrameBuffer
from ddsgui.qt.widgets.fields import signals_blocked
from ddsgui.qt.widgets.pixmaps import thumbnail

FLAG_PX = 11  # of the mark of a flagged frame, widget pixels


class FrameStrip(QAbstractSlider):
    """A slider over the frames of a FrameBuffer; its value is the index of the frame that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self._frames = FrameBuffer()
        self._flags: Collection[int] = ()
        self._cache: dict[int, QPixmap] = {}  # by iteration
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(44)
        self.setAccessibleName("Frames of the run")
        self.setToolTip("Drag, or use the arrow keys, to see an earlier frame")
        self.setRange(0, 0)

    def sizeHint(self) -> QSize:
        return QSize(400, 72)

    def show_frames(self, frames: FrameBuffer, index: int, flags: Collection[int] = ()) -> None:
        """Show the current frames of a run, and frame `index`. Emits nothing.

        flags: the iterations of frames that are flagged, read each time the strip is painted.
        """
        self._flags = flags
        with signals_blocked(self):
            if frames is not self._frames:
                self._frames = frames
                self._cache.clear()  # the iterations of every run start at 1
            self.setRange(0, max(0, len(self._frames) - 1))
            self.setValue(index)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(self.rect())
        painter.fillRect(area, self.palette().base())
        if not len(self._frames):
            painter.setPen(self.palette().placeholderText().color())
            centred = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(area.adjusted(4, 0, -4, 0), centred, "The frames of a run appear here")
            return
        self._paint_frames(painter)
        x = self._x_of(self.value())
        painter.setPen(QPen(QColor(0, 0, 0, 160), 4))
        painter.drawLine(x, 0, x, self.height())
        painter.setPen(QPen(self.palette().highlight().color(), 2))
        painter.drawLine(x, 0, x, self.height())
        self._paint_flags(painter)
        if self.hasFocus():
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._drag_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._drag_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    def _drag_to(self, x: float) -> None:
        # Emit even for the frame that is already shown, because a click leaves the live picture.
        value = round((x - 1) / max(1, self.width() - 2) * self.maximum())
        self.setValue(value)
        self.sliderMoved.emit(self.value())

    def _x_of(self, index: int) -> int:
        return 1 + round(index / max(1, self.maximum()) * (self.width() - 3))

    def _paint_frames(self, painter: QPainter) -> None:
        """Paint as many thumbnails as fit, each of the frame under its middle."""
        side = self.height() - 4
        slots = max(1, self.width() // (side + 2))
        pitch = self.width() / slots
        pixmaps: dict[int, QPixmap] = {}
        for slot in range(min(slots, len(self._frames))):
            if len(self._frames) >= slots:
                index = round((slot + 0.5) / slots * self.maximum())
                x = slot * pitch + (pitch - side) / 2
            else:
                index = slot
                x = slot / max(1, len(self._frames) - 1) * (self.width() - side - 2) + 1
            frame = self._frames[index]
            pixmap = self._cache.get(frame.iteration) or thumbnail(
                frame.image, side, self.devicePixelRatioF()
            )
            pixmaps[frame.iteration] = pixmap
            top = (self.height() - pixmap.deviceIndependentSize().height()) / 2
            painter.drawPixmap(round(x), round(top), pixmap)
        self._cache = pixmaps

    def _paint_flags(self, painter: QPainter) -> None:
        """Paint a small flag at the top of each flagged frame."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(0, 0, 0, 190), 1))
        painter.setBrush(self.palette().highlight())
        for iteration in self._flags:
            index = self._frames.nearest(iteration)
            if self._frames[index].iteration == iteration:
                x = min(self._x_of(index), self.width() - FLAG_PX - 2)
                corners = [QPoint(x, 1), QPoint(x + FLAG_PX, 1), QPoint(x + FLAG_PX, 1 + FLAG_PX // 2)]
                painter.drawPolygon([*corners, QPoint(x, 1 + FLAG_PX)])
        painter.restore()

    def resizeEvent(self, event: object) -> None:
        self._cache.clear()
