"""The dialog that adds many mixes to the queue: people × parts × presets × pairs of domains."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from ddsgui.editing.recipe import Recipe
from ddsgui.editing.session import Session
from ddsgui.errors import DdsError
from ddsgui.jobs.batch.grid import Latents, Pair, Parts, grid_recipes, paired, parse_seeds
from ddsgui.jobs.batch.queue import MAX_QUEUED
from ddsgui.library.library import Entry, without_class
from ddsgui.library.own_presets import OwnPreset
from ddsgui.library.part_choice import part_choices
from ddsgui.qt.projects.pair_list import PairList
from ddsgui.qt.widgets.check_list import CheckList
from ddsgui.qt.widgets.screen import OnScreen
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.preset_uses import PRESET_USES
from ddsgui.synthesis.settings import OptimizerSettings, artists_preset
from ddsgui.text import listing, plural

PART_ROWS, PRESET_ROWS = 4, 5


@dataclass(frozen=True)
class People:
    """The people that the dialog begins with."""

    seeds: str  # as parse_seeds() reads them
    latents: Callable[[Sequence[int]], list[Latents]] = paired
    note: str = ""  # a sentence about a side that they have in common


class QueueDialog(QDialog):
    """Asks for people, parts, presets and pairs; each combination becomes a mix of its own."""

    chosen = Signal(list, bool)  # recipes, and whether each two are the two directions of a pair

    def __init__(
        self,
        session: Session,
        domains: Sequence[Entry],
        parts: Sequence[Entry],
        own_presets: Sequence[OwnPreset],
        both_directions: bool,
        parent: QWidget,
        people: People | None = None,
    ) -> None:
        """domains, parts: of the library. people: by default those that are shown."""
        super().__init__(parent)
        OnScreen(self)
        self.setWindowTitle("Add several runs to the queue")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        self._domains = {entry.name: entry for entry in domains}
        self._part_entries = {entry.name: entry for entry in parts}
        self._own = {preset.name: preset for preset in own_presets}
        self._people = people or People(
            str(session.latent.value) if isinstance(session.latent, Seed) else "1-10"
        )
        self.seeds = QLineEdit(self._people.seeds)
        self.seeds.setAccessibleName("Seeds of the people")
        self.seeds.setToolTip("The people: whole numbers and ranges, such as 1-20 or 3, 7, 18-20")
        self.parts: CheckList[Parts] = CheckList("Parts", PART_ROWS)
        self.presets: CheckList[str] = CheckList("Presets", PRESET_ROWS)
        self.pairs = PairList((session.source_domain, session.target_domain), domains)
        self._offer_parts()
        self._offer_presets()
        self.both = QCheckBox("Both, source into target and target into source")
        self.both.setToolTip("Also mix the target's part into the source; the list shows both as one entry")
        self.both.setChecked(both_directions)
        self.count = QLabel()
        self.count.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.add_button = self.buttons.addButton("Add to queue", QDialogButtonBox.ButtonRole.AcceptRole)
        form = QFormLayout()
        form.addRow("Seeds", self.seeds)
        if self._people.note:
            form.addRow("", QLabel(self._people.note))
        form.addRow("Parts", self.parts)
        form.addRow("Presets", self.presets)
        form.addRow("Pairs", self.pairs)
        form.addRow("Directions", self.both)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.count)
        layout.addWidget(self.buttons)
        self.seeds.textChanged.connect(self._show_count)
        self.parts.itemChanged.connect(lambda _: self._show_count())
        self.presets.itemChanged.connect(lambda _: self._show_count())
        self.pairs.changed.connect(self._follow_pairs)
        self.both.toggled.connect(self._show_count)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        self._show_count()

    def recipes(self) -> tuple[list[Recipe], int]:
        """Return a recipe for each combination, and the number of those that are left out.

        A combination is left out if its part does not fit its domains. Raises DdsError, which says what is missing.
        """
        session, parts, names = self._session, self.parts.ticked, self.presets.ticked
        pairs, seeds = self.pairs.pairs.ticked, parse_seeds(self.seeds.text())
        for choice, noun in ((parts, "part"), (names, "preset"), (pairs, "pair")):
            if not choice:
                raise DdsError(f"Choose at least one {noun}.")
        directions = 2 if self.both.isChecked() else 1
        count = len(seeds) * len(parts) * len(names) * len(pairs) * directions
        if count > MAX_QUEUED:
            raise DdsError(f"These are {count:,} runs; the queue takes {MAX_QUEUED:,} at most.")
        methods = [session.recipe(self._settings(name)) for name in names]
        recipes = grid_recipes(methods, self._people.latents(seeds), parts, pairs, self._fits)
        if self.both.isChecked():
            recipes = [direction for recipe in recipes for direction in (recipe, recipe.swapped)]
        return recipes, count - len(recipes)

    def _offer_parts(self) -> None:
        """Offer the parts that are shown, and those that fit the source of a pair."""
        present: Parts = (self._session.part, self._session.target_part)
        titles = {entry.name: entry.title for entry in self._part_entries.values()}
        self.parts.offer({present: _present_words(present, titles)}, ticked=True)
        for source, _ in self.pairs.pairs.keys:
            domain = self._domains.get(without_class(source)[0])
            fitting = (e for e in self._part_entries.values() if domain is None or e.fits(domain))
            self.parts.offer({(entry.name, None): entry.title for entry in fitting})

    def _offer_presets(self) -> None:
        present = self._session.settings.preset
        words = {name: name.capitalize() for name in PRESET_USES} | {name: name for name in self._own}
        if present not in words:  # one of the user's own that was deleted
            words[present] = f"{present} (as shown)"
        self.presets.offer(words, tips={name: use.capitalize() for name, use in PRESET_USES.items()})
        self.presets.tick(present)

    def _fits(self, parts: Parts, pair: Pair) -> bool:
        """Return whether parts fit their domains, as far as the library knows."""
        part, target_part = parts
        texts = part, part if target_part is None else target_part
        for text, name in zip(texts, pair, strict=True):
            domain = self._domains.get(without_class(name)[0])
            for choice in part_choices(text):
                entry = self._part_entries.get(choice.name)
                if domain is not None and entry is not None and not entry.fits(domain):
                    return False
        return True

    def _settings(self, preset: str) -> OptimizerSettings:
        """Return the settings that are shown if they are the preset's, else the preset for what is shown."""
        session, present = self._session, self._session.settings
        if preset == present.preset:
            return session.run_settings
        if preset in self._own:
            return replace(self._own[preset].settings, truncation=present.truncation, seed=present.seed)
        settings = artists_preset(
            preset,
            iterations=present.iterations,
            truncation=present.truncation,
            seed=present.seed,
            backbone=present.backbone,
        )
        return replace(settings, live=session.blends) if settings.live else settings

    def _follow_pairs(self) -> None:
        self._offer_parts()
        self._show_count()

    def _show_count(self) -> None:
        try:
            recipes, left_out = self.recipes()
            text, is_valid = f"{plural(len(recipes), 'run')} will wait in the queue.", bool(recipes)
            if left_out:
                text += f" {left_out:,} are left out: their part does not fit their domains."
        except DdsError as error:
            text, is_valid = str(error), False
        self.count.setText(text)
        self.add_button.setEnabled(is_valid)

    def _accept(self) -> None:
        self.chosen.emit(self.recipes()[0], self.both.isChecked())
        self.accept()


def _present_words(parts: Parts, titles: Mapping[str, str]) -> str:
    """Return the parts that are shown, "Hair and Eyes (as shown)"."""
    part, target_part = parts
    words = [
        listing([titles.get(choice.text, choice.text) for choice in part_choices(text)]) or "No part"
        for text in ([part] if target_part is None else [part, target_part])
    ]
    return f"{' / '.join(words)} (as shown)"
