"""The settings of a search: preset, latent space, weights, learning rate, iterations, feature network."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QGridLayout, QGroupBox, QLabel, QToolButton, QWidget

from ddsgui.qt.widgets.fields import ChoiceBox, CountBox, RealBox, signals_blocked
from ddsgui.synthesis.latents import SPACES
from ddsgui.synthesis.loss_terms import LOSS_TERMS, LossTerm, LossWeights
from ddsgui.synthesis.preset_uses import preset_help
from ddsgui.synthesis.settings import MAX_ITERATIONS, PRESETS, OptimizerSettings, artists_preset

_FIXED = "It cannot change during a run. Stop the run first."


class OptimizerForm(QGroupBox):
    """The settings of the optimiser; weights and learning rate can change during a run."""

    settings_changed = Signal()
    weights_changed = Signal()

    def __init__(self) -> None:
        super().__init__("Search")
        self._settings = artists_preset()
        self.preset = ChoiceBox("Preset", preset_help(), {name: name.capitalize() for name in PRESETS})
        self.space = ChoiceBox(
            "Latent space",
            "The latent that changes: Z stays closest to the domain, W+ comes closest to the pictures",
            {name: name.upper() for name in SPACES},
        )
        self.weight_boxes = {name: _weight_box(term) for name, term in LOSS_TERMS.items()}
        self.lr = RealBox(0, 10, 4, "Learning rate", "The step size of an iteration")
        self.iterations = CountBox(1, MAX_ITERATIONS, 100, "Iterations", "The number of iterations of a run")
        self.backbone = ChoiceBox("Feature network", "The network that compares the pictures")
        self._fixed = (self.preset, self.space, self.iterations, self.backbone)
        self._tips = {field: field.toolTip() for field in self._fixed}

        self.advanced = QToolButton(autoRaise=True)
        self.advanced.setCheckable(True)
        self.advanced.setText("Advanced")
        self.advanced.setToolTip("Show the latent space and the feature network")
        self.advanced.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

        self._form = form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Preset", self.preset)
        form.addRow(_weight_rows(self.weight_boxes))
        form.addRow("Learning rate", self.lr)
        form.addRow("Iterations", self.iterations)
        form.addRow(self.advanced)
        form.addRow("Latent space", self.space)
        form.addRow("Feature network", self.backbone)
        self._show_advanced(False)

        self.show_settings(self._settings)
        self.advanced.toggled.connect(self._show_advanced)
        self.preset.currentIndexChanged.connect(lambda _: self._take_preset())
        for box in (self.space, self.backbone):
            box.currentIndexChanged.connect(lambda _: self.settings_changed.emit())
        self.iterations.valueChanged.connect(lambda _: self.settings_changed.emit())
        for box in (*self.weight_boxes.values(), self.lr):
            box.valueChanged.connect(lambda _: self.weights_changed.emit())

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

    def show_settings(self, settings: OptimizerSettings) -> None:
        """Show settings. Emits nothing."""
        self._settings = settings
        self.preset.show_name(settings.preset)
        self.space.show_name(settings.space)
        self.backbone.show_name(settings.backbone)
        with signals_blocked(*self.weight_boxes.values(), self.lr, self.iterations):
            for name, box in self.weight_boxes.items():
                box.setValue(getattr(settings.weights, name))
            self.lr.setValue(settings.learning_rate)
            self.iterations.setValue(settings.iterations)

    def offer_backbones(self, names: tuple[str, ...]) -> None:
        """Offer the feature networks, which are known once the engine has started. Emits nothing."""
        chosen = self.backbone.name
        self.backbone.offer({name: name for name in names})
        self.backbone.show_name(chosen)

    def set_running(self, running: bool) -> None:
        """Disable the fields that cannot change during a run, and say why."""
        for field, tip in self._tips.items():
            field.setEnabled(not running)
            field.setToolTip(f"{tip}\n{_FIXED}" if running else tip)

    def _show_advanced(self, visible: bool) -> None:
        self.advanced.setArrowType(Qt.ArrowType.DownArrow if visible else Qt.ArrowType.RightArrow)
        for field in (self.space, self.backbone):
            self._form.setRowVisible(field, visible)

    def _take_preset(self) -> None:
        """Use space, weights and learning rate of the preset; keep the artist's other settings."""
        settings = self._settings
        preset = artists_preset(
            self.preset.name,
            iterations=self.iterations.value(),
            truncation=settings.truncation,
            seed=settings.seed,
            backbone=self.backbone.name,
        )
        self.show_settings(preset)
        self.settings_changed.emit()


def _weight_box(term: LossTerm) -> RealBox:
    tip = term.help.capitalize() + (f" ({term.symbol} in the paper)" if term.symbol else "")
    return RealBox(0, term.largest, 2, term.label, tip)


def _weight_rows(boxes: dict[str, RealBox]) -> QWidget:
    """Return a row for each weight, with a long label and a narrow field."""
    page = QWidget()
    grid = QGridLayout(page)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setColumnStretch(0, 1)
    for row, box in enumerate(boxes.values()):
        label = QLabel(box.accessibleName())
        label.setToolTip(box.toolTip())
        label.setBuddy(box)
        grid.addWidget(label, row, 0)
        grid.addWidget(box, row, 1)
    return page
