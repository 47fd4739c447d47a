"""The dialog that adds many mixes of the present pair to the queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGroupBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ddsgui.editing.recipe import Recipe
from ddsgui.editing.session import Session
from ddsgui.errors import DdsError
from ddsgui.jobs.batch.grid import Parts, grid_recipes, parse_seeds
from ddsgui.jobs.batch.queue import MAX_QUEUED
from ddsgui.library.library import Entry
from ddsgui.library.part_choice import part_choices
from ddsgui.qt.widgets.screen import OnScreen
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.preset_uses import PRESET_USES
from ddsgui.synthesis.settings import OptimizerSettings, artists_preset
from ddsgui.text import listing, plural

PARTS_ROLE = int(Qt.ItemDataRole.UserRole)
LIST_HEIGHT_PX = 116


class QueueDialog(QDialog):
    """Asks for people, parts and presets; each combination becomes a mix of its own."""

    chosen = Signal(list, bool)  # recipes, and whether each two are the two directions of a pair

    def __init__(
        self, session: Session, parts: Sequence[Entry], both_directions: bool, parent: QWidget
    ) -> None:
        super().__init__(parent)
        OnScreen(self)
        self.setWindowTitle("Add several runs to the queue")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        self.seeds = QLineEdit(str(session.latent.value) if isinstance(session.latent, Seed) else "1-10")
        self.seeds.setAccessibleName("Seeds of the people")
        self.seeds.setToolTip("The people: whole numbers and ranges, such as 1-20 or 3, 7, 18-20")
        self.parts = QListWidget()
        self.parts.setAccessibleName("Parts")
        self.parts.setFixedHeight(LIST_HEIGHT_PX)
        self._offer_parts(parts)
        self.presets = {name: QCheckBox(name.capitalize()) for name in PRESET_USES}
        present = session.settings.preset
        presets = QGroupBox()
        presets.setFlat(True)
        column = QVBoxLayout(presets)
        column.setContentsMargins(0, 0, 0, 0)
        for name, box in self.presets.items():
            box.setToolTip(PRESET_USES[name].capitalize())
            box.setChecked(name == present)
            box.toggled.connect(self._show_count)
            column.addWidget(box)
        self.both = QCheckBox("Both, source into target and target into source")
        self.both.setToolTip("Also mix the target's part into the source; the list shows both as one entry")
        self.both.setChecked(both_directions)
        self.count = QLabel()
        self.count.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.add_button = self.buttons.addButton("Add to queue", QDialogButtonBox.ButtonRole.AcceptRole)
        form = QFormLayout()
        form.addRow("Seeds", self.seeds)
        form.addRow("Parts", self.parts)
        form.addRow("Presets", presets)
        form.addRow("Directions", self.both)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.count)
        layout.addWidget(self.buttons)
        self.seeds.textChanged.connect(self._show_count)
        self.parts.itemChanged.connect(lambda _: self._show_count())
        self.both.toggled.connect(self._show_count)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        self._show_count()

    def recipes(self) -> list[Recipe]:
        """Return a recipe for each combination. Raises DdsError, which says what is missing."""
        session = self._session
        names = [name for name, box in self.presets.items() if box.isChecked()]
        seeds, parts = parse_seeds(self.seeds.text()), self._chosen_parts()
        if not parts or not names:
            raise DdsError(f"Choose at least one {'preset' if parts else 'part'}.")
        count = len(seeds) * len(parts) * len(names) * (2 if self.both.isChecked() else 1)
        if count > MAX_QUEUED:
            raise DdsError(f"These are {count:,} runs; the queue takes {MAX_QUEUED:,} at most.")
        methods = [session.recipe(_settings(session, name)) for name in names]
        recipes = grid_recipes(methods, seeds, parts)
        if self.both.isChecked():
            recipes = [direction for recipe in recipes for direction in (recipe, recipe.swapped)]
        return recipes

    def _offer_parts(self, entries: Sequence[Entry]) -> None:
        session = self._session
        present: Parts = (session.part, session.target_part)
        titles = {entry.name: entry.title for entry in entries}
        choices: dict[Parts, str] = {present: _present_words(present, titles)}
        for entry in entries:
            choices.setdefault((entry.name, None), entry.title)
        for parts, words in choices.items():
            item = QListWidgetItem(words)
            item.setData(PARTS_ROLE, parts)
            item.setCheckState(Qt.CheckState.Checked if parts == present else Qt.CheckState.Unchecked)
            self.parts.addItem(item)

    def _chosen_parts(self) -> list[Parts]:
        items = [self.parts.item(row) for row in range(self.parts.count())]
        return [tuple(item.data(PARTS_ROLE)) for item in items if item.checkState() == Qt.CheckState.Checked]

    def _show_count(self) -> None:
        try:
            text, is_valid = f"{plural(len(self.recipes()), 'run')} will wait in the queue.", True
        except DdsError as error:
            text, is_valid = str(error), False
        self.count.setText(text)
        self.add_button.setEnabled(is_valid)

    def _accept(self) -> None:
        self.chosen.emit(self.recipes(), self.both.isChecked())
        self.accept()


def _settings(session: Session, preset: str) -> OptimizerSettings:
    """Return the settings that are shown if they are the preset's, else the preset with the same iterations."""
    present = session.settings
    if preset == present.preset:
        return session.run_settings
    settings = artists_preset(
        preset,
        iterations=present.iterations,
        truncation=present.truncation,
        seed=present.seed,
        backbone=present.backbone,
    )
    return replace(settings, live=session.blends) if settings.live else settings


def _present_words(parts: Parts, titles: Mapping[str, str]) -> str:
    """Return the parts that are shown, "Hair and Eyes (as shown)"."""
    part, target_part = parts
    words = [
        listing([titles.get(choice.text, choice.text) for choice in part_choices(text)]) or "No part"
        for text in ([part] if target_part is None else [part, target_part])
    ]
    return f"{' / '.join(words)} (as shown)"
