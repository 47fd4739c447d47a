"""The three shelves of the library, the tabs that turn to them, and the filter."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QTabBar, QToolButton

from ddsgui.library.card import Card
from ddsgui.qt.library.card_delegate import CardState
from ddsgui.qt.library.card_list import CardList
from ddsgui.qt.library.card_model import CardModel

READING = "Reading the library…"
SHELVES = (  # name; what is said where it is empty; whether its cards have pictures
    ("Domains", "There are no domains yet. Drop a model file here, or look at what can be downloaded.", True),
    ("Parts", "There are no parts yet. “Paint a part…” in the main window makes one.", True),
    ("To download", "All that the catalogue has is in the library.", False),
)


class LibraryTabs(QObject):
    """Puts all cards where they belong; the page lays out its widgets."""

    changed = Signal()  # another card is chosen, or the chosen one has changed

    def __init__(self, stock: CardModel, parent: QObject) -> None:
        super().__init__(parent)
        self._stock = stock
        self._sought: tuple[str, str] | None = None  # what is to be chosen as soon as it has a card
        self.filter = QLineEdit(placeholderText="Filter", clearButtonEnabled=True)
        self.tabs = QTabBar(drawBase=False, expanding=False)
        self.shelves = tuple(CardList(*shelf) for shelf in SHELVES)
        self.stack = QStackedWidget()
        self._dress()
        self.tabs.currentChanged.connect(self._turn_to)
        self.filter.textChanged.connect(lambda _: self.update())
        stock.changed.connect(self.update)
        for shelf in self.shelves:
            shelf.chosen.connect(lambda _: self.changed.emit())

    @property
    def shelf(self) -> CardList:
        """The one in sight."""
        return self.shelves[self.tabs.currentIndex()]

    @property
    def current(self) -> CardState | None:
        """The chosen card."""
        return self.shelf.current

    def update(self) -> None:
        """Show what there is now; the tabs say how many there are of what is looked for."""
        words = self.filter.text().lower().split()
        everything, known = self._stock.shown, self._stock.known
        for i, (name, empty, _) in enumerate(SHELVES):
            mine = [shown for shown in everything if _place(shown.card) == i]
            found = [shown for shown in mine if shown.matches(words)]
            if mine and not found:
                empty = f"Nothing here has “{self.filter.text().strip()}” on its card."
            self.shelves[i].show_cards(found, empty if known else READING)
            self.tabs.setTabText(i, f"{name} {len(found)}" if known else name)
        if self._sought is not None and self.choose(*self._sought):
            self._sought = None
        self.changed.emit()

    def choose(self, kind: str, name: str, here: bool = True) -> bool:
        """Turn to a card; False if there is none."""
        index = (0 if kind == "domain" else 1) if here else 2
        found = self.shelves[index].choose(kind, name)
        if found:
            self.tabs.setCurrentIndex(index)
        return found

    def seek(self, kind: str, name: str) -> None:
        """Turn to a card as soon as it is there, whatever the filter says."""
        self.filter.clear()
        self._sought = kind, name

    def find(self) -> None:
        """Go to the filter."""
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def _dress(self) -> None:
        self.filter.setAccessibleName("Filter")
        self.filter.setToolTip("Words of a title, a licence, a family… (Ctrl+F)")
        self.filter.setAcceptDrops(False)
        for clear in self.filter.findChildren(QToolButton):
            clear.setAccessibleName("Clear the filter")
        self.filter.setMinimumWidth(140)
        self.filter.setMaximumWidth(300)
        self.tabs.setAccessibleName("Shelves")
        self.tabs.setObjectName("shelves")
        for name, *_ in SHELVES:
            self.tabs.addTab(name)
        for shelf in self.shelves:
            self.stack.addWidget(shelf)

    def _turn_to(self, index: int) -> None:
        self.stack.setCurrentIndex(index)
        self.changed.emit()


def _place(card: Card) -> int:
    """On which shelf."""
    if card.entry is None:
        return 2
    return 0 if card.kind == "domain" else 1
