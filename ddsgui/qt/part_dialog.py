"""Paint a part once; see at once how it does on pictures that were not painted."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ddsgui.editing.session import Session
from ddsgui.qt.brush import Brush
from ddsgui.qt.command import Command
from ddsgui.qt.engine import Lane, Task
from ddsgui.qt.fields import ChoiceBox
from ddsgui.qt.jobs import PairRequest
from ddsgui.qt.mask_canvas import MaskCanvas
from ddsgui.qt.message_bar import MessageBar
from ddsgui.qt.pace import Pace, in_words
from ddsgui.qt.part_gallery import PartGallery
from ddsgui.qt.part_jobs import Painting, PartJobs, PartRequest, TrainingProgress
from ddsgui.qt.seed_box import SeedBox
from ddsgui.qt.studio import Studio
from ddsgui.qt.theme import set_icon
from ddsgui.qt.view_state import ViewState
from ddsgui.synthesis.sample import Sample


class PartDialog(QDialog):
    """Not modal: a run may go on meanwhile. Keeps what was painted on each seed, and trains on all of it."""

    saved = Signal(str)  # the name of a part that the library has now

    def __init__(self, studio: Studio, brush: Brush, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Paint a part")
        self._studio, self._jobs = studio, PartJobs(studio.jobs)
        self._session = Session()
        self._paintings: dict[tuple[str, int], Painting] = {}
        self._request = PairRequest()
        self._task: Task | None = None
        self._trained = False
        self._pace = Pace()
        self.domain = ChoiceBox("Domain", "The domain to paint on")
        self.seed = SeedBox()
        self.seed.setAccessibleName("Seed")
        self.canvas = MaskCanvas("Paint the part here", ViewState(self), self._session, "source", brush)
        self.gallery = PartGallery()
        self.name = QLineEdit(placeholderText="glasses, beard, hat…", maxLength=60)
        self.name.setAccessibleName("Name of the part")
        self.train = QPushButton("Train")
        self.cancel = QPushButton("Cancel")
        self.save = QPushButton("Save part")
        self.bar = QProgressBar(textVisible=False)
        self.progress = QLabel()
        self.message = MessageBar()
        self._lay_out(brush)
        self._connect()
        self._update()

    def begin(self, request: PairRequest) -> None:
        """Show the dialog on the pictures of the window."""
        if self._session.sample is None or request.source != self._request.source:
            self.domain.offer({entry.name: entry.title for entry in self._studio.library.domains()})
            self.domain.show_name(request.source)
            self.seed.show_seed(request.seed)
            self._request = request
            self._draw()
        self._request = replace(self._request, target=request.target)
        self.show()
        self.raise_()
        self.activateWindow()

    @property
    def training(self) -> bool:
        return self._task is not None

    # ---- building

    def _lay_out(self, brush: Brush) -> None:
        dice = QToolButton()
        set_icon(dice, "dice")
        dice.setToolTip("Another picture")
        dice.setAccessibleName("Another picture")
        dice.clicked.connect(self.seed.throw_dice)
        self._undo = self._command("Undo", "Take back the last stroke", "undo", "Ctrl+Z")
        self._redo = self._command("Redo", "Do it again", "redo", "Ctrl+Shift+Z", "Ctrl+Y")
        self._brush = self._command("Brush", "Paint the part", "brush", "B")
        self._eraser = self._command("Eraser", "Erase from the part", "eraser", "E")
        self._brush.triggered.connect(lambda: setattr(brush, "tool", "brush"))
        self._eraser.triggered.connect(lambda: setattr(brush, "tool", "eraser"))
        head = QHBoxLayout()
        head.addWidget(self.domain)
        head.addWidget(self.seed)
        head.addWidget(dice)
        head.addStretch()
        for command in (self._brush, self._eraser, self._undo, self._redo):
            button = QToolButton(autoRaise=True)
            button.setDefaultAction(command)
            head.addWidget(button)
        left = QVBoxLayout()
        left.addLayout(head)
        left.addWidget(self.canvas, stretch=1)
        name = QHBoxLayout()
        name.addWidget(QLabel("Name"))
        name.addWidget(self.name, stretch=1)
        buttons = QHBoxLayout()
        for button in (self.train, self.cancel, self.save):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        hint = QLabel("Paint what belongs to the part, train, and look how it does on other pictures.")
        hint.setWordWrap(True)
        right = QVBoxLayout()
        right.addWidget(hint)
        right.addLayout(name)
        right.addWidget(self.gallery)
        right.addWidget(self.progress)
        right.addWidget(self.bar)
        right.addStretch()
        right.addLayout(buttons)
        columns = QHBoxLayout()
        columns.addLayout(left, stretch=1)
        columns.addLayout(right)
        layout = QVBoxLayout(self)
        layout.addWidget(self.message)
        layout.addLayout(columns)
        self.resize(1000, 640)

    def _command(self, text: str, tip: str, picture: str, *keys: str) -> Command:
        command = Command(self, text, tip, keys)
        set_icon(command, picture)
        command.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        self.addAction(command)
        return command

    def _connect(self) -> None:
        self.domain.currentIndexChanged.connect(lambda _: self._draw())
        self.seed.seed_changed.connect(self._draw)
        self.canvas.committed.connect(self._painted)
        self._undo.triggered.connect(lambda: self._step_back(self._session.undo()))
        self._redo.triggered.connect(lambda: self._step_back(self._session.redo()))
        self.name.textChanged.connect(self._update)
        self.train.clicked.connect(self._train)
        self.cancel.clicked.connect(lambda: self._task and self._task.cancel())
        self.save.clicked.connect(self._ask_save)

    # ---- painting

    def _draw(self) -> None:
        """Ask for the picture of this seed."""
        request = replace(
            self._request, source=self.domain.name, part="", seed=self.seed.seed, target_seed=None
        )
        self._request = request
        self.canvas.set_busy("Loading…")
        alone = replace(request, target=request.source)
        task = self._studio.engine.submit(Lane.PART_SAMPLE, partial(self._studio.jobs.pair, alone))
        task.returned.connect(self._load)
        task.failed.connect(self.message.show_message)
        task.ended.connect(partial(self.canvas.set_busy, ""))

    def _load(self, sample: Sample) -> None:
        painted = self._paintings.get((self._request.source, sample.seed))
        if painted is not None:
            sample = replace(sample, source_mask=painted.mask)
        self._session.load(sample)
        self.canvas.refresh()
        self._update()

    def _step_back(self, rect: object) -> None:
        if rect is not None:
            self.canvas.refresh()
            self._painted()

    def _painted(self) -> None:
        sample, mask = self._session.sample, self._session.mask("source").copy()
        if sample is None:
            return
        key = (self._request.source, sample.seed)
        if mask.any():
            self._paintings[key] = Painting(sample.seed, sample.truncation, mask)
        else:
            self._paintings.pop(key, None)
        self._update()

    @property
    def _of_domain(self) -> tuple[Painting, ...]:
        return tuple(p for (domain, _), p in self._paintings.items() if domain == self._request.source)

    # ---- training

    def _train(self) -> None:
        name = self.name.text().strip() or "part"
        request = PartRequest(name, self._request.source, self._request.target, self._of_domain)
        self.message.hide()
        self.gallery.clear()
        self._trained = False
        self._pace.rest()
        self.progress.setText("Getting ready…")
        self._task = self._studio.engine.submit(Lane.PART, partial(self._jobs.train, request))
        self._task.progressed.connect(self._show_progress)
        self._task.returned.connect(self._finish)
        self._task.failed.connect(self.message.show_message)
        self._task.ended.connect(self._end)
        self._update()

    def _show_progress(self, value: TrainingProgress | tuple[Sample, ...]) -> None:
        if isinstance(value, tuple):
            self.progress.setText("Trying it on other pictures…")
            self.gallery.show_samples(value)
            return
        self._pace.tick(value.iteration)
        self.bar.setRange(0, value.iterations)
        self.bar.setValue(value.iteration)
        left = in_words(self._pace.left(value.iterations))
        self.progress.setText(
            f"Iteration {value.iteration} of {value.iterations}   ·   loss {value.loss:.3f}   ·   {left} left"
        )

    def _finish(self, tried: tuple[Sample, ...]) -> None:
        self._trained = True
        self.gallery.show_samples(tried)

    def _end(self) -> None:
        self._task = None
        self.progress.setText("Trained. Paint more where it is wrong, or save it." if self._trained else "")
        self._update()

    # ---- saving

    def _ask_save(self) -> None:
        """A part of the user's own is replaced only when told to."""
        name = self.name.text().strip()
        own = {entry.name for entry in self._studio.library.parts() if not entry.bundled}
        if name in own:
            self.message.show_message(f"There is a part {name} already.", {"Replace it": self._save})
        else:
            self._save()

    def _save(self) -> None:
        task = self._studio.engine.submit(None, partial(self._jobs.save, self.name.text().strip()))
        task.returned.connect(self._tell_saved)
        task.failed.connect(self.message.show_message)

    def _tell_saved(self, name: str) -> None:
        self.message.show_message(f"The part {name} is in the library.")
        self.saved.emit(name)

    def _update(self) -> None:
        painted = len(self._of_domain)
        self.canvas.set_caption(f"{painted} painted" if painted else "")
        self._undo.allow(None if self._session.can_undo else "Nothing was painted yet.")
        self._redo.allow(None if self._session.can_redo else "Nothing was taken back.")
        named = bool(self.name.text().strip())
        _allow(
            self.train,
            None if painted and not self.training else "Paint something first." if not painted else "",
        )
        _allow(self.cancel, None if self.training else "Nothing is being trained.")
        why_not = "" if self.training else "Train it first." if not self._trained else "Give it a name first."
        _allow(self.save, None if self._trained and named and not self.training else why_not)
        self.bar.setVisible(self.training)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._task is not None:
            self._task.cancel()
        super().closeEvent(event)


def _allow(button: QPushButton, why_not: str | None) -> None:
    button.setEnabled(why_not is None)
    button.setToolTip(why_not or "")
