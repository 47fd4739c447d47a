"""Networks of a training by morphs: the generator, its average and its optimiser."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from torch import Tensor

from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.training.growth import grown_generator
from ddsgui.training.modules import drawing_from, placed, update_average, without_noise
from ddsgui.training.morphs.settings import MorphSettings, SideSettings
from ddsgui.training.state import add_prefix, flatten_adam, restore_adam, restore_module, strip_prefix

ADAM_BETAS = (0.9, 0.99)  # of Adam
SHORT_EMA_BETA = 0.5  # the first one while critics take part, because their gradients change
MAX_SPREAD = (
    4.0  # of a latent's component, relative to the mean one, in the first weights of the mapping network
)
EARLY_HALF_LIFE_FRACTION = (
    0.05  # half-life of the average early in a stage, as a fraction of its images so far
)


class MorphNetworks:
    """The generator that learns at one side, and the average that is shown."""

    def __init__(self, settings: MorphSettings, generator: Generator, device: torch.device) -> None:
        """generator: becomes the average; a copy of it is trained."""
        self.settings, self.device = settings, device
        self.average = without_noise(placed(generator, device)).requires_grad_(False)
        self.generator = without_noise(copy.deepcopy(self.average).requires_grad_(True))
        drawing = [p for p in self.generator.synthesis.parameters() if p.requires_grad]
        groups = (drawing, self.generator.mapping.parameters())
        self.adam = torch.optim.Adam([{"params": list(group)} for group in groups], lr=0.0, betas=ADAM_BETAS)

    @classmethod
    def random(
        cls,
        settings: MorphSettings,
        side: int,
        device: torch.device,
        rng: torch.Generator,
        spread: Tensor | None = None,
    ) -> MorphNetworks:
        """Return new networks for images of `side`, with weights that `rng` draws.

        Components of the latents that vary much, by `spread` [latent], weigh more at first.
        """
        size, levels = settings.latent, side.bit_length() - 2
        with drawing_from(rng):
            config = GeneratorConfig(side, size, size, settings.mapping_layers, settings.channels[:levels])
            generator = Generator(config)
        if spread is not None:
            with torch.no_grad():
                relative = spread / spread.square().mean().sqrt()
                first, *_ = generator.mapping.layers.parameters()
                first.mul_(relative.clamp(max=MAX_SPREAD))
        return cls(settings, generator, device)

    @property
    def side(self) -> int:
        """The side of the images, in pixels."""
        return self.generator.config.resolution

    def grown(self, rng: torch.Generator) -> MorphNetworks:
        """Return networks of twice the side; the generator starts from the average, its optimiser from scratch."""
        level = len(self.generator.config.channels)
        larger = grown_generator(self.average, self.settings.channels[level], rng)
        return MorphNetworks(self.settings, larger, self.device)

    def restarted(self) -> MorphNetworks:
        """Return networks whose generator starts from the average, and its optimiser from scratch."""
        return MorphNetworks(self.settings, self.average, self.device)

    def draw(self, latents: Tensor) -> Tensor:
        """Return images [N, 3, R, R] of the generator that learns, for latents [N, latent]."""
        ws = self.generator.broadcast(self.generator.mapping(latents))
        return self.generator.synthesis(ws, noise="none")

    def set_rates(
        self, settings_here: SideSettings, step: int, progress: float, moving_target: bool = False
    ) -> None:
        """Set the generator's learning rates for a step, counted from 0, of a stage that is 0..1 over.

        They rise at the start, because a new optimiser scales every gradient to full size, and fall towards the end.
        moving_target: True if the loss changes while it is minimised, as with critics.
        """
        settings = self.settings
        left = 1 - progress
        falling = settings.end + (1 - settings.end) * left / settings.decay if settings.decay else 1.0
        share = min(1.0, (step + 1) / max(1, settings.warm_up)) * min(1.0, falling)
        for group, rate in zip(
            self.adam.param_groups, (settings_here.learning_rate, settings_here.mapping_rate), strict=True
        ):
            group["lr"] = share * rate
            group["betas"] = (SHORT_EMA_BETA, ADAM_BETAS[1]) if moving_target else ADAM_BETAS

    def update_average(self, settings_here: SideSettings, stage_seen: int) -> None:
        """Move the average a little towards the generator; faster while a stage is young."""
        batch = settings_here.batch
        half_life = min(settings_here.ema_images, EARLY_HALF_LIFE_FRACTION * stage_seen + 4 * batch)
        update_average(self.average.parameters(), self.generator.parameters(), batch / half_life)

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensors for restore()."""
        parts = {
            "generator": self.generator.state_dict(),
            "average": self.average.state_dict(),
            "adam_generator": flatten_adam(self.adam),
        }
        return {k: v for name, part in parts.items() for k, v in add_prefix(name, part).items()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore the result of tensors(), of networks of the same side. Raises TrainingError if they do not fit."""
        restore_module(self.generator, strip_prefix(tensors, "generator"))
        restore_module(self.average, strip_prefix(tensors, "average"))
        restore_adam(self.adam, strip_prefix(tensors, "adam_generator"))
