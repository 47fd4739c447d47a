"""The first step: the pictures, their crops, and the domain to start from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from ddsgui.editing.example import MAX_EXAMPLES, Example
from ddsgui.editing.example_crop import Crop
from ddsgui.images import IMAGE_SUFFIXES
from ddsgui.jobs.adaptation_values import DomainRequest, ReadResult
from ddsgui.jobs.adaptations import AdaptationJobs
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.new_domain.crop_panel import CropPanel
from ddsgui.qt.new_domain.empty_state import EmptyState
from ddsgui.qt.new_domain.picture_list import PictureList
from ddsgui.qt.new_domain.source_form import SourceForm
from ddsgui.qt.widgets.drop import FileDrop
from ddsgui.qt.widgets.icons import icon
from ddsgui.text import listing, plural

FILE_FILTER = f"Pictures ({' '.join(f'*{suffix}' for suffix in IMAGE_SUFFIXES)});;All files (*)"
DROP_TEXT = "Drop pictures or folders to learn from them"
MAX_REASONS = 8  # sentences about files that were not added; others are named


class ExamplesPage(QWidget):
    """The examples, which are read in the engine thread because fifty photographs take a while."""

    start_wanted = Signal(object)  # DomainRequest
    failed = Signal(str)

    def __init__(self, controller: MixController, jobs: AdaptationJobs, preferences: Preferences) -> None:
        super().__init__()
        self._controller, self._jobs, self._preferences = controller, jobs, preferences
        self._reading = 0  # running jobs
        self.file_drop = FileDrop(self, DROP_TEXT)
        self.pictures = PictureList()
        self.panel = CropPanel()
        self.empty_state = EmptyState()
        self.form = SourceForm(controller.library)
        self.add_button = QPushButton("Add…")
        self.add_button.setToolTip("Choose more pictures, or drop them anywhere here")
        self.remove = QPushButton("Remove")
        self.remove.setToolTip("Remove the selected pictures from the list (Delete)")
        self._middle = QStackedWidget()
        self._lay_out()
        self._connect()
        self._count(0)

    @property
    def reading(self) -> bool:
        """True while pictures are being read."""
        return self._reading > 0

    def begin(self, source: str) -> None:
        """Offer the domains of the library; `source` is chosen if none was."""
        self.form.refresh(source)
        self.pictures.set_resolution(self.form.resolution)

    def add(self, paths: Iterable[Path]) -> None:
        """Read pictures and folders of pictures, and add them to the list."""
        paths = tuple(paths)
        present = frozenset(example.path for example in self.pictures.examples)
        if not self.pictures.count():
            self.form.suggest_name(paths[0].name if len(paths) == 1 and paths[0].is_dir() else "")
        task = self._controller.engine.submit(None, partial(self._jobs.read, paths, present))
        self._reading += 1
        self._update()
        task.progressed.connect(self._show_reading)
        task.returned.connect(self._take)
        task.failed.connect(self.failed)
        task.ended.connect(self._end_reading)

    # ---- building

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button, picture in ((self.add_button, "add"), (self.remove, "clear")):
            button.setIcon(icon(picture))
            button.setAutoDefault(False)
            buttons.addWidget(button)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.pictures, stretch=1)
        left.addLayout(buttons)
        self._middle.addWidget(self.empty_state)
        self._middle.addWidget(self.panel)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(14)
        columns.addLayout(left)
        columns.addWidget(self._middle, stretch=1)
        columns.addWidget(self.form)

    def _connect(self) -> None:
        self.file_drop.dropped.connect(self.add)
        self.file_drop.refused.connect(self.failed)
        self.empty_state.choose_wanted.connect(self.ask_pictures)
        self.empty_state.set_wanted.connect(lambda folder: self.add([folder]))
        self.add_button.clicked.connect(self.ask_pictures)
        self.remove.clicked.connect(self.pictures.remove_selected)
        self.pictures.chosen.connect(self._show)
        self.pictures.counted.connect(self._count)
        self.panel.cropped.connect(self._crop)
        self.form.source.currentIndexChanged.connect(lambda _: self._change_source())
        self.form.start.clicked.connect(self._start)

    # ---- adding pictures

    def ask_pictures(self) -> QFileDialog:
        dialog = QFileDialog(self, "Choose pictures", str(self._preferences.folder), FILE_FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self._take_files)
        dialog.finished.connect(dialog.deleteLater)
        dialog.show()
        return dialog

    def _take_files(self, names: list[str]) -> None:
        files = [Path(name) for name in names]
        if files:
            self._preferences.folder = files[0].parent
            self.add(files)

    def _show_reading(self, reading: ReadResult) -> None:
        self.form.show_status(f"Reading pictures: {len(reading.examples)}…")

    def _take(self, reading: ReadResult) -> None:
        room = MAX_EXAMPLES - self.pictures.count()
        self.pictures.add(reading.examples[:room])
        if sentences := _sentences(reading, reading.examples[room:]):
            self.failed.emit(sentences)

    def _end_reading(self) -> None:
        self._reading -= 1
        self._update()

    # ---- the current picture

    def _show(self, example: Example | None) -> None:
        self.panel.show_example(example)
        self.form.show_preview(example)

    def _crop(self, crop: Crop) -> None:
        self.form.show_preview(self.pictures.crop_current(crop))
        self._update()

    def _count(self, number: int) -> None:
        self._middle.setCurrentIndex(1 if number else 0)
        self._update()

    def _change_source(self) -> None:
        self.pictures.set_resolution(self.form.resolution)
        self.form.show_preview(self.pictures.current)
        self._update()

    def _update(self) -> None:
        number = self.pictures.count()
        self.remove.setEnabled(number > 0)
        small = sum(example.crop.side < self.form.resolution for example in self.pictures.examples)
        self.form.show_count(number, self._reading > 0, small)

    def _start(self) -> None:
        form = self.form
        self.start_wanted.emit(
            DomainRequest(form.name.text().strip(), form.domain, self.pictures.examples, form.steps.value())
        )


def _sentences(reading: ReadResult, too_many: Sequence[Example]) -> str:
    """Return sentences about the pictures that are damaged or were not added; "" if there are none."""
    sentences = [example.note for example in reading.examples if example.note]
    sentences += [sentence for _, sentence in reading.refused[:MAX_REASONS]]
    if more := [name for name, _ in reading.refused[MAX_REASONS:]]:
        sentences.append(f"{plural(len(more), 'more file')} could not be read as pictures: {listing(more)}.")
    if names := [*(example.path.name for example in too_many), *reading.left_out]:
        were = "was" if len(names) == 1 else "were"
        sentences.append(
            f"{MAX_EXAMPLES} pictures is the limit; {len(names)} {were} left out: {listing(names)}."
        )
    return " ".join(sentences)
