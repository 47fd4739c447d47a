"""Which pictures: domains, part, seeds, truncation."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFormLayout, QGroupBox, QHBoxLayout, QToolButton, QWidget

from ddsgui.library.library import Entry, Library
from ddsgui.qt.fields import ChoiceBox, RealBox
from ddsgui.qt.jobs import PairRequest
from ddsgui.qt.quietly import quietly
from ddsgui.qt.seed_box import SeedBox
from ddsgui.qt.theme import set_icon

NO_PART = "No part"


class PairForm(QGroupBox):
    """The request for a pair of pictures, field by field."""

    changed = Signal()

    def __init__(self, library: Library, swap: QAction, new_seed: QAction, paint_part: QAction) -> None:
        super().__init__("Pictures")
        self._library = library
        self._source = ChoiceBox("Source domain", "The domain whose features the part carries")
        self._target = ChoiceBox("Target domain", "The domain of everything outside the part")
        self._part = ChoiceBox("Part", "What is taken from the source")
        self._seed = SeedBox()
        self._seed.setAccessibleName("Seed")
        self._seed.setToolTip("The seed that both pictures come from, or the source's alone")
        self._target_seed = SeedBox()
        self._target_seed.setAccessibleName("Target seed")
        self._lock = QToolButton()
        self._lock.setCheckable(True)
        self._lock.setChecked(True)
        self._lock.setAccessibleName("Pair the seeds")
        self._truncation = RealBox(0, 2, 2, "Truncation", "0: the domain's mean picture; 1: full variety")
        self._truncation.setValue(0.8)

        form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Source", self._source)
        form.addRow("Target", _row(self._target, _button(swap)))
        form.addRow("Part", _row(self._part, _button(paint_part)))
        form.addRow("Seed", _row(self._seed, _button(new_seed)))
        form.addRow("Target seed", _row(self._target_seed, self._lock))
        form.addRow("Truncation", self._truncation)

        self.refresh()
        self._show_lock(True)
        for box in (self._source, self._target, self._part):
            box.currentIndexChanged.connect(lambda _: self.changed.emit())
        for box in (self._seed, self._target_seed):
            box.seed_changed.connect(self.changed)
        self._truncation.valueChanged.connect(lambda _: self.changed.emit())
        self._lock.toggled.connect(self._set_lock)

    @property
    def request(self) -> PairRequest:
        return PairRequest(
            self._source.name,
            self._target.name,
            self._part.name,
            self._seed.seed,
            None if self._lock.isChecked() else self._target_seed.seed,
            self._truncation.value(),
        )

    def show_request(self, request: PairRequest) -> None:
        """Without a signal."""
        self._source.show_name(request.source)
        self._target.show_name(request.target)
        self._part.show_name(request.part)
        self._seed.show_seed(request.seed)
        self._target_seed.show_seed(request.seed if request.target_seed is None else request.target_seed)
        with quietly(self._truncation, self._lock):
            self._truncation.setValue(request.truncation)
            self._lock.setChecked(request.target_seed is None)
        self._show_lock(request.target_seed is None)

    def refresh(self) -> None:
        """Look again at what the library has."""
        domains, parts = self._library.domains(), self._library.parts()
        self._source.offer(_titles(domains))
        self._target.offer(_titles(domains))
        self._part.offer({**_titles(parts), "": NO_PART})

    def throw_dice(self) -> None:
        self._seed.throw_dice()

    def take_seed(self, seed: int) -> None:
        """As if the artist had typed it."""
        self._seed.setValue(seed)

    def take_part(self, name: str) -> None:
        """As if the artist had chosen it; drawn anew even if it is the one chosen already."""
        self._part.show_name(name)
        self.changed.emit()

    def allow(self, why_not: str | None) -> None:
        """Enable, or disable and say why."""
        self.setEnabled(why_not is None)
        self.setToolTip(why_not or "")

    def _set_lock(self, paired: bool) -> None:
        self._show_lock(paired)
        self.changed.emit()

    def _show_lock(self, paired: bool) -> None:
        set_icon(self._lock, "lock" if paired else "unlock")
        self._lock.setToolTip(
            "Both pictures come from one seed; unlock to give the target another"
            if paired
            else "The target has a seed of its own; lock to pair them again"
        )
        self._target_seed.setEnabled(not paired)
        self._target_seed.setToolTip(
            "The same as the seed while the lock is closed" if paired else "The target picture's seed"
        )
        if paired:
            self._target_seed.show_seed(self._seed.seed)


def _titles(entries: list[Entry]) -> dict[str, str]:
    return {entry.name: entry.title for entry in entries}


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setAccessibleName(action.iconText())
    return button


def _row(*widgets: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    for i, widget in enumerate(widgets):
        layout.addWidget(widget, stretch=int(i == 0))
    return row
