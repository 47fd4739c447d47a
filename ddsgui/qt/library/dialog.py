"""The library: what is here, what can be had, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMenu, QVBoxLayout

from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.io_threads import IoThreads
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.library.actions import LibraryActions
from ddsgui.qt.library.card_delegate import CardState
from ddsgui.qt.library.card_model import CardModel
from ddsgui.qt.library.controller import LibraryController, MessageButtons
from ddsgui.qt.library.details import CardDetails
from ddsgui.qt.library.downloads import Downloads
from ddsgui.qt.library.progress_bar import ProgressBar
from ddsgui.qt.library.tabs import LibraryTabs
from ddsgui.qt.library.task_queue import TaskQueue
from ddsgui.qt.library_bin import Trash
from ddsgui.qt.library_drop import DropVeil, dropped_files
from ddsgui.qt.library_intake import Intake
from ddsgui.qt.widgets.action_button import ActionButton
from ddsgui.qt.widgets.message_bar import MessageBar


class LibraryDialog(QDialog):
    """A window of its own: it may lie beside the studio's, and what it has begun goes on once it is closed."""

    use_wanted = Signal(str, str)  # "source", "target" or "part", and a name
    changed = Signal()  # another domain or part is there, or one is gone
    news = Signal(str)  # a sentence for who does not look at the page

    def __init__(self, studio: MixController, preferences: Preferences) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setWindowTitle("Library")
        self._studio = studio
        self.courier = IoThreads(self)
        self.downloads = Downloads(studio.library, studio.engine, self.courier, self)
        self.chores = TaskQueue(studio.engine, self)
        self.bin = Trash(studio.library, self.courier, self)
        self.stock = CardModel(studio, self.courier, self.downloads, self)
        self.commands = LibraryActions(self)
        self.message = MessageBar()
        self.rack = LibraryTabs(self.stock, self)
        self.panel = CardDetails(self.commands)
        self.progress = ProgressBar(self.commands.stop)
        self.intake = Intake(self, self.stock, preferences, self.message)
        self.clerk = LibraryController(self, studio.library)
        self._veil = DropVeil(self)
        self.setAcceptDrops(True)
        self._lay_out()
        self._connect()
        self._bind()
        self.rack.update()

    def begin(self) -> None:
        """Show the page with what is there now."""
        self.stock.look()
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        self.rack.shelf.setFocus()

    def shut_down(self) -> None:
        """The program ends: what is under way is left, downloads for another day, and what was removed is gone."""
        self.close()
        self.chores.shut_down()
        self.courier.shut_down()
        self.bin.empty()

    @property
    def current(self) -> CardState | None:
        """The chosen card."""
        return self.rack.current

    # ---- building

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.rack.tabs)
        head.addStretch()
        head.addWidget(self.rack.filter, stretch=1)
        for command in (self.commands.undo, self.commands.add):
            button = ActionButton(command)
            button.setAutoDefault(False)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            head.addWidget(button)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self.rack.stack, stretch=1)
        left.addWidget(self.progress)
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
        self.rack.changed.connect(self._update_card)
        for shelf in self.rack.shelves:
            shelf.activated.connect(lambda _: self.panel.focus_first())
            shelf.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            shelf.customContextMenuRequested.connect(self._show_menu)
        self.panel.choose_wanted.connect(lambda: self.intake.ask(self.clerk.offer))
        self.intake.accepted.connect(self.clerk.add)
        self.clerk.told.connect(self._tell)
        self.clerk.changed.connect(self.changed)
        self.chores.changed.connect(self._show_chores)
        self.bin.failed.connect(lambda _: self._update_commands())
        self.stock.failed.connect(self.message.show_message)
        self.downloads.ended.connect(self.stock.look)
        self._studio.run_changed.connect(self._update_card)

    def _bind(self) -> None:
        c = self.commands
        for command, act in {
            c.add: self.intake.ask,
            c.find: self.rack.find,
            c.refresh: self.stock.look,
            c.undo: self.bin.undo,
            c.stop: self.chores.cancel,
            c.source: lambda: self._use("source"),
            c.target: lambda: self._use("target"),
            c.part: lambda: self._use("part"),
            c.verify: self.clerk.verify,
            c.remove: self.clerk.remove,
            c.download: self.clerk.download,
            c.pause: self.clerk.pause,
            c.cancel: self.clerk.cancel,
            c.page: self.clerk.open_page,
        }.items():
            command.triggered.connect(lambda _=False, act=act: act())

    # ---- what is shown

    def _update_card(self) -> None:
        self._update_commands()
        self.panel.show_card(self.current)

    def _update_commands(self) -> None:
        self.commands.update(
            self.current,
            running=self._studio.running,
            mirrored=self.stock.mirrored,
            removed=len(self.bin) > 0,
            chores=self.chores,
        )

    def _show_chores(self) -> None:
        self._update_commands()
        self.progress.show_chores(self.chores)

    def _show_menu(self, position: QPoint) -> None:
        if self.current is None:
            return
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self.commands.offered(self.current.card))
        menu.popup(self.rack.shelf.viewport().mapToGlobal(position))

    def _tell(self, sentence: str, choices: MessageButtons | None) -> None:
        """On the page, and elsewhere if nobody looks at it."""
        self.message.show_message(sentence, choices)
        if not self.isActiveWindow():
            self.news.emit(sentence)

    def _use(self, role: str) -> None:
        shown = self.current
        if shown is None:
            return
        name = shown.card.name if role == "part" else self.panel.domain
        self.use_wanted.emit(role, name)
        self.message.show_message(f"{shown.card.title} is the {role} now.")

    # ---- dragging, and the end

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
            self.intake.take(paths)
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
        elif self.chores.busy:
            self.news.emit("The library's work goes on; “Library…” in the File menu shows how far it is.")
        super().closeEvent(event)
