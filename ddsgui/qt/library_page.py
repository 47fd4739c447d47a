"""The library: what is here, what can be had, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
)

from ddsgui.library.card import Card
from ddsgui.library.catalogue import Offer
from ddsgui.library.library import Entry
from ddsgui.library.removal import Removed
from ddsgui.library.verification import Verification
from ddsgui.qt import library_jobs
from ddsgui.qt.inspector import RunButton
from ddsgui.qt.library_card import Shown
from ddsgui.qt.library_commands import LibraryCommands
from ddsgui.qt.library_courier import Courier
from ddsgui.qt.library_downloads import Downloads
from ddsgui.qt.library_drop import KINDS, DropVeil, dropped_files
from ddsgui.qt.library_panel import CardPanel
from ddsgui.qt.library_shelf import CardShelf
from ddsgui.qt.library_stock import LibraryStock
from ddsgui.qt.message_bar import MessageBar
from ddsgui.qt.preferences import Preferences
from ddsgui.qt.studio import Studio

HINT = "StyleGAN2 files of any kind can be dropped anywhere here: .pt, .pkl, .safetensors."
READING = "Reading the library…"
SHELVES = (  # name; what is said where it is empty; whether its cards have pictures
    ("Domains", "There are no domains yet. Drop a model file here, or look at what can be downloaded.", True),
    ("Parts", "There are no parts yet. “Paint a part…” in the main window makes one.", True),
    ("To download", "All that the catalogue has is in the library.", False),
)


class LibraryPage(QDialog):
    """A window of its own: it may lie beside the studio's, and what it has begun goes on once it is closed."""

    use_wanted = Signal(str, str)  # "source", "target" or "part", and a name
    changed = Signal()  # another domain or part is there, or one is gone
    news = Signal(str)  # a sentence for who does not look at the page

    def __init__(self, studio: Studio, preferences: Preferences) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setWindowTitle("Library")
        self._studio, self._preferences = studio, preferences
        self._removed: list[Removed] = []
        self._sought: tuple[str, str] | None = None  # what is to be chosen as soon as it has a card
        self._busy: list[str] = []  # what is added or verified, the newest stage of each
        self.courier = Courier(self)
        self.downloads = Downloads(studio.library, studio.engine, self.courier, self)
        self.stock = LibraryStock(studio, self.courier, self.downloads, self)
        self.commands = LibraryCommands(self)
        self.message = MessageBar()
        self.filter = QLineEdit(placeholderText="Filter", clearButtonEnabled=True)
        self.tabs = QTabBar(drawBase=False, expanding=False)
        self.shelves = tuple(CardShelf(*shelf) for shelf in SHELVES)
        self.panel = CardPanel(self.commands)
        self.state = QLabel(HINT)
        self._stack = QStackedWidget()
        self._veil = DropVeil(self)
        self.setAcceptDrops(True)
        self._lay_out()
        self._connect()
        self._update()

    def begin(self) -> None:
        """Show the page with what is there now."""
        self.stock.look()
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        self.shelf.setFocus()

    def shut_down(self) -> None:
        """The program ends: downloads are left for another day, and what was removed is gone."""
        self.close()
        self.courier.shut_down()
        for removed in self._removed:
            removed.discard()
        self._removed.clear()

    @property
    def shelf(self) -> CardShelf:
        """The one in sight."""
        return self.shelves[self.tabs.currentIndex()]

    @property
    def current(self) -> Shown | None:
        """The chosen card."""
        return self.shelf.current

    # ---- building

    def _lay_out(self) -> None:
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
            self._stack.addWidget(shelf)
        add = RunButton(self.commands.add)
        undo = RunButton(self.commands.undo)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.tabs)
        head.addStretch()
        head.addWidget(self.filter, stretch=1)
        for button in (undo, add):
            button.setAutoDefault(False)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            head.addWidget(button)
        self.state.setForegroundRole(self.state.palette().ColorRole.PlaceholderText)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self._stack, stretch=1)
        left.addWidget(self.state)
        columns = QHBoxLayout()
        columns.setSpacing(10)
        columns.addLayout(left, stretch=1)
        columns.addWidget(self.panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self.message)
        column.addLayout(columns, stretch=1)
        self.setMinimumSize(720, 460)
        self.resize(1120, 720)

    def _connect(self) -> None:
        c, stock, downloads = self.commands, self.stock, self.downloads
        self.tabs.currentChanged.connect(self._turn_to)
        self.filter.textChanged.connect(lambda _: self._update())
        self.panel.choose_wanted.connect(self._choose_awaited)
        for shelf in self.shelves:
            shelf.chosen.connect(lambda _: self._update_card())
            shelf.activated.connect(lambda _: self.panel.focus_first())
            shelf.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            shelf.customContextMenuRequested.connect(self._show_menu)
        stock.changed.connect(self._update)
        stock.failed.connect(self.message.show_message)
        downloads.ended.connect(stock.look)
        downloads.arrived.connect(self._tell_added)
        downloads.failed.connect(self._tell_failed_download)
        self._studio.run_changed.connect(self._update_card)
        for command, act in {
            c.add: self.ask_files,
            c.find: self._find,
            c.refresh: stock.look,
            c.undo: self._undo,
            c.source: lambda: self._use("source"),
            c.target: lambda: self._use("target"),
            c.part: lambda: self._use("part"),
            c.verify: self._verify,
            c.remove: self._remove,
            c.download: self._download,
            c.pause: self._pause,
            c.cancel: self._cancel,
            c.page: self._open_page,
        }.items():
            command.triggered.connect(lambda _=False, act=act: act())

    # ---- what is shown

    def _update(self) -> None:
        """Put all cards where they belong; the tabs say how many there are of what is looked for."""
        words = self.filter.text().lower().split()
        everything = self.stock.shown
        for i, (name, empty, _) in enumerate(SHELVES):
            mine = [shown for shown in everything if _place(shown.card) == i]
            found = [shown for shown in mine if shown.matches(words)]
            if mine and not found:
                empty = f"Nothing here has “{self.filter.text().strip()}” on its card."
            self.shelves[i].show_cards(found, empty if self.stock.known else READING)
            self.tabs.setTabText(i, f"{name} {len(found)}" if self.stock.known else name)
        if self._sought is not None and self._choose(*self._sought):
            self._sought = None
        self._update_card()

    def _update_card(self) -> None:
        self.commands.update(
            self.current,
            running=self._studio.running,
            mirrored=self.stock.mirrored,
            removed=bool(self._removed),
            busy=bool(self._busy),
        )
        self.panel.show_card(self.current)
        self.state.setText(f"{self._busy[0]}…" if self._busy else HINT)

    def _turn_to(self, index: int) -> None:
        self._stack.setCurrentIndex(index)
        self._update_card()

    def _choose(self, kind: str, name: str, here: bool = True) -> bool:
        """Turn to a card; False if there is none."""
        index = (0 if kind == "domain" else 1) if here else 2
        found = self.shelves[index].choose(kind, name)
        if found:
            self.tabs.setCurrentIndex(index)
        return found

    def _show_menu(self, position: object) -> None:
        if self.current is None:
            return
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self.commands.offered(self.current.card))
        menu.popup(self.shelf.viewport().mapToGlobal(position))  # type: ignore[call-overload]

    def _find(self) -> None:
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    # ---- files in

    def ask_files(self, offer: Offer | None = None) -> QFileDialog:
        """Choose files to add; one, if it is to be an offer's."""
        title = "Add to the library" if offer is None else f"The file of {offer.title}"
        dialog = QFileDialog(self, title, str(self._preferences.folder), KINDS)
        many = QFileDialog.FileMode.ExistingFiles if offer is None else QFileDialog.FileMode.ExistingFile
        dialog.setFileMode(many)
        dialog.filesSelected.connect(partial(self._take_chosen, offer))
        dialog.finished.connect(dialog.deleteLater)
        dialog.show()
        return dialog

    def take_files(self, paths: Iterable[Path]) -> None:
        """Files that were dropped here or on the studio's window."""
        paths = list(paths)
        offer = self._awaited()
        if offer is None or len(paths) != 1:
            self._add(paths)
        elif paths[0].name == offer.file_name:
            self._add(paths, offer)
        else:
            self.message.show_message(
                f"Is {paths[0].name} the file of {offer.title}, which you went for?",
                {
                    f"Yes, it is {offer.title}": partial(self._add, paths, offer),
                    "No, add it by itself": partial(self._add, paths),
                },
            )

    def _take_chosen(self, offer: Offer | None, names: list[str]) -> None:
        paths = [Path(name) for name in names]
        if paths:
            self._preferences.folder = paths[0].parent
            self._add(paths, offer)

    def _choose_awaited(self) -> None:
        if self.current is not None:
            self.ask_files(self.current.card.offer)

    def _awaited(self) -> Offer | None:
        name = self.stock.awaited
        return next(
            (s.card.offer for s in self.stock.shown if s.card.name == name and s.card.entry is None), None
        )

    def _add(self, paths: list[Path], offer: Offer | None = None) -> None:
        self.message.hide()
        for path in paths:
            self._work(
                f"Waiting to add {path.name}",
                partial(library_jobs.add, self._studio.library, path, offer),
                self._tell_added,
            )

    def _tell_added(self, entry: Entry) -> None:
        if self.stock.awaited is not None and entry.name == self.stock.awaited:
            self.stock.awaited = None
        self.filter.clear()
        self._sought = entry.kind, entry.name
        self.stock.look()
        self.changed.emit()
        what = "domain" if entry.kind == "domain" else "part"
        self._tell(f"The {what} {entry.title} is in the library.")

    # ---- what is done with a card

    def _use(self, role: str) -> None:
        shown = self.current
        if shown is None:
            return
        name = shown.card.name if role == "part" else self.panel.domain
        self.use_wanted.emit(role, name)
        self.message.show_message(f"{shown.card.title} is the {role} now.")

    def _verify(self) -> None:
        entry = self._entry()
        if entry is not None:
            job = partial(library_jobs.verify, self._studio.library, entry)
            self._work(f"Waiting to verify {entry.title}", job, self._tell_verified)

    def _tell_verified(self, verification: Verification) -> None:
        self.stock.look()
        title = verification.entry.title
        found = verification.text.removeprefix(f"{verification.entry.name}: ")
        self._tell(f"{title} is well: {found}" if verification.ok else f"{title} is not well: {found}")

    def _remove(self) -> None:
        if (entry := self._entry()) is not None:
            task = self.courier.send(partial(library_jobs.take_out, self._studio.library, entry))
            task.returned.connect(self._tell_removed)
            task.failed.connect(self.message.show_message)

    def _tell_removed(self, removed: Removed) -> None:
        self._removed.append(removed)
        sentence = f"{removed.entry.title} is removed."
        if removed.depends:
            verb = "was" if len(removed.depends) == 1 else "were"
            sentence += f" {', '.join(removed.depends)}, which {verb} made of it, can still be used."
        self.message.show_message(sentence, {"Undo": self._undo})
        self.stock.look()
        self.changed.emit()

    def _undo(self) -> None:
        if self._removed:
            removed = self._removed.pop()
            task = self.courier.send(partial(library_jobs.put_back, removed))
            task.returned.connect(self._tell_back)
            task.failed.connect(self.message.show_message)

    def _tell_back(self, entry: Entry) -> None:
        self.message.show_message(f"{entry.title} is back.")
        self.stock.look()
        self.changed.emit()

    def _entry(self) -> Entry | None:
        return None if self.current is None else self.current.card.entry

    # ---- what can be had

    def _offer(self) -> Offer | None:
        return None if self.current is None else self.current.card.offer

    def _download(self) -> None:
        if (offer := self._offer()) is not None:
            self.message.hide()
            self.downloads.begin(offer)

    def _pause(self) -> None:
        if (offer := self._offer()) is not None:
            self.downloads.pause(offer.name)

    def _cancel(self) -> None:
        if (offer := self._offer()) is None:
            return
        if self.downloads.of(offer.name) is not None:
            self.downloads.cancel(offer.name)
        else:
            self.downloads.discard(offer)

    def _tell_failed_download(self, sentence: str, offer: Offer, another: bool) -> None:
        choices: dict[str, Callable[[], object]] = {"Try again": partial(self.downloads.begin, offer)}
        if another:
            choices["Take it as it is now"] = partial(self.downloads.begin, offer, accept_new=True)
        self._tell(sentence, choices)

    def _open_page(self) -> None:
        shown = self.current
        if shown is None or shown.card.page is None:
            return
        if not QDesktopServices.openUrl(QUrl(shown.card.page)):
            self.message.show_message(f"No browser could be opened; the page is {shown.card.page}")
        if shown.card.entry is None and shown.card.offer is not None and not shown.card.offer.direct:
            self.stock.awaited = shown.card.name
            self._update()

    # ---- what takes a while

    def _work(self, waiting: str, job: Callable, answer: Callable) -> None:
        """Have the engine do it, and say how far it is."""
        task = self._studio.engine.submit(None, job)
        stage = [waiting]
        self._busy = [*self._busy, waiting]

        def tell(text: str) -> None:
            self._busy = [text if one == stage[0] else one for one in self._busy]
            stage[0] = text
            self._update_card()

        def end() -> None:
            if stage[0] in self._busy:
                self._busy.remove(stage[0])
            self._update_card()

        task.progressed.connect(tell)
        task.returned.connect(answer)
        task.failed.connect(self._tell)
        task.ended.connect(end)
        self._update_card()

    def _tell(self, sentence: str, choices: dict[str, Callable[[], object]] | None = None) -> None:
        """On the page, and elsewhere if nobody looks at it."""
        self.message.show_message(sentence, choices)
        if not self.isActiveWindow():
            self.news.emit(sentence)

    # ---- dragging

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
            self._veil.lower_over()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._veil.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._veil.hide()
        if paths := dropped_files(event.mimeData()):
            event.acceptProposedAction()
            self.take_files(paths)
        else:
            self.message.show_message(
                "Only files can be dropped here; download it first, then drop its file."
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._veil.setGeometry(self.rect())

    def closeEvent(self, event: QCloseEvent) -> None:
        self._veil.hide()
        if len(self.downloads):
            self.news.emit("The download goes on; “Library…” in the File menu shows how far it is.")
        super().closeEvent(event)


def _place(card: Card) -> int:
    """On which shelf."""
    if card.entry is None:
        return 2
    return 0 if card.kind == "domain" else 1
