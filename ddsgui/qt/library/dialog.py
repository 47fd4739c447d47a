"""The library window: installed and downloadable domains and parts, and the actions on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from ddsgui.jobs.pairs import PairRequest
from ddsgui.library.card import Card
from ddsgui.library.catalogue import CatalogueEntry
from ddsgui.library.library import Entry
from ddsgui.library.part_choice import part_choices
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.io_threads import IoThreads
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.library.actions import LibraryActions
from ddsgui.qt.library.card_state import CardState
from ddsgui.qt.library.controller import LibraryController, MessageButtons
from ddsgui.qt.library.details import CardDetails
from ddsgui.qt.library.progress_bar import ProgressBar
from ddsgui.qt.library.tabs import LibraryTabs
from ddsgui.qt.widgets.action_button import ActionButton
from ddsgui.qt.widgets.drop import MODEL_FILES, FileDrop
from ddsgui.qt.widgets.message_area import MessageArea
from ddsgui.qt.widgets.message_bar import MessageBar
from ddsgui.qt.widgets.screen import OnScreen

DROP_TEXT = "Drop it to add it to the library"
STILL_DOWNLOADING = "The download continues. “Library…” in the File menu shows its progress."
STILL_WORKING = "The library is still working. “Library…” in the File menu shows its progress."


@dataclass(frozen=True)
class _Use:
    """An entry that is to be used in the mix."""

    role: str  # "source", "target" or "part"
    name: str
    title: str
    notice: str = ""  # reported meanwhile

    def is_in(self, request: PairRequest) -> bool:
        """Return whether the pictures of `request` use it."""
        parts = (*part_choices(request.part), *part_choices(request.target_part or ""))
        names = {
            "source": {request.source},
            "target": {request.target},
            "part": {part.name for part in parts},
        }
        return self.name in names[self.role]


class LibraryDialog(QDialog):
    """A separate window, whose work continues when it is closed."""

    use_wanted = Signal(str, str)  # "source", "target" or "part", and a name
    edit_wanted = Signal(str)  # the name of a part
    changed = Signal()  # a domain or part was added, removed or restored
    news = Signal(str)  # a sentence for users who do not see this window

    def __init__(self, mix_controller: MixController, preferences: Preferences) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setWindowTitle("Library")
        self._mix_controller, self._preferences = mix_controller, preferences
        self._use_pending: _Use | None = None  # until its pictures are there
        io_threads = IoThreads(self)
        self.controller = LibraryController(mix_controller.library, mix_controller.engine, io_threads)
        self.controller.setParent(self)
        self.library_actions = LibraryActions(self)
        self.message = MessageBar()
        self.tabs = LibraryTabs(self.controller.model, self)
        self.details = CardDetails(self.library_actions)
        self.progress = ProgressBar(self.library_actions.stop)
        self.file_drop = FileDrop(self, DROP_TEXT)
        self._lay_out()
        self._connect()
        self._bind_actions()
        self._update_card()
        OnScreen(self)

    def begin(self) -> None:
        """Show the window and read the library again."""
        self.controller.refresh()
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        self.tabs.list.setFocus()

    def add_files(self, paths: list[Path]) -> None:
        """Add files that were dropped on this window or the main one."""
        self.controller.add_files(paths)

    def choose_files(self, published: CatalogueEntry | None = None) -> QFileDialog:
        """Open a file dialog for files to add, or for the one file of `published`."""
        title = "Add to the library" if published is None else f"The file of {published.title}"
        dialog = QFileDialog(self, title, str(self._preferences.folder), MODEL_FILES)
        mode = QFileDialog.FileMode.ExistingFiles if published is None else QFileDialog.FileMode.ExistingFile
        dialog.setFileMode(mode)
        dialog.filesSelected.connect(partial(self._add_chosen, published))
        dialog.finished.connect(dialog.deleteLater)
        dialog.show()
        return dialog

    def shut_down(self) -> None:
        """Stop all work, because the program ends."""
        self.close()
        self.controller.shut_down()

    @property
    def current(self) -> CardState | None:
        """The chosen card."""
        return self.tabs.current

    # ---- building

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.tabs.bar)
        head.addStretch()
        head.addWidget(self.tabs.filter, stretch=1)
        for action in (self.library_actions.undo, self.library_actions.add):
            button = ActionButton(action)
            button.setAutoDefault(False)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            head.addWidget(button)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self.tabs.stack, stretch=1)
        left.addWidget(self.progress)
        body = QWidget()
        columns = QHBoxLayout(body)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(10)
        columns.addLayout(left, stretch=1)
        columns.addWidget(self.details)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(body, stretch=1)
        MessageArea(body, self.message)
        self.setMinimumSize(720, 460)
        self.resize(1120, 720)

    def _connect(self) -> None:
        self.tabs.changed.connect(self._update_card)
        for card_list in self.tabs.lists:
            card_list.activated.connect(lambda _: self.details.focus_first())
            card_list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            card_list.customContextMenuRequested.connect(self._show_menu)
        self.file_drop.dropped.connect(self.add_files)
        self.file_drop.refused.connect(self.message.show_message)
        self.details.choose_wanted.connect(lambda: self._with_published(self.choose_files))
        self.details.page_wanted.connect(lambda url: self.controller.open_link(url.toString()))
        controller = self.controller
        controller.reader.read.connect(self.tabs.show_read)
        controller.added.connect(self.tabs.choose_when_read)
        controller.message.connect(self._show_message)
        controller.answered.connect(self.message.hide)
        controller.changed.connect(self.changed)
        controller.updated.connect(self._update_work)
        self._mix_controller.run_changed.connect(self._update_card)
        self._mix_controller.pictures_changed.connect(self._report_use)
        self._mix_controller.failed.connect(self._report_failure)
        self._mix_controller.request_changed.connect(
            self._forget_use
        )  # it was refused: another pair is shown

    def _bind_actions(self) -> None:
        actions, controller = self.library_actions, self.controller
        for action, slot in {
            actions.add: self.choose_files,
            actions.find: self.tabs.focus_filter,
            actions.refresh: controller.refresh,
            actions.undo: controller.undo,
            actions.stop: controller.tasks.cancel,
            actions.source: partial(self._use, "source"),
            actions.target: partial(self._use, "target"),
            actions.part: partial(self._use, "part"),
            actions.edit: lambda: self._with_card(lambda card: self.edit_wanted.emit(card.name)),
            actions.verify: partial(self._with_entry, controller.verify),
            actions.remove: partial(self._with_entry, controller.remove),
            actions.download: partial(self._with_published, controller.download),
            actions.pause: partial(self._with_published, controller.pause),
            actions.cancel: partial(self._with_published, controller.cancel),
            actions.page: partial(self._with_card, controller.open_page),
        }.items():
            action.triggered.connect(lambda _=False, slot=slot: slot())

    # ---- the chosen card

    def _with_card(self, act: Callable[[Card], object]) -> None:
        if self.current is not None:
            act(self.current.card)

    def _with_entry(self, act: Callable[[Entry], object]) -> None:
        if self.current is not None and self.current.card.entry is not None:
            act(self.current.card.entry)

    def _with_published(self, act: Callable[[CatalogueEntry], object]) -> None:
        if self.current is not None and self.current.card.published is not None:
            act(self.current.card.published)

    def _use(self, role: str) -> None:
        if self.current is not None:
            card = self.current.card
            self._use_pending = _Use(role, card.name if role == "part" else self.details.domain, card.title)
            self.use_wanted.emit(role, self._use_pending.name)

    def _report_use(self) -> None:
        """Say that the entry is used, once its pictures are there."""
        use, self._use_pending = self._use_pending, None
        if use is not None and use.is_in(self._mix_controller.request):
            self.message.show_message(f"{use.title} is the {use.role} now. {use.notice}".rstrip())

    def _report_failure(self, sentence: str) -> None:
        """Say why the entry cannot be used, or what to mind."""
        if self._use_pending is not None:
            self._use_pending = replace(self._use_pending, notice=sentence)
            self.message.show_message(sentence)

    def _forget_use(self) -> None:
        self._use_pending = None

    def _add_chosen(self, published: CatalogueEntry | None, names: list[str]) -> None:
        paths = [Path(name) for name in names]
        if paths:
            self._preferences.folder = paths[0].parent
            self.controller.add_files(paths, published)

    # ---- what is shown

    def _update_card(self) -> None:
        self._update_actions()
        self.details.show_card(self.current)

    def _update_work(self) -> None:
        self._update_actions()
        self.progress.show_tasks(self.controller.tasks)

    def _update_actions(self) -> None:
        self.library_actions.update(
            self.current,
            is_running=self._mix_controller.running,
            has_mirrors=self.controller.has_mirrors,
            can_undo=self.controller.can_undo,
            tasks=self.controller.tasks,
        )

    def _show_menu(self, position: QPoint) -> None:
        if self.current is None:
            return
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self.library_actions.offered(self.current.card))
        menu.popup(self.tabs.list.viewport().mapToGlobal(position))

    def _show_message(self, sentence: str, buttons: MessageButtons | None) -> None:
        """Show a sentence here, and also in the main window if this window is not active."""
        self.message.show_message(sentence, buttons)
        if not self.isActiveWindow():
            self.news.emit(sentence)

    # ---- the end

    def closeEvent(self, event: QCloseEvent) -> None:
        if len(self.controller.downloads):
            self.news.emit(STILL_DOWNLOADING)
        elif self.controller.tasks.is_busy:
            self.news.emit(STILL_WORKING)
        super().closeEvent(event)
