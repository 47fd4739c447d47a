"""How a run goes: preset, latent space, weights, learning rate, iterations, backbone."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QGridLayout, QGroupBox, QLabel, QWidget

from ddsgui.qt.widgets.fields import ChoiceBox, CountBox, RealBox, signals_blocked
from ddsgui.synthesis.latents import SPACES
from ddsgui.synthesis.loss_terms import LossWeights
from ddsgui.synthesis.settings import MAX_ITERATIONS, PRESETS, OptimizerSettings

_PRESET_TIPS = (
    "fast: a good mix soon; paper: as published; official: as the authors' program does it, in minutes"
)
_FIXED = "Cannot change during a run; cancel it first."


class OptimizerForm(QGroupBox):
    """The optimiser's settings; the dials stay live during a run."""

    settings_changed = Signal()
    weights_changed = Signal()

    def __init__(self) -> None:
        super().__init__("Optimiser")
        self._settings = OptimizerSettings.from_preset()
        self.preset = ChoiceBox("Preset", _PRESET_TIPS, {name: name.capitalize() for name in PRESETS})
        self.space = ChoiceBox(
            "Latent space",
            "Which latent moves: Z stays closest to the domain, W+ comes closest to the pictures",
            {name: name.upper() for name in SPACES},
        )
        self.alpha = RealBox(0, 1e4, 2, "α", "α: how much the part has to look like the source")
        self.beta = RealBox(0, 1e4, 2, "β", "β: how much the rest has to look like the target")
        self.gamma = RealBox(0, 1e4, 2, "γ", "γ: how close the whole stays to the crossover")
        self.lr = RealBox(0, 10, 4, "Learning rate", "How far each iteration moves")
        self.iterations = CountBox(1, MAX_ITERATIONS, 100, "Iterations", "How many iterations a run takes")
        self.backbone = ChoiceBox("Backbone", "The network whose features are compared")
        self._fixed = (self.preset, self.space, self.iterations, self.backbone)
        self._tips = {field: field.toolTip() for field in self._fixed}

        form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Preset", self.preset)
        form.addRow("Space", self.space)
        form.addRow(_weights(self.alpha, self.beta, self.gamma))
        form.addRow("Learning rate", self.lr)
        form.addRow("Iterations", self.iterations)
        form.addRow("Backbone", self.backbone)

        self.show_settings(self._settings)
        self.preset.currentIndexChanged.connect(lambda _: self._take_preset())
        for box in (self.space, self.backbone):
            box.currentIndexChanged.connect(lambda _: self.settings_changed.emit())
        self.iterations.valueChanged.connect(lambda _: self.settings_changed.emit())
        for dial in (self.alpha, self.beta, self.gamma, self.lr):
            dial.valueChanged.connect(lambda _: self.weights_changed.emit())

    @property
    def weights(self) -> LossWeights:
        return LossWeights(self.alpha.value(), self.beta.value(), self.gamma.value())

    @property
    def learning_rate(self) -> float:
        return self.lr.value()

    @property
    def settings(self) -> OptimizerSettings:
        """What is shown; what has no field (seed, layers, …) is as it was given."""
        return replace(
            self._settings,
            space=self.space.name,
            weights=self.weights,
            learning_rate=self.learning_rate,
            iterations=self.iterations.value(),
            backbone=self.backbone.name,
        )

    def show_settings(self, settings: OptimizerSettings) -> None:
        """Without a signal."""
        self._settings = settings
        self.preset.show_name(settings.preset)
        self.space.show_name(settings.space)
        self.backbone.show_name(settings.backbone)
        weights = settings.weights
        with signals_blocked(self.alpha, self.beta, self.gamma, self.lr, self.iterations):
            self.alpha.setValue(weights.alpha)
            self.beta.setValue(weights.beta)
            self.gamma.setValue(weights.gamma)
            self.lr.setValue(settings.learning_rate)
            self.iterations.setValue(settings.iterations)

    def offer_backbones(self, names: tuple[str, ...]) -> None:
        """They are known once the engine has started."""
        chosen = self.backbone.name
        self.backbone.offer({name: name for name in names})
        self.backbone.show_name(chosen)

    def set_running(self, running: bool) -> None:
        for field, tip in self._tips.items():
            field.setEnabled(not running)
            field.setToolTip(f"{tip}\n{_FIXED}" if running else tip)

    def _take_preset(self) -> None:
        """A preset brings its space and dials with it; the rest is the artist's."""
        kept = self._settings
        preset = OptimizerSettings.from_preset(
            self.preset.name,
            iterations=self.iterations.value(),
            truncation=kept.truncation,
            seed=kept.seed,
            backbone=self.backbone.name,
        )
        self.show_settings(preset)
        self.settings_changed.emit()


def _weights(*boxes: RealBox) -> QWidget:
    """Small fields beside each other, each under its letter."""
    page = QWidget()
    grid = QGridLayout(page)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(6)
    for column, box in enumerate(boxes):
        label = QLabel(box.accessibleName())
        label.setToolTip(box.toolTip())
        box.setMinimumWidth(60)
        grid.addWidget(label, 0, column)
        grid.addWidget(box, 1, column)
    return page
