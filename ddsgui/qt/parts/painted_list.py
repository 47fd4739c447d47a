"""The faces that were painted for a part: a click opens one, Delete removes it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem

from ddsgui.jobs.painting import Painting
from ddsgui.mask_tint import tinted
from ddsgui.qt.widgets.fields import signals_blocked
from ddsgui.qt.widgets.item_views import paint_placeholder
from ddsgui.qt.widgets.pixmaps import thumbnail

SIDE_PX = 48  # logical pixels
EMPTY = "The faces that you paint appear here."
HEIGHT_PX = SIDE_PX + 22  # with a scroll bar
_KEY = Qt.ItemDataRole.UserRole


class PaintedList(QListWidget):
    """A row of thumbnails with their masks as a tint."""

    chosen = Signal(object)  # the key of a painting
    remove_wanted = Signal(object)  # the key of a painting

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Painted faces")
        self.setToolTip(
            "The faces that the part learns from: click one to paint on, press Delete to remove it"
        )
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setIconSize(QSize(SIDE_PX, SIDE_PX))
        self.setSpacing(2)
        self.setFixedHeight(HEIGHT_PX)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(lambda item: self.chosen.emit(item.data(_KEY)))
        self.itemActivated.connect(lambda item: self.chosen.emit(item.data(_KEY)))

    def show_paintings(self, paintings: Mapping[Hashable, Painting], current: Hashable) -> None:
        """Show paintings by their keys, and choose one; emits nothing."""
        with signals_blocked(self):
            self.clear()
            for key, painting in paintings.items():
                item = QListWidgetItem()
                if painting.picture is not None:
                    picture = tinted(painting.picture, painting.mask)
                    item.setIcon(QIcon(thumbnail(picture, SIDE_PX, self.devicePixelRatioF())))
                name = f"{painting.domain}, {painting.latent}"
                item.setToolTip(name)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, name)
                item.setData(_KEY, key)
                self.addItem(item)
                if key == current:
                    self.setCurrentItem(item)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.count():
            paint_placeholder(self, EMPTY, margin=16)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and item is not None:
            self.remove_wanted.emit(item.data(_KEY))
        else:
            super().keyPressEvent(event)
