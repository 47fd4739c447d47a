"""The New domain dialog: choose and crop a few pictures, or a painter; watch the training; save the domain."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from ddsgui.jobs.adaptation_values import DomainRequest, DrawnRequest, SaveRequest, UnfinishedAdaptation
from ddsgui.jobs.adaptations import AdaptationJobs
from ddsgui.library.library import without_class
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.new_domain.examples_page import ExamplesPage
from ddsgui.qt.new_domain.painter_page import PainterPage
from ddsgui.qt.new_domain.training_page import TrainingPage
from ddsgui.qt.new_domain.unfinished import UnfinishedList
from ddsgui.qt.widgets.message_area import MessageArea
from ddsgui.qt.widgets.message_bar import MessageBar
from ddsgui.qt.widgets.screen import OnScreen
from ddsgui.text import plural

TITLE = "New domain"


class NewDomainDialog(QDialog):
    """A separate window, so that the artist can mix meanwhile. Closing it stops the training; it can be resumed."""

    saved = Signal(str)  # the name of a domain that the library has now
    mix_wanted = Signal(str, str)  # the base domain and the new one
    notified = Signal(str)  # a sentence for the main window
    progressed = Signal(str)  # a few words on the training that is under way; "" for none

    def __init__(self, controller: MixController, preferences: Preferences) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setWindowTitle(TITLE)
        self._controller = controller
        self._jobs = AdaptationJobs(controller.jobs)
        self._source = ""  # the base domain, with its class if it has some
        self.message = MessageBar()
        self.unfinished = UnfinishedList()
        self.examples = ExamplesPage(controller, self._jobs, preferences)
        self.painter = PainterPage(controller)
        self.ways = QTabWidget()
        self.training = TrainingPage(controller, self._jobs)
        self._pages = QStackedWidget()
        self._lay_out()
        self._connect()
        OnScreen(self)

    def begin(self, source: str) -> None:
        """Show the dialog; `source` is the main window's source domain, with its class if it has some."""
        if not self.isVisible() and not self.training.running:
            self._show_examples(source)
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        if not self.isActiveWindow():
            self.raise_()
            self.activateWindow()

    def add_examples(self, paths: list[Path]) -> None:
        """Add pictures, or folders of pictures, to the examples, unless a domain is being trained."""
        if self.step == 2:
            self.message.show_message("Save or leave this domain first, then add pictures for another one.")
        else:
            self.ways.setCurrentWidget(self.examples)
            self.examples.add(paths)

    @property
    def step(self) -> int:
        """1 while pictures or a painter are chosen, 2 while the domain is trained."""
        return self._pages.currentIndex() + 1

    # ---- building

    def _lay_out(self) -> None:
        self.ways.setDocumentMode(True)
        for page, text, tip in (
            (self.examples, "From pictures", "Learn the style of a few pictures"),
            (self.painter, "From a painter", "Learn what a painter makes of every picture"),
        ):
            page.setContentsMargins(0, 12, 0, 0)
            self.ways.setTabToolTip(self.ways.addTab(page, text), tip)
        self._pages.addWidget(self.ways)
        self._pages.addWidget(self.training)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(10)
        body = QWidget()
        pages = QVBoxLayout(body)
        pages.setContentsMargins(0, 0, 0, 0)
        pages.addWidget(self._pages)
        column.addWidget(self.unfinished)
        column.addWidget(body, stretch=1)
        MessageArea(body, self.message, top=self.ways.tabBar().sizeHint().height())
        self.resize(1120, 700)

    def _connect(self) -> None:
        for page in (self.examples, self.painter):
            page.start_wanted.connect(self._start)
            page.failed.connect(self.message.show_message)
        self.unfinished.continue_wanted.connect(self._resume)
        self.unfinished.discard_wanted.connect(self._ask_discard)
        training = self.training
        training.failed.connect(self.message.show_message)
        training.unsaved.connect(self._offer_retry)
        training.saved.connect(self._report_saved)
        training.replace_wanted.connect(self._ask_replace)
        training.back_wanted.connect(lambda: self._show_examples(self._source))
        training.changed.connect(self._show_title)
        training.progressed.connect(self.progressed)
        training.ended_empty.connect(self._go_back)
        training.completed.connect(self._report_complete)
        self.finished.connect(self._close)

    # ---- the two steps

    def _show_examples(self, source: str) -> None:
        self._source = source
        self._discard_finished()
        self.message.hide()
        self.examples.begin(source)
        self.painter.begin(source)
        self._go_back()

    def _go_back(self) -> None:
        """Show the first step again, without changes; the message stays."""
        self._pages.setCurrentWidget(self.ways)
        self._show_title()
        self._load_unfinished()

    def _start(self, request: DomainRequest | DrawnRequest) -> None:
        self._source = request.source
        self._show_training()
        self.training.begin(request)

    def _resume(self, name: str) -> None:
        self._show_training()
        self.training.resume(name)

    def _show_training(self) -> None:
        self.message.hide()
        self.unfinished.hide()
        self._pages.setCurrentWidget(self.training)

    # ---- unfinished adaptations

    def _load_unfinished(self) -> None:
        task = self._controller.engine.submit(None, self._jobs.unfinished)
        task.returned.connect(self._show_unfinished)
        task.failed.connect(self.message.show_message)

    def _show_unfinished(self, unfinished: tuple[UnfinishedAdaptation, ...]) -> None:
        if self.step == 1:
            self.unfinished.show_unfinished(unfinished)
            names = [adaptation.name for adaptation in unfinished]
            for page in (self.examples, self.painter):
                page.form.avoid_names(names)

    def _ask_discard(self, adaptation: UnfinishedAdaptation) -> None:
        self.message.show_message(
            f"{adaptation.name} has been trained for {plural(adaptation.step, 'step')}. "
            "Discarding it cannot be undone.",
            {f"Discard {adaptation.name}": partial(self._discard, adaptation.name)},
        )

    def _discard(self, name: str) -> None:
        task = self._controller.engine.submit(None, partial(self._jobs.discard, name))
        task.failed.connect(self.message.show_message)
        task.ended.connect(self._load_unfinished)

    def _discard_finished(self) -> None:
        """Delete the files of an adaptation that is complete and saved, because there is nothing to resume."""
        training, adaptation = self.training, self.training.adaptation
        saved = training.saved_request is not None and not training.running
        if adaptation is not None and adaptation.is_complete and saved:
            self._controller.engine.submit(None, partial(self._jobs.discard, adaptation.name))

    # ---- answers

    def _report_saved(self, saving: SaveRequest) -> None:
        adaptation = self.training.adaptation
        choices = {}
        if adaptation is not None:
            # All classes have changed, but only this one was trained.
            _, number = without_class(adaptation.source)
            name = saving.name if number is None else f"{saving.name}#{number}"
            choices["Mix with it"] = partial(self.mix_wanted.emit, adaptation.source, name)
        self.message.show_message(f"Saved. “{saving.title}” is now in the list of domains.", choices)
        self.saved.emit(saving.name)

    def _ask_replace(self, name: str) -> None:
        self.message.show_message(
            f"There is already a domain {name}.", {"Replace it": self.training.save_domain}
        )

    def _offer_retry(self, sentence: str) -> None:
        self.message.show_message(sentence, {"Try again": self.training.save_progress})

    def _show_title(self) -> None:
        name = self.training.name
        self.setWindowTitle(f"New domain {name}" if self.step == 2 else TITLE)

    def _report_complete(self) -> None:
        if not self.isActiveWindow():
            self.notified.emit(f"The training of {self.training.name} is complete. See it in File → {TITLE}…")

    # ---- the end

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.training.running:
            return  # only its button stops a running training, so that Esc does not
        super().keyPressEvent(event)

    def _close(self) -> None:
        training = self.training
        if training.running:
            training.stop()
            if training.adaptation is not None:
                self.notified.emit(
                    f"The training of {training.name} was stopped and saved. Continue it from File → {TITLE}…"
                )
        self._discard_finished()
        self.painter.release()
        self._controller.engine.submit(None, self._jobs.release)
