"""The fields of any new domain: what it starts from, its name, its length, and Start."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from ddsgui.library.library import Entry, Library, invalid_name_message, is_valid_name, without_class
from ddsgui.qt.widgets.action_button import PRIMARY_STYLE
from ddsgui.qt.widgets.class_picker import ClassPicker
from ddsgui.qt.widgets.fields import ChoiceBox, CountBox
from ddsgui.training.few_shot.settings import MAX_STEPS

WIDTH_PX = 232  # widget pixels
UNNAMED = "new domain"


class StartForm(QWidget):
    """The right side of the first step, with the reason why the training cannot start yet."""

    def __init__(self, library: Library, steps: int, source_tip: str) -> None:
        """steps: the usual length of the training."""
        super().__init__()
        self._library = library
        self._entries: dict[str, Entry] = {}
        self._suggested = UNNAMED
        self._names_in_use: frozenset[str] = frozenset()  # names of unfinished adaptations
        self.source = ChoiceBox("Base domain", source_tip)
        self.source_class, self._class_label = ClassPicker("Class of the base domain"), QLabel("Class")
        self.name = QLineEdit(maxLength=60)
        self.name.setAccessibleName("Name of the new domain")
        self.name.setToolTip("Name of the new domain; it can be changed when it is saved")
        self.steps = CountBox(
            20,
            MAX_STEPS,
            100,
            "Steps",
            "Length of the training; it can be stopped at any time",
        )
        self.steps.setValue(steps)
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.state.setForegroundRole(self.state.palette().ColorRole.PlaceholderText)
        self.start = QPushButton("Start")
        self.start.setMinimumHeight(40)
        self.start.setStyleSheet(PRIMARY_STYLE)
        self.start.setAutoDefault(False)
        self.source.currentIndexChanged.connect(lambda _: self._show_classes())
        self.name.textChanged.connect(lambda _: self._update())

    @property
    def resolution(self) -> int:
        """The resolution of the base domain, in pixels."""
        entry = self._entries.get(self.source.name)
        resolution = entry.config.get("resolution") if entry is not None else None
        return resolution if isinstance(resolution, int) and 4 <= resolution <= 1024 else 256

    @property
    def domain(self) -> str:
        """The base domain, with its class if it has some: "cifar#3"."""
        return self.source_class.name_with_class(self.source.name)

    def refresh(self, source: str) -> None:
        """Offer the domains of the library; `source`, with its class, is chosen if none was."""
        self._entries = {entry.name: entry for entry in self._library.domains()}
        wanted, number = without_class(source)
        chosen = self.source.name or wanted
        self.source.offer({name: entry.title for name, entry in self._entries.items()})
        if chosen in self._entries:
            self.source.show_name(chosen)
        self._show_classes(number if chosen == wanted and not self.source_class.classes else None)
        if not self.name.isModified():
            self.suggest_name(self._usual_name())
        self._update()

    def avoid_names(self, names: Iterable[str]) -> None:
        """Refuse the names of unfinished adaptations, which are names of their folders."""
        self._names_in_use = frozenset(names)
        if self.name.text() in self._names_in_use:
            self.suggest_name(self._suggested)
        self._update()

    def suggest_name(self, name: str) -> None:
        """Suggest a free name, unless the artist has given one."""
        if self.name.isModified():
            return
        self._suggested = base = name if is_valid_name(name) else UNNAMED
        number, free = 1, base
        while free in self._entries or free in self._names_in_use:
            number += 1
            free = f"{base} {number}"
        self.name.setText(free)

    def show_status(self, text: str) -> None:
        """Show a text above the Start button."""
        self.state.setText(text)

    def _lay_out(self, *above: QWidget) -> None:
        """Lay the fields out below the widgets that a form adds."""
        form = QGridLayout()
        form.setColumnStretch(1, 1)
        form.setHorizontalSpacing(10)
        fields: tuple[tuple[QLabel, QWidget], ...] = (
            (QLabel("Start from"), self.source),
            (self._class_label, self.source_class),
            (QLabel("Name"), self.name),
            (QLabel("Steps"), self.steps),
        )
        for row, (label, field) in enumerate(fields):
            form.addWidget(label, row, 0)
            form.addWidget(field, row, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in above:
            column.addWidget(widget)
        column.addSpacing(4)
        column.addLayout(form)
        column.addStretch()
        column.addWidget(self.state)
        column.addWidget(self.start)
        self.setFixedWidth(WIDTH_PX)

    def _show_classes(self, chosen: int | None = None) -> None:
        """Show the field for the class if the domain has some."""
        entry = self._entries.get(self.source.name)
        self.source_class.show_classes(0 if entry is None else entry.classes, chosen)
        self._class_label.setVisible(self.source_class.classes > 0)

    def _update(self) -> None:
        problem = self._problem()
        self.start.setEnabled(problem is None)
        self.start.setToolTip(problem or self._start_tip())
        self.state.setText(problem or self._ready_text())

    def _usual_name(self) -> str:
        """Return the name to suggest; "" for one that says nothing."""
        return ""

    def _missing(self) -> str | None:
        """Return why there is nothing to learn from yet."""
        return None

    def _start_tip(self) -> str:
        return "Train the new domain"

    def _ready_text(self) -> str:
        return "Ready to start."

    def _problem(self) -> str | None:
        name = self.name.text().strip()
        if (missing := self._missing()) is not None:
            return missing
        if not self.source.name:
            return "There is no domain to start from."
        if not name:
            return "Give the new domain a name first."
        if not is_valid_name(name):
            return invalid_name_message("domain", name)
        if name in self._names_in_use:
            return f"{name} is not finished. Continue it, discard it or choose another name."
        return None
