"""The settings of a search: preset, dials for the weights, iterations, and the numbers under a fold."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QWidget,
)

from ddsgui.library.own_presets import OwnPreset, PresetStore
from ddsgui.qt.mixing.weight_dial import WeightDial
from ddsgui.qt.widgets.fields import (
    FIELD_HEIGHT_PX,
    ChoiceBox,
    CountBox,
    RealBox,
    align_labels,
    signals_blocked,
)
from ddsgui.synthesis.latents import SPACES
from ddsgui.synthesis.loss_terms import LOSS_TERMS, LossTerm, LossWeights
from ddsgui.synthesis.preset_uses import preset_help
from ddsgui.synthesis.settings import (
    MAX_ITERATIONS,
    MAX_LEARNING_RATE,
    PRESETS,
    OptimizerSettings,
    artists_preset,
)
from ddsgui.synthesis.settings_advice import settings_advice

_FIXED = "It cannot change during a run. Stop the run first."
CHANGED = "{} (changed)"


class OptimizerForm(QGroupBox):
    """The settings of the optimiser; weights and learning rate can change during a run."""

    settings_changed = Signal()
    weights_changed = Signal()
    own_preset_chosen = Signal(object)  # OwnPreset, which also has settings of the live blend

    def __init__(self, store: PresetStore | None = None) -> None:
        """store: the user's own presets."""
        super().__init__("Search")
        self._settings = artists_preset()
        self.store = store or PresetStore()
        self._own: dict[str, OwnPreset] = {}
        self.preset = ChoiceBox("Preset", preset_help())
        self.reset = QPushButton("Reset to preset")
        self.reset.setFixedHeight(FIELD_HEIGHT_PX)
        self.reset.setToolTip("Use the preset's own settings again")
        self.weight_boxes = {name: _weight_box(term) for name, term in LOSS_TERMS.items()}
        self.dials = {name: WeightDial(box) for name, box in self.weight_boxes.items()}
        self.iterations = CountBox(1, MAX_ITERATIONS, 100, "Iterations", "The number of iterations of a run")
        self.lr = RealBox(0, MAX_LEARNING_RATE, 4, "Learning rate", "The step size of an iteration")
        self.space = ChoiceBox(
            "Latent space",
            "The latent that changes: Z stays closest to the domain, W+ comes closest to the pictures",
            {name: name.upper() for name in SPACES},
        )
        self.backbone = ChoiceBox("Feature network", "The network that compares the pictures")
        self._fixed = (self.preset, self.space, self.iterations, self.backbone)
        self._tips = {field: field.toolTip() for field in self._fixed}
        self._advice = QLabel()
        self._advice.setWordWrap(True)
        self._advice.hide()
        self._running = False

        self.advanced = QToolButton(autoRaise=True)
        self.advanced.setCheckable(True)
        self.advanced.setText("Advanced")
        self.advanced.setToolTip("Show the numbers of the dials, the latent space and the feature network")
        self.advanced.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

        self._numbers = numbers = QFormLayout()
        numbers.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, box in self.weight_boxes.items():
            numbers.addRow(f"{LOSS_TERMS[name].label}, {LOSS_TERMS[name].symbol}", box)
        numbers.addRow("Learning rate", self.lr)
        numbers.addRow("Latent space", self.space)
        numbers.addRow("Feature network", self.backbone)
        self._fold = QWidget()
        self._fold.setLayout(numbers)
        numbers.setContentsMargins(0, 0, 0, 0)

        self.preset_row = QHBoxLayout()
        self.preset_row.setContentsMargins(0, 0, 0, 0)
        self.preset_row.setSpacing(4)
        self.preset_row.addWidget(self.preset, stretch=1)
        form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Preset", self.preset_row)
        form.addRow(_dial_rows(self.dials))
        form.addRow("Iterations", self.iterations)
        form.addRow(self._advice)
        below = QHBoxLayout()
        below.addWidget(self.advanced)
        below.addStretch()
        below.addWidget(self.reset)
        form.addRow(below)
        form.addRow(self._fold)
        for layout in (form, numbers):
            align_labels(layout)
        self._show_advanced(False)

        self.offer_presets()
        self.show_settings(self._settings)
        self.advanced.toggled.connect(self._show_advanced)
        self.preset.currentIndexChanged.connect(lambda _: self._take_preset())
        self.reset.clicked.connect(lambda _: self._take_preset())
        for box in (self.space, self.backbone):
            box.currentIndexChanged.connect(lambda _: self.settings_changed.emit())
        self.iterations.valueChanged.connect(lambda _: self.settings_changed.emit())
        for box in (*self.weight_boxes.values(), self.lr):
            box.valueChanged.connect(lambda _: self.weights_changed.emit())
        for signal in (self.settings_changed, self.weights_changed):
            signal.connect(self._show_change)

    @property
    def weights(self) -> LossWeights:
        return LossWeights(**{name: box.value() for name, box in self.weight_boxes.items()})

    @property
    def learning_rate(self) -> float:
        return self.lr.value()

    @property
    def settings(self) -> OptimizerSettings:
        """The settings that are shown; those without a field (seed, layers, …) are as they were given."""
        return replace(
            self._settings,
            space=self.space.name,
            weights=self.weights,
            learning_rate=self.learning_rate,
            iterations=self.iterations.value(),
            backbone=self.backbone.name,
        )

    @property
    def is_changed(self) -> bool:
        """True if the settings are not those of the preset; False if there is no such preset any more."""
        preset = self._of_preset(self._settings.preset)
        return preset is not None and replace(preset, live=self._settings.live) != self.settings

    @property
    def own_preset(self) -> OwnPreset | None:
        """The user's own preset that is chosen."""
        return self._own.get(self.preset.name)

    @property
    def advice(self) -> str:
        """The sentence about settings that give nothing good; "" if there is none."""
        return self._advice.text()

    def show_settings(self, settings: OptimizerSettings) -> None:
        """Show settings. Emits nothing."""
        self._settings = settings
        self.preset.show_name(settings.preset)
        self.space.show_name(settings.space)
        self.backbone.show_name(settings.backbone)
        with signals_blocked(*self.weight_boxes.values(), self.lr, self.iterations):
            for name, box in self.weight_boxes.items():
                box.setValue(getattr(settings.weights, name))
                self.dials[name].follow()
            self.lr.setValue(settings.learning_rate)
            self.iterations.setValue(settings.iterations)
        self._show_change()

    def offer_presets(self) -> None:
        """Offer the built-in presets and the user's own. Emits nothing."""
        self._own = {preset.name: preset for preset in self.store.presets()}
        self.preset.offer(self._preset_titles())
        self.preset.show_name(self._settings.preset)
        self._show_change()

    def choose_preset(self, name: str) -> None:
        """Choose a preset as the artist would, even if it is the chosen one already."""
        self.preset.show_name(name)
        self._take_preset()

    def offer_backbones(self, names: tuple[str, ...]) -> None:
        """Offer the feature networks, which are known once the engine has started. Emits nothing."""
        chosen = self.backbone.name
        self.backbone.offer({name: name for name in names})
        self.backbone.show_name(chosen)

    def set_running(self, running: bool) -> None:
        """Disable the fields that cannot change during a run, and say why."""
        self._running = running
        for field, tip in self._tips.items():
            field.setEnabled(not running)
            field.setToolTip(f"{tip}\n{_FIXED}" if running else tip)
        self.reset.setEnabled(not running and self.is_changed)

    def _preset_titles(self) -> dict[str, str]:
        return {name: name.capitalize() for name in PRESETS} | {name: name for name in self._own}

    def _show_change(self) -> None:
        """Mark a preset whose settings were changed, and advise against settings that give nothing good."""
        changed = self.is_changed
        titles = self._preset_titles()
        for index in range(self.preset.count()):
            name = self.preset.itemData(index)
            title = titles.get(name, self.preset.itemText(index))
            is_marked = changed and name == self._settings.preset
            self.preset.setItemText(index, CHANGED.format(title) if is_marked else title)
        self.reset.setEnabled(changed and not self._running)
        advice = settings_advice(self.settings)
        self._advice.setText(advice)
        self._advice.setVisible(bool(advice))

    def _show_advanced(self, visible: bool) -> None:
        self.advanced.setArrowType(Qt.ArrowType.DownArrow if visible else Qt.ArrowType.RightArrow)
        self._fold.setVisible(visible)

    def _of_preset(self, name: str) -> OptimizerSettings | None:
        """Return the settings of a preset for the pair that is shown; None if there is no such preset."""
        pair = {"truncation": self._settings.truncation, "seed": self._settings.seed}
        own = self._own.get(name)
        if own is not None:
            return replace(own.settings, frame_interval=self._settings.frame_interval, **pair)
        if name in PRESETS:
            return artists_preset(name, frame_interval=self._settings.frame_interval, **pair)
        return None

    def _take_preset(self) -> None:
        """Use the settings of the preset that is chosen."""
        settings = self._of_preset(self.preset.name)
        if settings is None:
            return
        self.show_settings(settings)
        if (own := self.own_preset) is not None:
            self.own_preset_chosen.emit(own)
        self.settings_changed.emit()


def _weight_box(term: LossTerm) -> RealBox:
    tip = term.help.capitalize() + (f" ({term.symbol} in the paper)" if term.symbol else "")
    return RealBox(0, term.largest, 2, term.label, tip)


def _dial_rows(dials: dict[str, WeightDial]) -> QWidget:
    """Return a row for each weight: its words and its dial."""
    page = QWidget()
    grid = QGridLayout(page)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setColumnStretch(1, 1)
    for row, (name, dial) in enumerate(dials.items()):
        label = QLabel(LOSS_TERMS[name].label)
        label.setToolTip(dial.toolTip())
        label.setBuddy(dial)
        grid.addWidget(label, row, 0)
        grid.addWidget(dial, row, 1)
    return page
