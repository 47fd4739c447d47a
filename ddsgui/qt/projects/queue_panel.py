"""The list of the mixes that wait."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QDropEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ddsgui.jobs.batch.queue import QueueEntry
from ddsgui.qt.projects.queue_controller import QueueController
from ddsgui.qt.widgets.context_menu import show_context_menu
from ddsgui.qt.widgets.item_views import SLIM_SCROLL_BAR

KEY_ROLE = int(Qt.ItemDataRole.UserRole)
MAX_ROWS = 4  # that are visible without scrolling
PADDING_PX = 6
STYLE = f"""
QueueView {{ background: transparent; border: none; }}
QueueView::item {{
    background: palette(base); border: 1px solid palette(mid); border-radius: 6px; margin-bottom: 4px; padding: 4px 6px;
    color: palette(text);
}}
QueueView::item:selected {{ border: 1px solid palette(highlight); }}
{SLIM_SCROLL_BAR}
"""


class QueuePanel(QWidget):
    """The queue, in its order, to be changed by dragging; a right click offers the actions on an entry."""

    chosen = Signal()  # another entry is chosen, or none

    def __init__(self, queue: QueueController) -> None:
        super().__init__()
        self._queue = queue
        self._actions: list[QAction | None] = []
        self.view = QueueView()
        self._title = QLabel()
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._title.setSizePolicy(
            QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred
        )  # the list keeps its width
        self._head = QHBoxLayout()
        self._head.setContentsMargins(2, 0, 0, 0)
        self._head.addWidget(self._title, stretch=1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 4, 0)
        column.setSpacing(4)
        column.addLayout(self._head)
        column.addWidget(self.view)
        self.view.dropped.connect(lambda: queue.reorder(self.view.keys))
        self.view.itemSelectionChanged.connect(self.chosen)
        self.view.customContextMenuRequested.connect(self._show_menu)
        queue.changed.connect(self._show)
        queue.progressed.connect(self._show_progress)
        self._show()

    @property
    def title(self) -> str:
        """The number of entries, in words; "" if there is none."""
        return self._title.text() if self._queue.queue.entries else ""

    @property
    def current(self) -> QueueEntry | None:
        """The entry that is chosen."""
        item = self.view.currentItem()
        key = None if item is None or not item.isSelected() else item.data(KEY_ROLE)
        return next((entry for entry in self._queue.queue.entries if entry.key == key), None)

    def set_actions(self, heads: Sequence[QAction], rows: Sequence[QAction | None]) -> None:
        """Set the actions on the queue, as buttons, and those on the chosen entry, for its menu and their keys."""
        for action in heads:
            button = QToolButton(autoRaise=True)
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setAccessibleName(action.text().replace("&", ""))
            self._head.addWidget(button)
        self._actions = list(rows)
        self.view.addActions([action for action in rows if action is not None])

    def _show(self) -> None:
        entries = self._queue.queue.entries
        self.setVisible(bool(entries))
        failed = sum(not entry.waits for entry in entries)
        waiting = len(entries) - failed
        words = [f"{waiting:,} to do"] if waiting else []
        words += [f"{failed:,} failed"] if failed else []
        words += ["paused"] if self._queue.paused and waiting else []
        self._title.setText(" · ".join(["Queue", *words]))
        self._title.setToolTip(self._title.text())
        self.view.show_keys([entry.key for entry in entries])
        for row, entry in enumerate(entries):
            self._show_entry(self.view.item(row), entry)
        self.view.fit()
        self.chosen.emit()

    def _show_entry(self, item: QListWidgetItem, entry: QueueEntry) -> None:
        state, (domains, words) = self._queue.state_of(entry), entry.lines
        item.setText(f"{domains}\n{words}\n{state}")
        item.setToolTip(item.text())

    def _show_progress(self) -> None:
        for row, entry in enumerate(self._queue.queue.entries):
            if entry.key == self._queue.running_key and row < self.view.count():
                self._show_entry(self.view.item(row), entry)

    def _show_menu(self, at: QPoint) -> None:
        if self.current is not None:
            show_context_menu(self.view, self._actions, at)


class QueueView(QListWidget):
    """The list itself."""

    dropped = Signal()  # an entry at another place

    def __init__(self) -> None:
        super().__init__()
        self.setStyleSheet(STYLE)
        self.setUniformItemSizes(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setTabKeyNavigation(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setAccessibleName("Queue")

    @property
    def keys(self) -> list[str]:
        """The keys of the entries, in their order."""
        return [self.item(row).data(KEY_ROLE) for row in range(self.count())]

    def show_keys(self, keys: list[str]) -> None:
        """Have a row for each key; the choice stays, and so do the rows where some only go or come at the end."""
        wanted = set(keys)
        for row in reversed(range(self.count())):
            if self.item(row).data(KEY_ROLE) not in wanted:
                self.takeItem(row)
        current = self.currentItem()
        chosen = None if current is None else current.data(KEY_ROLE)
        if self.keys != keys[: self.count()]:
            self.clear()
        for key in keys[self.count() :]:
            item = QListWidgetItem()
            item.setData(KEY_ROLE, key)
            self.addItem(item)
            if key == chosen:
                self.setCurrentItem(item)

    def fit(self) -> None:
        """Be as high as the first entries."""
        rows = min(self.count(), MAX_ROWS)
        self.setFixedHeight(sum(self.sizeHintForRow(row) for row in range(rows)) + 2 * self.frameWidth() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def dropEvent(self, event: QDropEvent) -> None:
        super().dropEvent(event)
        self.dropped.emit()
