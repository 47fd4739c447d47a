"""The list of parts that drops down from their field, with a box for each part and each class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ddsgui.library.library import Entry
from ddsgui.library.part_choice import PartChoice

NO_PART = "No part"
HINT = "Click a part to use it alone, or tick several."
MAX_ROWS = 16  # that are visible without scrolling
ROW_HEIGHT_PX = 22  # widget pixels
SCROLL_BAR_ROOM_PX = 24  # widget pixels

_CHOICE = Qt.ItemDataRole.UserRole  # PartChoice of a row; None for the row without a part
_CLASSES = Qt.ItemDataRole.UserRole + 1  # names of a part's classes
_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_CHECKED, _UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked


class PartList(QFrame):
    """Stays open while boxes are ticked; a click on a title chooses that row alone and closes the list."""

    closed = Signal()
    escaped = Signal()  # before `closed`: the new ticks do not count

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        # The click that closes the list must not paint on what lies below, or open the list again.
        self.setAttribute(Qt.WidgetAttribute.WA_NoMouseReplay)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._was_ticked = False  # by the click that is under way
        self.tree = tree = QTreeWidget()
        tree.setAccessibleName(name)
        tree.setHeaderHidden(True)
        tree.setRootIsDecorated(False)
        tree.setItemsExpandable(False)
        tree.setExpandsOnDoubleClick(False)
        tree.setFrameShape(QFrame.Shape.NoFrame)
        tree.viewport().setBackgroundRole(
            QPalette.ColorRole.Button
        )  # empty boxes would be invisible on the base
        tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.setMouseTracking(True)
        tree.itemEntered.connect(lambda row, _: tree.setCurrentItem(row))
        tree.itemPressed.connect(lambda *_: self._note_tick(False))
        tree.itemChanged.connect(lambda *_: self._note_tick(True))
        tree.itemClicked.connect(lambda row, _: None if self._was_ticked else self._choose_alone(row))
        hint = QLabel(HINT)
        hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        hint.setContentsMargins(6, 2, 6, 4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(tree)
        layout.addWidget(hint)
        self.offer([])

    @property
    def choices(self) -> list[PartChoice]:
        """The ticked parts and classes, from top to bottom."""
        return [choice for part in self._parts() for choice in _choices(part)]

    @property
    def title(self) -> str:
        """The ticked parts for people, such as "Face (left eye) + Hair"."""
        return " + ".join(filter(None, map(_title, self._parts()))) or NO_PART

    def offer(self, entries: list[Entry]) -> None:
        """Replace the parts; none is ticked."""
        self.tree.clear()
        for entry in entries:
            row = _row(entry.title, PartChoice(entry.name))
            row.setData(0, _CLASSES, entry.class_names)
            if len(entry.class_names) > 1:
                row.setFlags(row.flags() | Qt.ItemFlag.ItemIsAutoTristate)
                row.addChildren([_row(name, PartChoice(entry.name, name)) for name in entry.class_names])
            self.tree.addTopLevelItem(row)
        self.tree.addTopLevelItem(_row(NO_PART, None))
        self.tree.expandAll()

    def tick(self, choices: Iterable[PartChoice]) -> None:
        """Tick these parts and no others; those that are not offered are added."""
        for part in self._parts():
            for row in _boxes(part):
                row.setCheckState(0, _UNCHECKED)
        for choice in choices:
            self._box_of(choice).setCheckState(0, _CHECKED)

    def all_choices(self, name: str) -> list[PartChoice]:
        """Return the choices that tick a part with all its classes; [] if it is not offered."""
        return [
            _choice(box)
            for part in self._parts()
            if _choice(part) == PartChoice(name)
            for box in _boxes(part)
        ]

    def open_at(self, field: QWidget) -> None:
        """Show the list below a field, or above it where the screen ends."""
        tree = self.tree
        rows = 1 + sum(1 + part.childCount() for part in self._parts())
        tree.setFixedHeight(min(rows, MAX_ROWS) * ROW_HEIGHT_PX + 2)
        size = self.sizeHint()
        width = max(field.width(), tree.sizeHintForColumn(0) + SCROLL_BAR_ROOM_PX, size.width())
        place, screen = field.mapToGlobal(QPoint(0, field.height())), field.screen().availableGeometry()
        if place.y() + size.height() > screen.bottom():
            place = field.mapToGlobal(QPoint(0, -size.height()))
        left = max(screen.left(), min(place.x(), screen.right() - width))
        self.setGeometry(left, place.y(), width, size.height())
        ticked = (box for part in self._parts() for box in _boxes(part) if box.checkState(0) == _CHECKED)
        current = next(ticked, tree.topLevelItem(0))
        if current is not None:
            tree.setCurrentItem(current)
        self.show()
        tree.setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.tree.currentItem()
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
            self.hide()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row is not None:
            self._choose_alone(row)
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.closed.emit()

    def _choose_alone(self, row: QTreeWidgetItem) -> None:
        self.tick([])
        if row.data(0, _CHOICE) is not None:
            row.setCheckState(0, _CHECKED)
        self.hide()

    def _note_tick(self, was_ticked: bool) -> None:
        self._was_ticked = was_ticked

    def _parts(self) -> Iterator[QTreeWidgetItem]:
        """Yield the rows of parts, without their classes."""
        for i in range(self.tree.topLevelItemCount() - 1):
            if (row := self.tree.topLevelItem(i)) is not None:
                yield row

    def _box_of(self, choice: PartChoice) -> QTreeWidgetItem:
        """Return the row of a choice, a new one if there is none."""
        parts = {_choice(part): part for part in self._parts()}
        part = parts.get(PartChoice(choice.name))
        if part is not None and choice.fits(classes := part.data(0, _CLASSES)):
            return _boxes(part)[choice.class_number(classes) - 1]
        if choice in parts:
            return parts[choice]
        row = _row(choice.text.replace("\\", "/").rpartition("/")[2], choice)
        self.tree.insertTopLevelItem(self.tree.topLevelItemCount() - 1, row)
        return row


def _row(title: str, choice: PartChoice | None) -> QTreeWidgetItem:
    row = QTreeWidgetItem([title])
    row.setFlags(_FLAGS)
    row.setSizeHint(0, QSize(0, ROW_HEIGHT_PX))
    row.setData(0, _CHOICE, choice)
    row.setData(0, _CLASSES, ())
    if choice is not None:
        row.setFlags(_FLAGS | Qt.ItemFlag.ItemIsUserCheckable)
        row.setCheckState(0, _UNCHECKED)
    return row


def _choice(row: QTreeWidgetItem) -> PartChoice:
    return row.data(0, _CHOICE)


def _boxes(part: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    """Return the rows of a part's classes, or its own if it has one."""
    children = (part.child(i) for i in range(part.childCount()))
    return [child for child in children if child is not None] or [part]


def _choices(part: QTreeWidgetItem) -> list[PartChoice]:
    return [_choice(box) for box in _boxes(part) if box.checkState(0) == _CHECKED]


def _title(part: QTreeWidgetItem) -> str:
    """Return the title of a part that is ticked, with its classes unless all are; "" if it is not ticked."""
    boxes = _boxes(part)
    names = [box.text(0) for box in boxes if box.checkState(0) == _CHECKED]
    if not names or len(names) == len(boxes):
        return part.text(0) if names else ""
    return f"{part.text(0)} ({', '.join(names)})"
