"""A section of a picture on the screen, with a mask over it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from ddsgui.editing.mask import Rect
from ddsgui.jobs.upscaled_image import UpscaledImage
from ddsgui.qt.canvas.overlay import draw_overlay
from ddsgui.qt.canvas.shared_view import SharedView
from ddsgui.qt.canvas.viewport import Viewport


class ImageView(QWidget):
    """Shows one picture in the section that `view` names, and repaints no more of it than has changed.

    Pictures and masks are not copied: whoever changes one in place calls update_region() or update_overlay().
    A picture may have a crisp one, which is drawn in its place wherever it was made of what is there now.
    """

    image_changed = Signal()  # another picture is shown, or the view has come into sight
    region_touched = Signal()  # the picture has changed in some place

    def __init__(self, view: SharedView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._image: np.ndarray | None = None
        self._upscaled: UpscaledImage | None = None
        self._sharp: np.ndarray | None = None  # what is drawn where there is a crisp picture
        self._overlay: np.ndarray | None = None
        self._overlay_opacity = 0.4
        self._cache: QImage | None = None  # all but what moves with the pointer, so that moving it is cheap
        self._stale = QRect()  # what of the cache is out of date
        view.changed.connect(self.repaint_all)

    @property
    def image(self) -> np.ndarray | None:
        return self._image

    def set_image(self, image: np.ndarray | None) -> None:
        """Show uint8 [H, W, 3] RGB, or nothing."""
        if self._upscaled is not None and not self._upscaled.is_of(image):
            self._upscaled = self._sharp = None
        self._image = image
        self.repaint_all()
        self.image_changed.emit()

    @property
    def upscaled(self) -> UpscaledImage | None:
        return self._upscaled

    def set_upscaled(self, crisp: UpscaledImage | None) -> None:
        """Show the picture crisp, where `crisp` was made of what is there, or raw again."""
        if crisp is not None and (self._image is None or crisp.raw.shape != self._image.shape):
            crisp = None
        if crisp is self._upscaled:
            return
        self._upscaled, self._sharp = crisp, None
        if crisp is not None and self._image is not None:
            self._sharp = crisp.laid_on(self._image)
        self.repaint_all()

    def update_region(self, image: np.ndarray, rect: Rect) -> None:
        """Show `image`, which differs from what is shown within `rect` only."""
        if self._image is None or self._image.shape != image.shape:
            self.set_image(image)
            return
        self._image = image
        if self._upscaled is not None:
            self._sharp = self._upscaled.laid_on(image, self._sharp, rect)
        self._repaint(self.viewport().touched(rect))
        self.region_touched.emit()

    def set_overlay(self, mask: np.ndarray | None, opacity: float | None = None) -> None:
        """Tint where `mask` (uint8 [H, W], of the picture's size) lies, or nothing; opacity 0 hides it."""
        self._overlay = mask
        if opacity is not None:
            self._overlay_opacity = opacity
        self.repaint_all()

    def update_overlay(self, mask: np.ndarray, rect: Rect) -> None:
        """Show `mask`, which differs from what is shown within `rect` only."""
        self._overlay = mask
        self._repaint(self.viewport().touched(rect))

    def canvas_rect(self) -> QRect:
        """The part of the widget that pictures are drawn in."""
        return self.rect()

    def viewport(self) -> Viewport:
        """Where the picture lies at the moment."""
        canvas = QRectF(self.canvas_rect())
        height, width = self._image.shape[:2] if self._image is not None else (1, 1)
        fitting = max(1e-3, min(canvas.width() / width, canvas.height() / height))
        scale = fitting if self._view.fit else self._view.zoom
        middle = QPointF(self._view.centre.x() * width, self._view.centre.y() * height)
        corner = canvas.center() - middle * scale
        ratio = self.devicePixelRatioF()
        # On whole device pixels: panning then moves what is seen and does not interpolate it differently.
        return Viewport(scale, round(corner.x() * ratio) / ratio, round(corner.y() * ratio) / ratio, ratio)

    def look_at(self, centre: QPointF, zoom: float) -> None:
        """Bring `centre`, in picture pixels, into the middle."""
        if self._image is not None:
            height, width = self._image.shape[:2]
            self._view.look_at(QPointF(centre.x() / width, centre.y() / height), zoom)

    # ---- painting

    def paint_ground(self, painter: QPainter) -> None:
        """Drawn first, into the cache: what lies around and behind the picture."""

    def paint_over(self, painter: QPainter) -> None:
        """Drawn last and afresh at each repaint: what moves with the pointer."""

    def repaint_all(self) -> None:
        self._repaint(self.rect())

    def _repaint(self, area: QRect) -> None:
        self._stale = self._stale.united(area.intersected(self.rect()))
        self.update(area)

    def paintEvent(self, event: QPaintEvent) -> None:
        cache = self._fresh_cache()
        with QPainter(self) as painter:
            painter.drawImage(0, 0, cache)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.paint_over(painter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.repaint_all()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.image_changed.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.repaint_all()

    def _fresh_cache(self) -> QImage:
        ratio = self.devicePixelRatioF()
        size = QSize(math.ceil(self.width() * ratio), math.ceil(self.height() * ratio))
        cache = self._cache
        if cache is None or cache.size() != size or cache.devicePixelRatio() != ratio:
            cache = self._cache = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
            cache.setDevicePixelRatio(ratio)
            self._stale = self.rect()
        if not self._stale.isEmpty():
            with QPainter(cache) as painter:
                painter.setClipRect(self._stale)
                painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
                painter.fillRect(self._stale, Qt.GlobalColor.transparent)
                painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
                self.paint_ground(painter)
                self._paint_picture(painter, self._stale)
            self._stale = QRect()
        return cache

    def _paint_picture(self, painter: QPainter, area: QRect) -> None:
        if self._image is None:
            return
        viewport = self.viewport()
        height, width = self._image.shape[:2]
        picture = viewport.to_widget(Rect(0, 0, width, height)).intersected(QRectF(self.canvas_rect()))
        area = area.intersected(picture.toAlignedRect())
        if area.isEmpty():
            return
        painter.setClipRect(picture.intersected(QRectF(area)))
        ratio = viewport.device_ratio
        left, top = math.floor(area.left() * ratio), math.floor(area.top() * ratio)
        right, bottom = math.ceil((area.right() + 1) * ratio), math.ceil((area.bottom() + 1) * ratio)
        pixels = QRect(left, top, right - left, bottom - top)

        seen = self._sample(viewport, pixels)
        shown = QImage(
            seen.data, pixels.width(), pixels.height(), seen.strides[0], QImage.Format.Format_RGB888
        )
        shown.setDevicePixelRatio(ratio)
        painter.drawImage(QPointF(left, top) / ratio, shown)
        if self._overlay is not None and self._overlay_opacity > 0:
            colour = self.palette().color(QPalette.ColorRole.Highlight)
            draw_overlay(painter, viewport, self._overlay, pixels, colour, self._overlay_opacity)

    def _sample(self, viewport: Viewport, pixels: QRect) -> np.ndarray:
        """What is seen in `pixels` of the screen. Who zooms in on the picture's own pixels gets to see them."""
        assert self._image is not None
        if self._upscaled is None or self._sharp is None or viewport.shows_pixels:
            return viewport.sample(self._image, pixels)
        return replace(viewport, scale=viewport.scale / self._upscaled.scale).sample(self._sharp, pixels)
