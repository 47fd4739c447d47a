"""The tabs of the library with their lists of cards, and the filter."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QTabBar

from ddsgui.qt.library.card_list import CardList
from ddsgui.qt.library.card_model import CardFilter, CardModel, tab_of
from ddsgui.qt.library.card_state import CardState
from ddsgui.qt.widgets.fields import signals_blocked
from ddsgui.qt.widgets.filter_field import FilterField

READING = "Reading the library…"
TABS = (  # name; text of an empty tab; whether its cards have pictures
    ("Domains", "There are no domains yet. Drop a model file here, or look under To download.", True),
    ("Parts", "There are no parts yet. Paint one with “Paint a part…” in the main window.", True),
    ("To download", "The library has everything in the catalogue.", False),
)


class LibraryTabs(QObject):
    """The tab bar, the lists and the filter, which the dialog lays out."""

    changed = Signal()  # another card is chosen, or the chosen one has changed

    def __init__(self, model: CardModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._wanted: tuple[str, str] | None = None  # a card to choose as soon as it exists
        self._has_read = False
        self.filter = FilterField(
            "Filter", "Show only cards with these words in their title, licence or family (Ctrl+F)"
        )
        self.bar = QTabBar(drawBase=False, expanding=False)
        self.stack = QStackedWidget()
        self._filters = tuple(CardFilter(model, tab, self) for tab in range(len(TABS)))
        self.lists = tuple(
            CardList(name, cards, has_pictures)
            for (name, _, has_pictures), cards in zip(TABS, self._filters, strict=True)
        )
        self._set_up()
        self.bar.currentChanged.connect(self._show_tab)
        self.filter.textChanged.connect(self._filter)
        for card_list, cards in zip(self.lists, self._filters, strict=True):
            card_list.chosen.connect(self.changed)
            for signal in (cards.rowsInserted, cards.rowsRemoved, cards.modelReset):
                signal.connect(self._count)

    @property
    def list(self) -> CardList:
        """The list of the current tab."""
        return self.lists[self.bar.currentIndex()]

    @property
    def current(self) -> CardState | None:
        """The chosen card."""
        return self.list.current

    def show_read(self) -> None:
        """Show that the library has been read, and choose the requested card."""
        self._has_read = True
        self._count()
        if self._wanted is not None and self.choose(*self._wanted):
            self._wanted = None
        self.changed.emit()

    def choose(self, kind: str, name: str, installed: bool = True) -> bool:
        """Show and choose a card; return whether there is one."""
        tab = (0 if kind == "domain" else 1) if installed else 2
        was_found = self.lists[tab].choose(kind, name)
        if was_found:
            self.bar.setCurrentIndex(tab)
        return was_found

    def choose_when_read(self, kind: str, name: str) -> None:
        """Choose a card as soon as the library has been read again, whatever the filter says."""
        self.filter.clear()
        self._wanted = kind, name

    def focus_filter(self) -> None:
        """Move the keyboard focus to the filter."""
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def _set_up(self) -> None:
        self.filter.setAcceptDrops(False)
        self.filter.setMinimumWidth(140)
        self.filter.setMaximumWidth(300)
        self.bar.setAccessibleName("Kinds of cards")
        self.bar.setObjectName("shelves")  # as the style sheet calls it
        for name, *_ in TABS:
            self.bar.addTab(name)
        for card_list in self.lists:
            self.stack.addWidget(card_list)
        self._count()

    def _show_tab(self, index: int) -> None:
        self.stack.setCurrentIndex(index)
        self.changed.emit()

    def _filter(self, text: str) -> None:
        with signals_blocked(self):  # until all tabs are filtered
            for cards in self._filters:
                cards.set_words(text)
        self._count()
        self.changed.emit()

    def _count(self) -> None:
        """Show the number of cards on each tab, and the reason in an empty one."""
        for i, (name, empty, _) in enumerate(TABS):
            count = self._filters[i].rowCount()
            self.bar.setTabText(i, f"{name} {count}" if self._has_read else name)
            is_filtered = count == 0 and any(tab_of(state.card) == i for state in self._model.states)
            if is_filtered:
                empty = f"No match for “{self.filter.text().strip()}”."
            self.lists[i].placeholder = empty if self._has_read else READING
            if count == 0:
                self.lists[i].viewport().update()
