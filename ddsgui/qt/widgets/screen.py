"""Windows that lie on a screen as a whole, however small it is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMargins, QObject, QRect, QTimer
from PySide6.QtWidgets import QStyle, QWidget

SETTLED_MS = 150  # after a window is shown, until the desktop has placed it


def within(frame: QRect, available: QRect) -> QRect:
    """Return where a window's frame has to be, moved as little as possible and shrunk only if it is larger."""
    size = frame.size().boundedTo(available.size())
    left = min(max(frame.left(), available.left()), available.right() + 1 - size.width())
    top = min(max(frame.top(), available.top()), available.bottom() + 1 - size.height())
    return QRect(left, top, size.width(), size.height())


class OnScreen(QObject):
    """Keeps one window, with its frame, on its screen whenever it is shown."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        # The frame of a window, and where the desktop has put it, is only known a moment after it is shown.
        self._later = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._later.timeout.connect(self.fit)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() == QEvent.Type.Show and not event.spontaneous():
            self.fit()
            self._later.start()
        return False

    def fit(self) -> None:
        """Move and shrink the window now."""
        window = self._window
        if window.isMaximized() or window.isFullScreen():
            return
        margins = self._frame()
        frame = within(window.geometry().marginsAdded(margins), window.screen().availableGeometry())
        inside = frame.marginsRemoved(margins)
        if inside.size() != window.size():
            window.resize(inside.size())
        if window.isVisible() and inside.topLeft() != window.geometry().topLeft():
            window.move(frame.topLeft())

    def _frame(self) -> QMargins:
        """Return the window's frame, or a guess while it is not on the screen."""
        window = self._window
        inner, outer = window.geometry(), window.frameGeometry()
        if outer != inner:
            return QMargins(
                inner.left() - outer.left(),
                inner.top() - outer.top(),
                outer.right() - inner.right(),
                outer.bottom() - inner.bottom(),
            )
        title = window.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight, None, window)
        return QMargins(1, title, 1, 1)
