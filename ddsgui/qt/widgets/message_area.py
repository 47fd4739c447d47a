"""The place of message bars: over the top of another widget, which does not move when one appears."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from ddsgui.qt.widgets.message_bar import MessageBar

MARGIN_PX = 6  # widget pixels, around the bars


class MessageArea(QWidget):
    """Covers the top of `below` while one of its bars is visible, and takes no room otherwise."""

    def __init__(self, below: QWidget, *bars: MessageBar, top: int = 0) -> None:
        """top: widget pixels of `below` above the bars, which are never covered."""
        super().__init__(below)
        self._below, self._top = below, top
        self._first = below  # the widget from whose upper edge `below` is covered
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(MARGIN_PX)
        for bar in bars:
            column.addWidget(bar)
            bar.installEventFilter(self)
        below.installEventFilter(self)
        self._place()

    def begin_at(self, widget: QWidget) -> None:
        """Cover `below` from the upper edge of a widget within it, so that what is above that can be used."""
        if self._first is not self._below:
            self._first.removeEventFilter(self)
        self._first = widget
        widget.installEventFilter(self)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        types = [QEvent.Type.Show]
        if watched in (self._below, self._first):
            types += [QEvent.Type.Resize, QEvent.Type.Move]
        if event.type() in types:  # at once, so that a button can be pressed as soon as its bar is visible
            column = self.layout()
            assert column is not None
            column.invalidate()  # asks for a layout; where one was asked for, this would never end
            self._place()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # a bar was shown or hidden, or has another text
            self._place()
        return super().event(event)

    def _place(self) -> None:
        width = max(0, self._below.width() - 2 * MARGIN_PX)
        column = self.layout()
        assert column is not None
        has_bars = not column.isEmpty()
        height = (
            column.totalHeightForWidth(width) if column.hasHeightForWidth() else column.sizeHint().height()
        )
        top = self._top + self._first.mapTo(self._below, QPoint()).y() + MARGIN_PX
        self.setGeometry(MARGIN_PX, top, width, height if has_bars else 0)
        column.activate()
        self.raise_()
