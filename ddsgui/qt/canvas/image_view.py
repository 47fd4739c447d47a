"""A section of an image on the screen, with a mask over it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget
from qimage2ndarray import byte_view  # after PySide6, which it looks for

from ddsgui.jobs.upscaled_image import UpscaledImage
from ddsgui.mask_tint import TINT
from ddsgui.qt.canvas.overlay import draw_overlay
from ddsgui.qt.canvas.shared_view import SharedView
from ddsgui.qt.canvas.viewport import Viewport, place
from ddsgui.rect import Rect

IDLE_MS = 150  # after the last change of a region, until the image is upscaled again


@dataclass(frozen=True, eq=False)
class PaneImage:
    """An image that a view shows or will show.

    A view accepts an upscaled image as long as the view's newest image is of the same generation.
    """

    image: np.ndarray | None  # uint8 [H, W, 3]
    caption: str = ""
    generation: object = field(default_factory=object)


class ImageView(QWidget):
    """Shows the section `view` of one image, and repaints only what has changed.

    Images and masks are not copied: call update_region() or update_overlay() after changing one in place.
    An upscaled image is drawn instead wherever the pixels are still those that were upscaled.
    """

    image_changed = Signal()  # another image, another section of it, or the view has become visible

    def __init__(self, view: SharedView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._image: np.ndarray | None = None
        self._generation: object = object()
        self._upscaled: UpscaledImage | None = None
        self._sharp: np.ndarray | None = None  # the pixels drawn where there is an upscaled image
        self._overlay: np.ndarray | None = None
        self._overlay_opacity = 0.4
        self._cache: QImage | None = (
            None  # everything except what follows the pointer, so that moving it is cheap
        )
        self._cache_bytes = np.empty((0, 0, 4), np.uint8)  # a view of the cache: it has BGRA
        self._stale = QRect()  # the section of the cache that is out of date
        # Runs while the image is being painted on.
        self.idle_timer = QTimer(self, singleShot=True, interval=IDLE_MS)
        self.idle_timer.timeout.connect(self.image_changed)
        view.changed.connect(self.repaint_all)

    @property
    def image(self) -> np.ndarray | None:
        return self._image

    def set_image(self, image: np.ndarray | None) -> None:
        """Show uint8 [H, W, 3] RGB, or nothing."""
        self._put(PaneImage(image))

    def _put(self, pane_image: PaneImage, upscaled: UpscaledImage | None = None) -> None:
        image = pane_image.image
        if upscaled is None and self._upscaled is not None and self._upscaled.matches(image):
            upscaled = self._upscaled
        self._image, self._generation = image, pane_image.generation
        self._upscaled = self._sharp = None
        self.idle_timer.stop()
        self.set_upscaled(upscaled)
        self.repaint_all()
        self.image_changed.emit()

    def update_region(self, image: np.ndarray, rect: Rect) -> None:
        """Show `image`, which differs from the one on the screen within `rect` only."""
        if self._image is None or self._image.shape != image.shape:
            self.set_image(image)
            return
        self._image = image
        if self._upscaled is not None:
            self._sharp = self._upscaled.composed(image, self._sharp, rect)
        self._repaint(self.viewport().touched(rect))
        self.idle_timer.start()

    # ---- the upscaled image

    @property
    def upscaled(self) -> UpscaledImage | None:
        return self._upscaled

    @property
    def sharp_pixels(self) -> np.ndarray | None:
        """The drawn pixels at the upscaled image's size, uint8 [s·H, s·W, 3]; None without an upscaled image."""
        return self._sharp

    @property
    def is_sharp(self) -> bool:
        """True if every pixel on the screen comes from the upscaled image."""
        return self._upscaled is not None and self._upscaled.matches(self._image)

    def wanted(self) -> PaneImage | None:
        """Return the image to upscale for this view; None if there is none now."""
        if self._image is None or self.is_sharp or self.idle_timer.isActive():
            return None
        return PaneImage(self._image, generation=self._generation)

    def offer(self, pane_image: PaneImage, upscaled: UpscaledImage) -> None:
        """Show the upscaled image of wanted(), unless the view shows another generation by now."""
        if pane_image.generation == self._generation:
            self.set_upscaled(upscaled)

    def set_upscaled(self, upscaled: UpscaledImage | None) -> None:
        """Draw the upscaled image wherever its original equals the view's image; None draws raw pixels."""
        if upscaled is not None and (self._image is None or upscaled.raw.shape != self._image.shape):
            upscaled = None
        if upscaled is self._upscaled:
            return
        self._upscaled, self._sharp = upscaled, None
        if upscaled is not None and self._image is not None:
            self._sharp = upscaled.composed(self._image)
        self.repaint_all()

    # ---- mask and section

    def set_overlay(self, mask: np.ndarray | None, opacity: float | None = None) -> None:
        """Tint the image under `mask`, uint8 [H, W] of its size, or nowhere with None; opacity 0 hides the tint."""
        self._overlay = mask
        if opacity is not None:
            self._overlay_opacity = opacity
        self.repaint_all()

    def update_overlay(self, mask: np.ndarray, rect: Rect) -> None:
        """Show `mask`, which differs from the one on the screen within `rect` only."""
        self._overlay = mask
        self._repaint(self.viewport().touched(rect))

    def canvas_rect(self) -> QRect:
        """Return the part of the widget that images are drawn in."""
        return self.rect()

    def viewport(self) -> Viewport:
        """Return the current place of the image."""
        size = self._image.shape[:2] if self._image is not None else (1, 1)
        zoom = None if self._view.fit else self._view.zoom
        return place(
            self.canvas_rect().getRect(), size, zoom, self._view.centre.toTuple(), self.devicePixelRatioF()
        )

    def look_at(self, centre: QPointF, zoom: float) -> None:
        """Show `centre`, in image pixels, in the middle."""
        if self._image is not None:
            height, width = self._image.shape[:2]
            self._view.look_at(QPointF(centre.x() / width, centre.y() / height), zoom)

    # ---- painting

    def paint_ground(self, painter: QPainter) -> None:
        """Draw what is around and behind the image: first, and into the cache."""

    def paint_over(self, painter: QPainter) -> None:
        """Draw what follows the pointer: last, and at every repaint."""

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
            self._cache_bytes = byte_view(cache)
            self._stale = self.rect()
        if not self._stale.isEmpty():
            with QPainter(cache) as painter:
                painter.setClipRect(self._stale)
                painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
                painter.fillRect(self._stale, Qt.GlobalColor.transparent)
                painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
                self.paint_ground(painter)
            self._draw_image(cache, self._stale)
            self._stale = QRect()
        return cache

    def _draw_image(self, cache: QImage, area: QRect) -> None:
        """Write the image's pixels into the cache, within `area` (widget pixels), and the mask over them."""
        if self._image is None:
            return
        viewport = self.viewport()
        height, width = self._image.shape[:2]
        canvas = QRectF(self.canvas_rect())
        visible = viewport.to_widget(Rect(0, 0, width, height)).intersected(canvas).intersected(QRectF(area))
        ratio = viewport.device_ratio
        pixels = QRect(
            QPoint(round(visible.left() * ratio), round(visible.top() * ratio)),
            QPoint(round(visible.right() * ratio) - 1, round(visible.bottom() * ratio) - 1),
        ).intersected(cache.rect())
        if pixels.isEmpty():
            return
        rows, columns = slice(pixels.top(), pixels.bottom() + 1), slice(pixels.left(), pixels.right() + 1)
        section = self._cache_bytes[rows, columns]
        cv2.cvtColor(self._sample(viewport, pixels), cv2.COLOR_RGB2BGRA, dst=section)
        if self._overlay is not None and self._overlay_opacity > 0:
            colour = QColor(*TINT)
            with QPainter(cache) as painter:
                draw_overlay(painter, viewport, self._overlay, pixels, colour, self._overlay_opacity)

    def _sample(self, viewport: Viewport, pixels: QRect) -> np.ndarray:
        """Return the colours of `pixels` on the screen: uint8 [h, w, 3]; single image pixels if zoomed in far."""
        assert self._image is not None
        if self._upscaled is None or self._sharp is None or viewport.shows_pixels:
            return viewport.sample(self._image, pixels)
        return replace(viewport, scale=viewport.scale / self._upscaled.scale).sample(self._sharp, pixels)
