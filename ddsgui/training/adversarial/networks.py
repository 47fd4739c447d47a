"""Networks of an adversarial training: generator, its average, discriminator, encoder, and their optimisers."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ddsgui.errors import TrainingError
from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.training.adversarial.encoder import Encoder
from ddsgui.training.adversarial.settings import AdversarialSettings
from ddsgui.training.growth import grown_discriminator, grown_generator, smaller_view
from ddsgui.training.modules import ADVERSARIAL_BETAS, drawing_from, placed, update_average, without_noise
from ddsgui.training.state import add_prefix, flatten_adam, restore_adam, restore_module, strip_prefix


class AdversarialNetworks:
    """Both networks at one side, the average of the generator, and the encoder if there is one."""

    def __init__(
        self,
        settings: AdversarialSettings,
        generator: Generator,
        discriminator: Discriminator,
        encoder: Encoder | None,
        device: torch.device,
    ) -> None:
        """Take over the networks; `generator` becomes the average, and a copy of it is trained."""
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
        """Return new networks for images of `side`, with weights that `rng` draws."""
        levels = side.bit_length() - 2
        size, layers = settings.latent, settings.mapping_layers
        with drawing_from(rng):
            generator = Generator(GeneratorConfig(side, size, size, layers, settings.channels[:levels]))
            discriminator = Discriminator(DiscriminatorConfig(side, settings.discriminator_channels[:levels]))
        return cls(settings, generator, discriminator, draw_encoder(settings, rng), device)

    @property
    def side(self) -> int:
        """The side of the images, in pixels."""
        return self.generator.config.resolution

    def grown(self, rng: torch.Generator) -> AdversarialNetworks:
        """Return networks of twice the side; the generator starts from the average, the optimisers from scratch."""
        level = len(self.generator.config.channels)
        return AdversarialNetworks(
            self.settings,
            grown_generator(self.average, self.settings.channels[level], rng),
            grown_discriminator(self.discriminator, self.settings.discriminator_channels[level], rng),
            self.encoder,
            self.device,
        )

    def set_rates(self, step: int) -> None:
        """Set the generator's learning rates for a step, counted from 0, of a stage: they rise at its start.

        A new optimiser scales every gradient to full size, which would disturb the inherited weights.
        """
        share = min(1.0, (step + 1) / max(1, self.settings.warm_up))
        for group, rate in zip(self.adams["generator"].param_groups, self._rates(), strict=True):
            group["lr"] = share * rate

    def update_average(self) -> None:
        """Move the average a little towards the generator."""
        half_lives = self.settings.batch / self.settings.ema_images
        update_average(self.average.parameters(), self.generator.parameters(), half_lives)

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensors for restore()."""
        modules = {name: module.state_dict() for name, module in self._modules().items()}
        adams = {f"adam_{name}": flatten_adam(adam) for name, adam in self.adams.items()}
        return {
            k: v for name, part in {**modules, **adams}.items() for k, v in add_prefix(name, part).items()
        }

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore the result of tensors(), of networks of the same side. Raises TrainingError if it does not fit.

        If an encoder was added or removed since, the generator's optimiser starts from scratch.
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
            "generator": torch.optim.Adam(groups, betas=ADVERSARIAL_BETAS),
            "discriminator": torch.optim.Adam(
                self.discriminator.parameters(), lr=self.settings.learning_rate, betas=ADVERSARIAL_BETAS
            ),
        }

    def _rates(self) -> tuple[float, float]:
        """Return the learning rates of synthesis and mapping at this side."""
        settings = self.settings
        late = self.side >= settings.late_side
        return settings.learning_rate, settings.late_mapping_rate if late else settings.mapping_rate


def draw_encoder(settings: AdversarialSettings, rng: torch.Generator) -> Encoder | None:
    """Return a new encoder if the settings want one."""
    if not settings.encoder:
        return None
    with drawing_from(rng):
        return Encoder(settings.latent, settings.resolution)


def check_start(settings: AdversarialSettings, generator: Generator, discriminator: Discriminator) -> None:
    """Raise TrainingError unless a training of these settings can begin with these networks."""
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
        raise TrainingError("The domain to start from does not have the shape that these settings need.")
