"""The right half of the part dialog: train the part, check it, save it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QProgressBar, QPushButton, QVBoxLayout, QWidget

from ddsgui.jobs.eta import Eta
from ddsgui.jobs.job import Job
from ddsgui.jobs.parts import PartJobs, PartProgress, PartRequest, SavedPart
from ddsgui.library.library import conflict_message
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Channel, Task
from ddsgui.qt.parts.gallery import PartGallery
from ddsgui.synthesis.sample import Sample
from ddsgui.text import duration_text

HINT = "Paint the part, press Train, then check it on other faces."
TRAINED = "Open a face where it is wrong, correct its mask and train again, or save the part."
UNNAMED = "part"
OPENED = "Open a face where it is wrong, correct its mask and train again."


class TrainingPanel(QWidget):
    """Trains on the paintings of the dialog."""

    saved = Signal(str)  # name of a part that is in the library now
    failed = Signal(str)
    replace_wanted = Signal(str)  # the library already has a part of this name
    opened = Signal(object)  # SavedPart: a part of the library is to be edited
    progressed = Signal(str)  # `summary`, whenever it may have changed

    def __init__(self, controller: MixController, request_for: Callable[[str], PartRequest]) -> None:
        """request_for: returns the request for a part of this name."""
        super().__init__()
        self._controller, self._request_for = controller, request_for
        self._jobs = PartJobs(controller.jobs)
        self._task: Task | None = None
        self._eta = Eta()
        self._paintings = 0
        self._opens = False  # the task opens a saved part
        self.trained = False
        self.gallery = PartGallery()
        self.name = QLineEdit(placeholderText="glasses, beard, hat…", maxLength=60)
        self.name.setAccessibleName("Name of the part")
        self.train = QPushButton("Train")
        self.cancel = QPushButton("Cancel")
        self.save = QPushButton("Save part")
        self.bar = QProgressBar(textVisible=False)
        self.bar.setAccessibleName("Progress of the training")
        self.progress = QLabel()
        self.progress.setWordWrap(True)
        self._lay_out()
        self.setMaximumWidth(self.gallery.max_width)
        self.name.textChanged.connect(self._update)
        self.train.clicked.connect(self._train)
        self.cancel.clicked.connect(self.stop)
        self.save.clicked.connect(self._ask_save)
        self._update()

    @property
    def training(self) -> bool:
        """True while a part is trained or opened."""
        return self._task is not None

    @property
    def summary(self) -> str:
        """A few words on the training that is under way, "Training part: hair, 42 %"; "" for none."""
        if not self.training or self._opens:
            return ""
        done, steps = self.bar.value(), self.bar.maximum()
        return f"Training part: {self._name or UNNAMED}" + (f", {100 * done // steps} %" if done > 0 else "")

    def begin_new(self) -> None:
        """Forget the part and its name."""
        self.stop()
        self.trained = False
        self.name.clear()
        self.gallery.clear()
        self.progress.clear()
        self._update()

    def restore(self, name: str, samples: tuple[Sample, ...], trained: bool) -> None:
        """Show a part again that begin_new() has put away, unless another one was trained since."""
        self.name.setText(name)
        self.trained = trained
        self.gallery.show_samples(samples)
        self._update()

    def open_part(self, name: str, source: str, target: str) -> None:
        """Open a part of the library to be edited."""
        self._submit(partial(self._jobs.edit, name, source, target), opens=True)
        self.name.setText(name)

    def show_paintings(self, number: int) -> None:
        """Show how many pictures are painted."""
        self._paintings = number
        self._update()

    def stop(self) -> None:
        """Stop the training after the current step."""
        if self._task is not None:
            self._task.cancel()

    def save_part(self) -> None:
        """Save the part to the library, replacing a part of the same name."""
        task = self._controller.engine.submit(None, partial(self._jobs.save, self._name))
        task.returned.connect(self.saved.emit)
        task.failed.connect(self.failed)

    @property
    def _name(self) -> str:
        return self.name.text().strip()

    def _lay_out(self) -> None:
        hint = QLabel(HINT)
        hint.setWordWrap(True)
        name = QHBoxLayout()
        name.addWidget(QLabel("Name"))
        name.addWidget(self.name, stretch=1)
        buttons = QHBoxLayout()
        for button in (self.train, self.cancel, self.save):
            button.setAutoDefault(False)  # Return in the name must not train
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(hint)
        column.addLayout(name)
        column.addWidget(self.gallery, stretch=1)
        column.addWidget(self.progress)
        column.addWidget(self.bar)
        column.addLayout(buttons)

    def _train(self) -> None:
        request = self._request_for(self._name or UNNAMED)
        self._submit(partial(self._jobs.train, request), opens=False)

    def _submit(self, job: Job, opens: bool) -> None:
        if self._task is not None:
            self._task.drop()
        self._opens = opens
        self.gallery.clear()
        self.trained = False
        self._eta.forget()
        self.bar.reset()
        self.progress.setText("Opening…" if opens else "Getting ready…")
        self._task = self._controller.engine.submit(Channel.PART, job)
        self._task.progressed.connect(self._show_progress)
        self._task.returned.connect(self._finish)
        self._task.failed.connect(self.failed)
        self._task.ended.connect(self._end)
        self._update()

    def _show_progress(self, value: PartProgress | tuple[Sample, ...]) -> None:
        if isinstance(value, tuple):
            if not self._opens:
                self.progress.setText("Checking it on other faces…")
            self.gallery.show_samples(value)
            return
        self._eta.tick(value.iteration)
        self.bar.setRange(0, value.iterations)
        self.bar.setValue(value.iteration)
        words = [f"Iteration {value.iteration} of {value.iterations}", f"loss {value.loss:.3f}"]
        if (left := self._eta.seconds_left(value.iterations)) is not None:
            words.append(f"about {duration_text(left)} left")
        self.progress.setText("   ·   ".join(words))
        self.progressed.emit(self.summary)

    def _finish(self, result: tuple[Sample, ...] | SavedPart) -> None:
        self.trained = True
        if isinstance(result, SavedPart):
            self.gallery.show_samples(result.tried)
            self.opened.emit(result)
        else:
            self.gallery.show_samples(result)

    def _end(self) -> None:
        self._task = None
        self.progress.setText((OPENED if self._opens else TRAINED) if self.trained else "")
        self._update()

    def _ask_save(self) -> None:
        """Save, but ask before replacing a part of the user, and never replace a bundled one."""
        conflict = self._controller.library.find_conflict("part", self._name)
        if conflict is None:
            self.save_part()
        elif conflict.bundled:
            self.failed.emit(conflict_message(conflict))
        else:
            self.replace_wanted.emit(self._name)

    def _update(self) -> None:
        busy = (
            ("It is being opened." if self._opens else "The part is being trained.")
            if self.training
            else None
        )
        unpainted = None if self._paintings else "Paint something first."
        untrained = None if self.trained else "Train it first."
        unnamed = None if self._name else "Give it a name first."
        _allow(self.train, busy or unpainted)
        _allow(self.cancel, None if self.training else "No training is running.")
        _allow(self.save, busy or untrained or unnamed)
        self.bar.setVisible(self.training)
        self.progressed.emit(self.summary)


def _allow(button: QPushButton, reason: str | None) -> None:
    button.setEnabled(reason is None)
    button.setToolTip(reason or "")
