"""Unpainted pictures with the masks that a trained part predicts."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from ddsgui.editing.session import Role
from ddsgui.jobs.parts import TEST_SEEDS
from ddsgui.mask_tint import tinted
from ddsgui.qt.widgets.pixmaps import thumbnail
from ddsgui.synthesis.sample import Sample

COLUMNS = 4
MIN_SIDE_PX, MAX_SIDE_PX, GAP_PX = 56, 96, 4  # widget pixels


class PartGallery(QWidget):
    """Eight seeds, each in both domains, with the mask of the part as a tint. A click asks to correct one."""

    opened = Signal(object, str)  # Sample, and the Role whose picture was clicked

    def __init__(self) -> None:
        super().__init__()
        self.samples: tuple[Sample, ...] = ()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GAP_PX)
        self.pictures = [GalleryPicture() for _ in range(2 * TEST_SEEDS)]
        for i, label in enumerate(self.pictures):
            seed, row_of_pair = divmod(i, 2)
            role: Role = "target" if row_of_pair else "source"
            label.pressed.connect(partial(self._open, seed, role))
            row, column = divmod(seed, COLUMNS)
            grid.addWidget(label, 2 * row + row_of_pair, column)

    @property
    def max_width(self) -> int:
        """The width at which the pictures are as large as they get, in widget pixels."""
        return COLUMNS * MAX_SIDE_PX + (COLUMNS - 1) * GAP_PX

    def show_samples(self, samples: tuple[Sample, ...]) -> None:
        """Show pairs with their masks."""
        self.samples = samples[:TEST_SEEDS]
        for i, sample in enumerate(sample.visible for sample in self.samples):
            pairs = ((sample.source, sample.source_mask), (sample.target, sample.target_mask))
            for label, (picture, mask), role in zip(
                self.pictures[2 * i :], pairs, ("source", "target"), strict=False
            ):
                label.setPixmap(thumbnail(tinted(picture, mask), MAX_SIDE_PX, self.devicePixelRatioF()))
                name = f"{str(sample.latent).capitalize()}, {role}"
                label.setToolTip(f"{name}: click to correct its mask")
                label.setAccessibleName(name)

    def clear(self) -> None:
        """Show no pictures."""
        self.samples = ()
        for label in self.pictures:
            label.clear()
            label.setToolTip("")

    def _open(self, seed: int, role: Role) -> None:
        if seed < len(self.samples):
            self.opened.emit(self.samples[seed], role)


class GalleryPicture(QLabel):
    """A picture that can be clicked, or chosen by Space or Return."""

    pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(MIN_SIDE_PX, MIN_SIDE_PX)
        self.setMaximumSize(MAX_SIDE_PX, MAX_SIDE_PX)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(MAX_SIDE_PX, MAX_SIDE_PX)

    def minimumSizeHint(self) -> QSize:
        return QSize(MIN_SIDE_PX, MIN_SIDE_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture as large as the square that there is room for."""
        side = min(self.width(), self.height())
        square = QRect(0, 0, side, side)
        with QPainter(self) as painter:
            painter.fillRect(square, self.palette().color(QPalette.ColorRole.Base))
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            if not self.pixmap().isNull():
                size = self.pixmap().deviceIndependentSize().toSize()
                target = QRect(QPoint(), size.scaled(square.size(), Qt.AspectRatioMode.KeepAspectRatio))
                target.moveCenter(square.center())
                painter.drawPixmap(target, self.pixmap())
            if self.hasFocus():
                painter.setPen(self.palette().color(QPalette.ColorRole.Highlight))
                painter.drawRect(square.adjusted(0, 0, -1, -1))
