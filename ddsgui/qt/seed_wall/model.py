"""The model of the seed wall: a row for each seed, with its pictures once they are drawn."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QPixmap

from ddsgui.jobs.seed_wall import WallPicture
from ddsgui.qt.widgets.pixmaps import thumbnail

ITEM_ROLE = int(Qt.ItemDataRole.UserRole)  # of the WallItem
MAX_PIXMAP_BYTES = 48 << 20  # of pictures scaled to the size in which they are shown
ROOT = QModelIndex()

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, eq=False)
class WallItem:
    """A seed of the wall."""

    seed: int
    picture: WallPicture | None  # None until it is drawn
    is_starred: bool

    @property
    def tooltip(self) -> str:
        """The seed and its measures."""
        if self.picture is None:
            return f"Seed {self.seed}"
        return (
            f"Seed {self.seed}\nThe pictures differ by {self.picture.difference:.0f} of 255 on average.\n"
            f"The masks have {self.picture.overlap:.0%} of their area in common."
        )

    @property
    def spoken(self) -> str:
        """The seed as it is read out."""
        return f"Seed {self.seed}, starred" if self.is_starred else f"Seed {self.seed}"


class WallModel(QAbstractListModel):
    """One row per seed, in the order that the artist has chosen; seeds that are not drawn yet come last."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.seeds: tuple[int, ...] = ()  # in their order
        self._places: dict[int, int] = {}  # of the seeds before they are sorted
        self._sorted_by = "seed"
        self._rows: dict[int, int] = {}
        self._pictures: dict[int, WallPicture] = {}
        self._starred: frozenset[int] = frozenset()
        self._pixmaps: OrderedDict[tuple[int, str, int, float], QPixmap] = OrderedDict()
        self._pixmap_bytes = 0

    def item(self, row: int) -> WallItem:
        """Return the seed of a row."""
        seed = self.seeds[row]
        return WallItem(seed, self._pictures.get(seed), seed in self._starred)

    def missing(self, seeds: Iterable[int]) -> tuple[int, ...]:
        """Return those seeds that have no pictures."""
        return tuple(seed for seed in seeds if seed not in self._pictures)

    def set_seeds(self, seeds: Sequence[int]) -> None:
        """Show these seeds; keep the pictures of those that stay."""
        if list(seeds) == list(self._places):
            return
        self.beginResetModel()
        self._places = {seed: place for place, seed in enumerate(seeds)}
        self._pictures = {seed: p for seed, p in self._pictures.items() if seed in self._places}
        self._forget_pixmaps()
        self._take_order(sorted(self._places, key=self._key))
        self.endResetModel()

    def set_order(self, order: str) -> None:
        """Sort by one of ORDERS."""
        self._sorted_by = order
        self._sort()

    def set_pictures(self, pictures: Iterable[WallPicture]) -> None:
        """Take pictures that have been drawn."""
        for picture in pictures:
            if picture.seed in self._rows and self._pictures.get(picture.seed) is not picture:
                self._pictures[picture.seed] = picture
                self._changed(picture.seed)
        self._sort()

    def clear_pictures(self) -> None:
        """Forget all pictures."""
        self._pictures.clear()
        self._forget_pixmaps()
        if self.seeds:
            self.dataChanged.emit(self.index(0), self.index(len(self.seeds) - 1))
        self._sort()

    def set_starred(self, seeds: frozenset[int]) -> None:
        """Show these seeds with a star."""
        changed, self._starred = seeds ^ self._starred, seeds
        for seed in changed & self._rows.keys():
            self._changed(seed)
        self._sort()

    def row_of(self, seed: int) -> int:
        """Return the row of a seed."""
        return self._rows[seed]

    def pixmap(self, picture: WallPicture, name: str, side: int, ratio: float) -> QPixmap:
        """Return a picture scaled to `side` logical pixels; name: "source", "target" or "live"."""
        key = picture.seed, name, side, ratio
        if key not in self._pixmaps:
            pixmap = thumbnail(getattr(picture, name), side, ratio)
            self._pixmaps[key] = pixmap
            self._pixmap_bytes += _bytes(pixmap)
            while self._pixmap_bytes > MAX_PIXMAP_BYTES and len(self._pixmaps) > 1:
                self._pixmap_bytes -= _bytes(self._pixmaps.popitem(last=False)[1])
        self._pixmaps.move_to_end(key)
        return self._pixmaps[key]

    # ---- for views

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.seeds)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        item = self.item(index.row())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return str(item.seed)
            case Qt.ItemDataRole.ToolTipRole:
                return item.tooltip
            case Qt.ItemDataRole.AccessibleTextRole:
                return item.spoken
            case _:
                return item if role == ITEM_ROLE else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        drag = Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else Qt.ItemFlag.NoItemFlags
        return super().flags(index) | drag

    # ---- internals

    def _changed(self, seed: int) -> None:
        index = self.index(self._rows[seed])
        self.dataChanged.emit(index, index)

    def _sort(self) -> None:
        seeds = sorted(self._places, key=self._key)
        if tuple(seeds) == self.seeds:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        moved = [self.seeds[index.row()] for index in before]
        self._take_order(seeds)
        self.changePersistentIndexList(before, [self.index(self._rows[seed]) for seed in moved])
        self.layoutChanged.emit()

    def _take_order(self, seeds: Sequence[int]) -> None:
        self.seeds = tuple(seeds)
        self._rows = {seed: row for row, seed in enumerate(seeds)}

    def _key(self, seed: int) -> tuple[float, ...]:
        picture, place = self._pictures.get(seed), self._places[seed]
        match self._sorted_by:
            case "starred":
                return (seed not in self._starred, place)
            case "difference":
                return (1, place) if picture is None else (0, -picture.difference, place)
            case "overlap":
                return (1, place) if picture is None else (0, -picture.overlap, place)
            case _:
                return (place,)

    def _forget_pixmaps(self) -> None:
        self._pixmaps.clear()
        self._pixmap_bytes = 0


def _bytes(pixmap: QPixmap) -> int:
    return 4 * pixmap.width() * pixmap.height()
