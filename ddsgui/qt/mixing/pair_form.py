"""The form for the pair of pictures: domains, parts, seeds, variety."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFormLayout, QGroupBox, QHBoxLayout, QToolButton, QWidget

from ddsgui.editing.session import Role
from ddsgui.jobs.mix import PairRequest
from ddsgui.library.library import Entry, Library, without_class
from ddsgui.library.part_choice import part_choices
from ddsgui.qt.mixing.part_picker import PartPicker
from ddsgui.qt.widgets.class_picker import ClassPicker
from ddsgui.qt.widgets.fields import FIELD_HEIGHT_PX, ChoiceBox, RealBox, align_labels, signals_blocked
from ddsgui.qt.widgets.icons import icon
from ddsgui.qt.widgets.seed_box import SeedBox
from ddsgui.synthesis.latents import LatentSource, Seed, StoredLatent


class PairForm(QGroupBox):
    """The request for a pair of pictures, field by field."""

    changed = Signal()

    def __init__(self, library: Library, swap: QAction, new_seed: QAction, paint_part: QAction) -> None:
        super().__init__("Pictures")
        self._library = library
        self.source = ChoiceBox("Source domain", "The domain whose features the part carries")
        self.target = ChoiceBox("Target domain", "The domain of everything outside the part")
        self.source_class, self.target_class = ClassPicker("Source class"), ClassPicker("Target class")
        self._domains: dict[str, Entry] = {}
        self._parts: dict[str, Entry] = {}
        self._stored: dict[Role, StoredLatent] = {}  # that stand in place of a seed
        self.part = PartPicker("Part", "The part to take from the source")
        self.target_part = PartPicker("Target part", "")
        self.part_lock = _lock("Use one part for both")
        self.seed = SeedBox("Seed", "The number that both pictures, or the source alone, are drawn from")
        self.target_seed = SeedBox("Target seed", "")
        self.lock = _lock("Use one seed for both")
        self.truncation = RealBox(
            0, 2, 2, "Variety", "Truncation. 0: the domain's mean picture; 1: full variety"
        )
        self.truncation.setValue(0.8)

        form = self._form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Source", self.source)
        form.addRow("Class", self.source_class)
        form.addRow("Target", _row(self.target, _button(swap)))
        form.addRow("Class", self.target_class)
        form.addRow("Part", _row(self.part, _button(paint_part)))
        form.addRow("Target part", _row(self.target_part, self.part_lock))
        form.addRow("Seed", _row(self.seed, _button(new_seed)))
        form.addRow("Target seed", _row(self.target_seed, self.lock))
        form.addRow("Variety", self.truncation)
        align_labels(form)

        self.refresh()
        self._show_lock(True)
        self._show_part_lock(True)
        self.part.parts_changed.connect(self._take_part)
        self.target_part.parts_changed.connect(self.changed)
        self.source.currentIndexChanged.connect(lambda _: self._take_domain("source"))
        self.target.currentIndexChanged.connect(lambda _: self._take_domain("target"))
        for box in (self.source_class, self.target_class):
            box.valueChanged.connect(lambda _: self.changed.emit())
        self.seed.seed_changed.connect(lambda: self._take_seed("source"))
        self.target_seed.seed_changed.connect(lambda: self._take_seed("target"))
        self.truncation.valueChanged.connect(lambda _: self.changed.emit())
        self.lock.toggled.connect(self._set_lock)
        self.part_lock.toggled.connect(self._set_part_lock)

    @property
    def request(self) -> PairRequest:
        """The request that the fields describe."""
        return PairRequest(
            self.source_class.name_with_class(self.source.name),
            self.target_class.name_with_class(self.target.name),
            self.part.parts,
            self._latent("source"),
            None if self.lock.isChecked() else self._latent("target"),
            self.truncation.value(),
            None if self.part_lock.isChecked() else self.target_part.parts,
        )

    def show_request(self, request: PairRequest) -> None:
        """Show a request. Emits nothing."""
        self._show_domain("source", request.source)
        self._show_domain("target", request.target)
        self.part.show_parts(request.part)
        self.target_part.show_parts(request.part if request.target_part is None else request.target_part)
        self._show_latent("source", request.latent)
        self._show_latent(
            "target", request.latent if request.target_latent is None else request.target_latent
        )
        with signals_blocked(self.truncation, self.lock):
            self.truncation.setValue(request.truncation)
            self.lock.setChecked(request.target_latent is None)
        self._show_lock(request.target_latent is None)
        self._share_part(request.target_part is None)

    @property
    def titles(self) -> tuple[str, str]:
        """The titles of source and target, each with its class if it has some: "Animals #3"."""
        source, target = self.source.currentText(), self.target.currentText()
        return self.source_class.title_with_class(source), self.target_class.title_with_class(target)

    def refresh(self) -> None:
        """Offer what the library holds now. Emits nothing."""
        domains, parts = self._library.domains(), self._library.parts()
        self._domains = {entry.name: entry for entry in domains}
        self._parts = {entry.name: entry for entry in parts}
        self.source.offer(_titles(domains))
        self.target.offer(_titles(domains))
        for box in (self.part, self.target_part):
            box.offer(parts)
        self._show_classes()

    def randomize_seed(self) -> None:
        """Choose a random seed as the artist would."""
        self.seed.randomize_seed()

    def take_seed(self, seed: int) -> None:
        """Choose the seed of the source as the artist would."""
        if self._latent("source") != Seed(seed):
            self._show_latent("source", Seed(seed))
            self.changed.emit()

    def take_request(self, request: PairRequest) -> None:
        """Choose everything that a request says as the artist would."""
        self.show_request(request)
        self.changed.emit()

    def take_part(self, name: str) -> None:
        """Choose a part as the artist would, and draw it again even if it is the chosen one.

        If it was painted for one of two unlike domains, it becomes the part of that one alone.
        """
        roles = self._roles_for(name)
        if len(roles) == 1 and self.part_lock.isChecked():
            self._share_part(False)
        box = self.target_part if roles == ("target",) else self.part
        box.choose_parts(box.whole(name))

    def take_domains(self, source: str, target: str) -> None:
        """Choose both domains as the artist would."""
        self._show_domain("source", source)
        self._show_domain("target", target)
        self._choose_fitting_part("source")
        self._choose_fitting_part("target")
        self.changed.emit()

    def take_domain(self, role: Role, name: str) -> None:
        """Choose a domain, with its class if it has some, as the artist would."""
        self._show_domain(role, name)
        self._choose_fitting_part(role)
        self.changed.emit()

    def allow(self, reason: str | None) -> None:
        """Enable, or disable and say why."""
        self.setEnabled(reason is None)
        self.setToolTip(reason or "")

    def _take_domain(self, role: Role) -> None:
        self._show_classes()
        self._choose_fitting_part(role)
        self.changed.emit()

    def _choose_fitting_part(self, role: Role) -> None:
        """Give a domain a part of its own if it cannot use the chosen one, and the library has one that it can.

        Emits nothing. Of several, that which is named most alike. If it is the opposite domain's, both share it again.
        """
        domain = self._domains.get(self.source.name if role == "source" else self.target.name)
        boxes = (self.part, self.target_part)
        box, opposite = boxes if role == "source" else boxes[::-1]
        names = [choice.name for choice in part_choices(box.parts)]
        present = [self._parts.get(name) for name in names]
        if domain is None or not names or any(part is None or part.fits(domain) for part in present):
            return
        fitting = [name for name, part in self._parts.items() if part.fits(domain)]
        if not fitting:
            return
        alike = [name for name in fitting if name.endswith(names[0]) or names[0].endswith(name)]
        chosen = box.whole((alike or fitting)[0])
        box.show_parts(chosen)
        self._share_part(chosen == opposite.parts)

    def _take_part(self) -> None:
        if self.part_lock.isChecked():
            self.target_part.show_parts(self.part.parts)
        self.changed.emit()

    def _roles_for(self, part: str) -> tuple[Role, ...]:
        """Return the roles whose domain a part fits, as far as the library knows; both if it fits neither."""
        entry = self._parts.get(part)
        domains: dict[Role, Entry | None] = {
            "source": self._domains.get(self.source.name),
            "target": self._domains.get(self.target.name),
        }
        roles = tuple(domains)
        if entry is None:
            return roles
        return (
            tuple(role for role in roles if (domain := domains[role]) is None or entry.fits(domain)) or roles
        )

    def _show_domain(self, role: Role, name: str) -> None:
        """Show a domain and its class. A class of a domain that is not in the library stays part of the name."""
        domain, number = without_class(name)
        box = self.source if role == "source" else self.target
        box.show_name(domain if number is None or self._class_count(domain) else name)
        if number is not None:
            self._class_box(role).show_classes(self._class_count(domain), number)
        self._show_classes()

    def _latent(self, role: Role) -> LatentSource:
        """Return the seed in the field, or the stored latent that stands for it until another seed is chosen."""
        box = self.seed if role == "source" else self.target_seed
        return self._stored.get(role) or Seed(box.seed)

    def _show_latent(self, role: Role, latent: LatentSource) -> None:
        """Show a seed; remember a stored latent until another seed is chosen."""
        box = self.seed if role == "source" else self.target_seed
        self._stored.pop(role, None)
        if isinstance(latent, Seed):
            box.show_seed(latent.value)
        else:
            self._stored[role] = latent

    def _take_seed(self, role: Role) -> None:
        self._stored.pop(role, None)
        self.changed.emit()

    def _show_classes(self) -> None:
        """Show a field for the class where a domain has classes."""
        for domain, box in ((self.source, self.source_class), (self.target, self.target_class)):
            box.show_classes(self._class_count(domain.name))
            self._form.setRowVisible(box, box.classes > 0)

    def _class_count(self, domain: str) -> int:
        entry = self._domains.get(domain)
        return 0 if entry is None else entry.classes

    def _class_box(self, role: Role) -> ClassPicker:
        return self.source_class if role == "source" else self.target_class

    def _set_lock(self, paired: bool) -> None:
        self._show_lock(paired)
        self.changed.emit()

    def _show_lock(self, paired: bool) -> None:
        self.lock.setIcon(icon("lock" if paired else "unlock"))
        self.lock.setToolTip(
            "Same person in both; unlock to choose another seed for the target"
            if paired
            else "Lock for the same person in both"
        )
        self.target_seed.setEnabled(not paired)
        self.target_seed.set_tip(
            "Same person in both while locked" if paired else "The number that the target is drawn from"
        )
        if paired:
            self._show_latent("target", self._latent("source"))

    def _set_part_lock(self, same: bool) -> None:
        self._show_part_lock(same)
        self.changed.emit()

    def _share_part(self, same: bool) -> None:
        """Lock both domains to one part, or unlock them. Emits nothing."""
        with signals_blocked(self.part_lock):
            self.part_lock.setChecked(same)
        self._show_part_lock(same)

    def _show_part_lock(self, same: bool) -> None:
        self.part_lock.setIcon(icon("lock" if same else "unlock"))
        self.part_lock.setToolTip(
            "Same part in both; unlock to choose another for the target"
            if same
            else "Lock for the same part in both"
        )
        self.target_part.setEnabled(not same)
        self.target_part.show_tip(
            "Same part in both while locked" if same else "The part to replace in the target"
        )
        if same:
            self.target_part.show_parts(self.part.parts)


def _lock(name: str) -> QToolButton:
    lock = QToolButton()
    lock.setFixedHeight(FIELD_HEIGHT_PX)
    lock.setCheckable(True)
    lock.setChecked(True)
    lock.setAccessibleName(name)
    return lock


def _titles(entries: list[Entry]) -> dict[str, str]:
    return {entry.name: entry.title for entry in entries}


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setFixedHeight(FIELD_HEIGHT_PX)
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
