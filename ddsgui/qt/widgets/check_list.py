"""A list of things to tick."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem

KEY_ROLE = int(Qt.ItemDataRole.UserRole)
ROW_MARGIN_PX = 4

KeyT = TypeVar("KeyT", bound=Hashable)


class CheckList(QListWidget, Generic[KeyT]):
    """Items by a key, each with a box to tick; `itemChanged` reports a tick."""

    def __init__(self, name: str, visible_rows: int) -> None:
        """visible_rows: more can be scrolled to."""
        super().__init__()
        self._keys: list[KeyT] = []
        self.setAccessibleName(name)
        self.setFixedHeight(visible_rows * (self.fontMetrics().height() + ROW_MARGIN_PX) + ROW_MARGIN_PX)

    def offer(
        self, words: Mapping[KeyT, str], ticked: bool = False, tips: Mapping[KeyT, str] | None = None
    ) -> None:
        """Add items that are not in the list yet."""
        for key, text in words.items():
            if key in self._keys:
                continue
            self._keys.append(key)
            item = QListWidgetItem(text)
            item.setToolTip((tips or {}).get(key, ""))
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
            self.addItem(item)

    def tick(self, key: KeyT, ticked: bool = True) -> None:
        """Tick an item, or remove its tick. Raises ValueError if there is none of this key."""
        state = Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
        self.item(self._keys.index(key)).setCheckState(state)

    @property
    def keys(self) -> list[KeyT]:
        """The keys of all items."""
        return list(self._keys)

    @property
    def ticked(self) -> list[KeyT]:
        """The keys of the items that are ticked."""
        checked = Qt.CheckState.Checked
        return [key for row, key in enumerate(self._keys) if self.item(row).checkState() == checked]
