"""What the training of a base domain changes: the networks, the averaged generator, and their optimisers."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from ddsgui.errors import TrainingError
from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.training.adversarial.encoder import Encoder
from ddsgui.training.adversarial.growth import (
    drawing_from,
    grown_discriminator,
    grown_generator,
    smaller_view,
)
from ddsgui.training.adversarial.settings import AdversarialSettings
from ddsgui.training.state import add_prefix, flatten_adam, restore_adam, restore_module, strip_prefix

M = TypeVar("M", bound=nn.Module)

BETAS = (0.0, 0.99)


class AdversarialNetworks:
    """Both networks at one side, the average of the generator, the encoder if there is one."""

    def __init__(
        self,
        settings: AdversarialSettings,
        generator: Generator,
        discriminator: Discriminator,
        encoder: Encoder | None,
        device: torch.device,
    ) -> None:
        """Takes the networks as its own, but for `generator`, which is the average and is copied to be trained."""
        self.settings, self.device = settings, device
        self.average = without_noise(placed(generator, device)).requires_grad_(False)
        self.generator = copy.deepcopy(self.average).requires_grad_(True)
        without_noise(self.generator)
        self.discriminator = placed(discriminator, device).requires_grad_(True)
        self.encoder = None if encoder is None else placed(encoder, device)
        self.adams = self._optimisers()

    @classmethod
    def random(
        cls, settings: AdversarialSettings, side: int, device: torch.device, rng: torch.Generator
    ) -> AdversarialNetworks:
        """Random ones for pictures of `side`."""
        levels = side.bit_length() - 2
        size, layers = settings.latent, settings.mapping_layers
        with drawing_from(rng):
            generator = Generator(GeneratorConfig(side, size, size, layers, settings.channels[:levels]))
            discriminator = Discriminator(DiscriminatorConfig(side, settings.discriminator_channels[:levels]))
        return cls(settings, generator, discriminator, draw_encoder(settings, rng), device)

    @property
    def side(self) -> int:
        """Of the pictures, in pixels."""
        return self.generator.config.resolution

    def grown(self, rng: torch.Generator) -> AdversarialNetworks:
        """Those of twice the side; the trained generator goes on from the average, the optimisers from nothing."""
        level = len(self.generator.config.channels)
        return AdversarialNetworks(
            self.settings,
            grown_generator(self.average, self.settings.channels[level], rng),
            grown_discriminator(self.discriminator, self.settings.discriminator_channels[level], rng),
            self.encoder,
            self.device,
        )

    def warm_up(self, step: int) -> None:
        """Set the generator's learning rates for a step, from 0 on, of a stage.

        An optimiser that has just begun takes each slope for a steep one, and would shake what is inherited.
        """
        share = min(1.0, (step + 1) / max(1, self.settings.warm_up))
        for group, rate in zip(self.adams["generator"].param_groups, self._rates(), strict=True):
            group["lr"] = share * rate

    def update_average(self) -> None:
        """Move the average a little towards the generator."""
        update_average(self.average, self.generator, self.settings.batch / self.settings.ema_images)

    def tensors(self) -> dict[str, Tensor]:
        """All that restore() needs."""
        modules = {name: module.state_dict() for name, module in self._modules().items()}
        adams = {f"adam_{name}": flatten_adam(adam) for name, adam in self.adams.items()}
        return {
            k: v for name, part in {**modules, **adams}.items() for k, v in add_prefix(name, part).items()
        }

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """The inverse of tensors(), for networks of the same side. TrainingError if they do not fit.

        An encoder may have come or gone since: the generator's optimiser then begins anew.
        """
        discriminator = strip_prefix(tensors, "discriminator")
        if self.discriminator.rgb_smaller is None and "rgb_smaller.weight" in discriminator:
            self.discriminator.rgb_smaller = placed(smaller_view(self.discriminator.config), self.device)
            self.adams = self._optimisers()
        saved = {name: strip_prefix(tensors, name) for name in (*self._modules(), "encoder")}
        changed = bool(saved["encoder"]) != (self.encoder is not None)
        for name, module in self._modules().items():
            if not (changed and name == "encoder"):
                restore_module(module, saved[name])
        for name, adam in self.adams.items():
            if not (changed and name == "generator"):
                restore_adam(adam, strip_prefix(tensors, f"adam_{name}"))

    def _modules(self) -> dict[str, nn.Module]:
        modules: dict[str, nn.Module] = {
            "generator": self.generator,
            "average": self.average,
            "discriminator": self.discriminator,
        }
        return modules if self.encoder is None else {**modules, "encoder": self.encoder}

    def _optimisers(self) -> dict[str, torch.optim.Adam]:
        mapping = list(self.generator.mapping.parameters())
        drawing = [p for p in self.generator.synthesis.parameters() if p.requires_grad]
        if self.encoder is not None:
            drawing += self.encoder.parameters()
        groups = [{"params": p, "lr": r} for p, r in zip((drawing, mapping), self._rates(), strict=True)]
        return {
            "generator": torch.optim.Adam(groups, betas=BETAS),
            "discriminator": torch.optim.Adam(
                self.discriminator.parameters(), lr=self.settings.learning_rate, betas=BETAS
            ),
        }

    def _rates(self) -> tuple[float, float]:
        """Of synthesis and mapping, at this side."""
        settings = self.settings
        late = self.side >= settings.late_side
        return settings.learning_rate, settings.late_mapping_rate if late else settings.mapping_rate


def placed(module: M, device: torch.device) -> M:
    """The module itself, on the device, laid out there as is fastest, ready to be trained."""
    module.to(device).train()
    if device.type == "cpu":  # a third faster there
        module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return module


@torch.no_grad()
def without_noise(generator: Generator) -> Generator:
    """The generator itself, with per-pixel noise off for good.

    Below 256 px it costs more time than it gives detail, and hides detail from a search.
    """
    for name, parameter in generator.named_parameters():
        if name.endswith("noise_strength"):
            parameter.zero_().requires_grad_(False)
    return generator


@torch.no_grad()
def update_average(average: Generator, generator: Generator, half_lives: float) -> None:
    """Move an average of the weights towards the generator, half of the way in each half-life."""
    weight = 1 - 0.5**half_lives
    for mean, now in zip(average.parameters(), generator.parameters(), strict=True):
        mean.lerp_(now, weight)


def draw_encoder(settings: AdversarialSettings, rng: torch.Generator) -> Encoder | None:
    """A random encoder, if the settings want one."""
    if not settings.encoder:
        return None
    with drawing_from(rng):
        return Encoder(settings.latent, settings.resolution)


def check_start(settings: AdversarialSettings, generator: Generator, discriminator: Discriminator) -> None:
    """TrainingError unless a training of these settings can begin with these networks."""
    ours, theirs = generator.config, discriminator.config
    levels = len(ours.channels)
    latent = settings.latent
    fits = (
        ours.resolution == theirs.resolution == settings.stages[0].side
        and (ours.z_dim, ours.w_dim, ours.mapping_layers) == (latent, latent, settings.mapping_layers)
        and ours.channels == settings.channels[:levels]
        and theirs.channels == settings.discriminator_channels[:levels]
    )
    if not fits:
        raise TrainingError("The domain to begin with is not of the shape that this training is for.")
