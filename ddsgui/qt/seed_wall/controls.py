"""The fields above the seed wall: which seeds, which side stays, and how they are shown."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from ddsgui.editing.session_state import Role
from ddsgui.jobs.seed_wall import MAX_SEEDS, MIN_SEEDS
from ddsgui.qt.seed_wall.options import MAX_SIDE_PX, MIN_SIDE_PX, ORDERS, SHOWN, WallOptions
from ddsgui.qt.widgets.action import Action
from ddsgui.qt.widgets.action_button import ActionButton
from ddsgui.qt.widgets.fields import FIELD_HEIGHT_PX, ChoiceBox, CountBox, signals_blocked
from ddsgui.qt.widgets.icons import icon
from ddsgui.qt.widgets.seed_box import SeedBox
from ddsgui.synthesis.latents import LatentSource

LOCKS: tuple[Role, ...] = ("source", "target")
MIN_SLIDER_WIDTH_PX, SLIDER_WIDTH_PX = 60, 130
CHOICE_FRAME_PX = 40  # of a field for a choice, around its text


class WallControls(QWidget):
    """Two rows of fields. They emit what the artist changes."""

    changed = Signal()  # `options`
    lock_changed = Signal()  # `locked`

    def __init__(self, options: WallOptions, other_seeds: Action) -> None:
        super().__init__()
        self.first = SeedBox("First seed", "The first seed of the wall")
        self.count = CountBox(MIN_SEEDS, MAX_SEEDS, 24, "Number of seeds", "The number of seeds")
        self.only_starred = _toggle(
            "Only starred", "Show the starred seeds of the project, wherever they are"
        )
        self.locks: dict[Role, QToolButton] = {
            role: _toggle(
                f"Lock {role}", f"Keep the {role} that is in the window now, and vary the other side"
            )
            for role in LOCKS
        }
        self.shown = ChoiceBox("Pictures", "The pictures that are shown of each seed", SHOWN)
        self.order = ChoiceBox("Order", "The order of the seeds", ORDERS)
        longest = max(map(self.order.fontMetrics().horizontalAdvance, ORDERS.values()))
        self.order.setMinimumWidth(longest + CHOICE_FRAME_PX)
        self.side = QSlider(Qt.Orientation.Horizontal)
        self.side.setRange(MIN_SIDE_PX, MAX_SIDE_PX)
        self.side.setMinimumWidth(MIN_SLIDER_WIDTH_PX)
        self.side.setMaximumWidth(SLIDER_WIDTH_PX)
        self.side.setAccessibleName("Size")
        self.side.setToolTip("The size of the pictures")
        self.show_options(options)
        others = ActionButton(other_seeds)
        others.setAutoDefault(False)
        seeds = ("From seed", self.first, "Seeds", self.count, others, self.only_starred)
        rows = (
            (*seeds, None, "Size", self.side),
            (*self.locks.values(), None, "Show", self.shown, "Sort by", self.order),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for row in rows:
            column.addLayout(_row(row))
        self.show_locked(None, None)
        self.first.seed_changed.connect(self.changed)
        self.count.valueChanged.connect(lambda _: self.changed.emit())
        self.only_starred.toggled.connect(self._follow_starred)
        for box in (self.shown, self.order):
            box.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.side.valueChanged.connect(lambda _: self.changed.emit())
        for role, button in self.locks.items():
            button.toggled.connect(partial(self._follow_lock, role))

    @property
    def options(self) -> WallOptions:
        """The choices that the fields show."""
        return WallOptions(
            self.first.seed, self.count.value(), self.shown.name, self.order.name, self.side.value()
        )

    @property
    def locked(self) -> Role | None:
        """The side that stays the same."""
        return next((role for role, button in self.locks.items() if button.isChecked()), None)

    def show_options(self, options: WallOptions) -> None:
        """Show choices. Emits nothing."""
        self.first.show_seed(options.first)
        self.shown.show_name(options.shown)
        self.order.show_name(options.order)
        with signals_blocked(self.count, self.side):
            self.count.setValue(options.count)
            self.side.setValue(options.side)

    def show_first(self, seed: int) -> None:
        """Choose the first seed as the artist would."""
        with signals_blocked(self.only_starred):
            self.only_starred.setChecked(False)
        self._allow_range(True)
        self.show_options(replace(self.options, first=seed))
        self.changed.emit()

    def show_locked(self, role: Role | None, latent: LatentSource | None) -> None:
        """Say what the locked side is."""
        for each, button in self.locks.items():
            is_locked = each == role
            button.setIcon(icon("lock" if is_locked else "unlock"))
            button.setText(f"{each.capitalize()}: {latent}" if is_locked else f"Lock {each}")

    def _follow_lock(self, role: Role, on: bool) -> None:
        if on:  # one side has to vary
            for each, button in self.locks.items():
                if each != role:
                    with signals_blocked(button):
                        button.setChecked(False)
        self.lock_changed.emit()

    def _follow_starred(self, on: bool) -> None:
        self._allow_range(not on)
        self.changed.emit()

    def _allow_range(self, allowed: bool) -> None:
        for box in (self.first, self.count):
            box.setEnabled(allowed)


def _toggle(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setFixedHeight(FIELD_HEIGHT_PX)
    button.setCheckable(True)
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(text)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button


def _row(items: tuple[str | QWidget | None, ...]) -> QHBoxLayout:
    """Return a row of labels and fields; None is a gap."""
    row = QHBoxLayout()
    row.setSpacing(6)
    for item in items:
        if item is None:
            row.addStretch()
        elif isinstance(item, str):
            row.addWidget(QLabel(item))
        else:
            row.addWidget(item)
    return row
