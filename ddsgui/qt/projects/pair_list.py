"""The pairs of domains that runs are added for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from ddsgui.jobs.batch.grid import Pair
from ddsgui.library.library import Entry
from ddsgui.qt.widgets.check_list import CheckList
from ddsgui.qt.widgets.fields import FIELD_HEIGHT_PX, ChoiceBox
from ddsgui.qt.widgets.icons import icon

VISIBLE_ROWS = 3


class PairList(QWidget):
    """The pair that is shown, and others that the artist adds."""

    changed = Signal()

    def __init__(self, present: Pair, domains: Sequence[Entry]) -> None:
        super().__init__()
        titles = {_with_class(entry): entry.title for entry in domains}
        self._titles = titles
        self.pairs: CheckList[Pair] = CheckList("Pairs of domains", VISIBLE_ROWS)
        self.source = ChoiceBox(
            "Source of another pair", "The domain whose features the part carries", titles
        )
        self.target = ChoiceBox("Target of another pair", "The domain of everything outside the part", titles)
        self.add_button = QToolButton()
        self.add_button.setIcon(icon("add"))
        self.add_button.setFixedHeight(FIELD_HEIGHT_PX)
        self.add_button.setAccessibleName("Add the pair")
        self.add_button.setToolTip("Add this pair of domains to the list")
        self.source.show_name(present[0])
        self.target.show_name(present[1])
        self.pairs.offer({present: self._words(present)}, ticked=True)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.source, stretch=1)
        row.addWidget(QLabel("→"))
        row.addWidget(self.target, stretch=1)
        row.addWidget(self.add_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.pairs)
        column.addLayout(row)
        self.add_button.clicked.connect(lambda _: self.add())
        self.pairs.itemChanged.connect(lambda _: self.changed.emit())

    def add(self) -> None:
        """Add the pair that the two fields name, and tick it."""
        pair = self.source.name, self.target.name
        if all(pair):
            self.pairs.offer({pair: self._words(pair)}, ticked=True)
            self.pairs.tick(pair)
            self.pairs.setCurrentRow(self.pairs.keys.index(pair))
            self.changed.emit()

    def _words(self, pair: Pair) -> str:
        return " → ".join(self._titles.get(name, name) for name in pair)


def _with_class(entry: Entry) -> str:
    """Return a domain's name; of one with classes, that of its first."""
    return f"{entry.name}#0" if entry.classes else entry.name
