"""A framed image with a title, which can be panned, zoomed and maximised."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPalette,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QTextEdit,
    QWidget,
)

from ddsgui.jobs.upscaled_image import UpscaledImage
from ddsgui.qt.canvas.image_view import ImageView, PaneImage
from ddsgui.qt.canvas.shared_view import MAX_ZOOM, MIN_ZOOM, SharedView
from ddsgui.qt.widgets.theme import CAPTION, CORNER, FRAME, TITLE

HEADER, MARGIN = 30, 8  # widget pixels
MIN_SIDE_PX = 100  # of a pane without its title, widget pixels
ZOOM_STEP = 1.2  # per notch of the wheel
TAP_MS = 300  # Space that is released sooner, and without panning, was tapped
REPEAT_MS = 50  # Space that is pressed again sooner than this after its release is repeated by the system
TEXT_INPUTS = (QLineEdit, QAbstractSpinBox, QTextEdit, QPlainTextEdit)


class Pane(ImageView):
    """An image under its title; a double click asks to maximise it."""

    maximise_requested = Signal()
    space_tapped = Signal()

    def __init__(self, title: str, view: SharedView, parent: QWidget | None = None) -> None:
        super().__init__(view, parent)
        self._placeholder = "Nothing here yet"
        self._busy = ""
        self._grabbed: QPointF | None = None  # the last point of a drag, in widget pixels
        self._space = False
        self._space_down = QElapsedTimer()  # valid while Space may still be a tap
        self._space_up = QElapsedTimer()  # since the last release; not valid before
        self._focus_shown = False
        self._title, self._caption = QLabel(title), QLabel()
        self._header = self._make_header()
        self.setAccessibleName(title)
        self._describe()
        self.setMinimumSize(MIN_SIDE_PX, MIN_SIDE_PX + HEADER)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    # ---- content

    def _put(self, pane_image: PaneImage, upscaled: UpscaledImage | None = None) -> None:
        super()._put(pane_image, upscaled)
        self._describe()
        self.show_cursor()

    @property
    def title(self) -> str:
        """The name of the image."""
        return self._title.text()

    def set_title(self, title: str) -> None:
        self._title.setText(title)
        self.setAccessibleName(title)

    @property
    def caption(self) -> str:
        """A few words on the right of the title."""
        return self._caption.text()

    def set_caption(self, text: str) -> None:
        self._caption.setText(text)

    def set_placeholder(self, text: str) -> None:
        """Set the text that is shown instead of an image."""
        self._placeholder = text
        self._describe()
        self.update()

    def set_busy(self, text: str) -> None:
        """Show what the image is waiting for; "" once it is there."""
        self._busy = text
        self._describe()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(360, 360 + HEADER)

    def canvas_rect(self) -> QRect:
        return self.rect().adjusted(MARGIN, HEADER, -MARGIN, -MARGIN)

    def paint_ground(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(FRAME)
        painter.drawRoundedRect(self.rect(), CORNER, CORNER)

    def paint_over(self, painter: QPainter) -> None:
        if self._focus_shown:
            painter.setPen(self.palette().color(QPalette.ColorRole.Highlight))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), CORNER, CORNER)
        room = self.canvas_rect().adjusted(12, 12, -12, -12)
        if self._image is None:
            painter.setPen(CAPTION)
            wrapped = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, wrapped, self._busy or self._placeholder)
        elif self._busy:
            below = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
            text = painter.boundingRect(room, below, self._busy)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(20, 20, 22, 200))
            painter.drawRoundedRect(text.adjusted(-12, -5, 12, 5), CORNER, CORNER)
            painter.setPen(TITLE)
            painter.drawText(text, Qt.AlignmentFlag.AlignCenter, self._busy)

    def _make_header(self) -> QWidget:
        header = QWidget(self)
        header.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row = QHBoxLayout(header)
        row.setContentsMargins(MARGIN + 4, 2, MARGIN + 4, 0)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        # A long caption is cut off, so that it does not widen the pane.
        self._caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        for label, colour in ((self._title, TITLE), (self._caption, CAPTION)):
            palette = label.palette()
            palette.setColor(QPalette.ColorRole.WindowText, colour)
            label.setPalette(palette)
        row.addWidget(self._title)
        row.addWidget(self._caption, 1)
        return header

    def _describe(self) -> None:
        what = self._busy or ("" if self._image is not None else self._placeholder)
        self.setAccessibleDescription(what)

    # ---- pan, zoom, maximise

    def zoom_by(self, factor: float, around: QPointF | None = None) -> None:
        """Zoom around the point `around`, in widget pixels; by default around the middle."""
        viewport = self.viewport()
        middle = QRectF(self.canvas_rect()).center()
        around = around or middle
        zoom = min(max(viewport.scale * factor, MIN_ZOOM), MAX_ZOOM)
        self.look_at(viewport.to_image(around) - (around - middle) / zoom, zoom)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if notches := event.angleDelta().y() / 120:
            self.zoom_by(ZOOM_STEP**notches, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.starts_pan(event.button()):
            self._grabbed = event.position()
            self._space_down.invalidate()
            self.show_cursor()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            viewport = self.viewport()
            middle = viewport.to_image(QRectF(self.canvas_rect()).center())
            self.look_at(middle - (event.position() - self._grabbed) / viewport.scale, viewport.scale)
            self._grabbed = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            self._grabbed = None
            self.show_cursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.starts_pan(event.button()):
            self.mousePressEvent(event)
        elif event.button() == Qt.MouseButton.LeftButton:
            self.maximise_requested.emit()

    def starts_pan(self, button: Qt.MouseButton) -> bool:
        """Return whether pressing `button` now starts to pan."""
        return button == Qt.MouseButton.MiddleButton or (self._space and button == Qt.MouseButton.LeftButton)

    def show_cursor(self) -> None:
        """Update the cursor after a change of something that it depends on."""
        if self._grabbed is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._space:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.setCursor(self.idle_cursor())

    def idle_cursor(self) -> Qt.CursorShape:
        """Return the cursor while nothing is panned."""
        return Qt.CursorShape.ArrowCursor

    # ---- keys and focus

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._hold_space(event, True)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._hold_space(event, False)

    def _hold_space(self, event: QKeyEvent, is_pressed: bool) -> None:
        if event.key() != Qt.Key.Key_Space:
            event.ignore()
        elif not event.isAutoRepeat():
            self._space = is_pressed
            self.show_cursor()
            self._follow_tap(is_pressed)

    def _follow_tap(self, is_pressed: bool) -> None:
        # Some X servers report repetitions as releases and presses, which Qt does not always recognise.
        is_repeated = self._space_up.isValid() and self._space_up.elapsed() < REPEAT_MS
        if is_pressed:
            self._space_down.invalidate() if is_repeated else self._space_down.start()
            return
        was_tapped = self._space_down.isValid() and self._space_down.elapsed() < TAP_MS
        self._space_down.invalidate()
        self._space_up.start()
        if was_tapped:
            self.space_tapped.emit()

    def enterEvent(self, event: QEnterEvent) -> None:
        # Held keys (Space, Ctrl) are meant for the pane under the pointer, unless something is being typed.
        if self.isActiveWindow() and not isinstance(QApplication.focusWidget(), TEXT_INPUTS):
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        super().enterEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        by_key = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self._focus_shown = event.reason() in by_key
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._focus_shown = self._space = False
        self._space_down.invalidate()
        self.show_cursor()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._header.setGeometry(0, 0, self.width(), HEADER)
        super().resizeEvent(event)
