"""Networks of a few-shot adaptation: generator, its average, discriminator, and their optimisers."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.stylegan.ops import EqualConv2d
from ddsgui.training.few_shot.settings import AdaptationSettings
from ddsgui.training.modules import ADVERSARIAL_BETAS, drawing_from, placed, update_average
from ddsgui.training.state import add_prefix, flatten_adam, restore_adam, restore_module, strip_prefix


class AdaptationNetworks:
    """Copies of the source's networks. The mapping network and the strengths of the noise inputs stay as they are."""

    def __init__(
        self,
        source: Generator,
        discriminator: Discriminator | None,
        settings: AdaptationSettings,
        rng: torch.Generator,
    ) -> None:
        """rng: draws a discriminator where there is none, and the layer that judges patches."""
        device = source.device
        self.generator, self.average = copy.deepcopy(source), copy.deepcopy(source)
        trained = _thaw_synthesis(self.generator)
        self.trained = list(trained.values())
        self._averaged = [self.average.get_parameter(name) for name in trained]
        with drawing_from(rng):
            discriminator = copy.deepcopy(discriminator) or Discriminator(fresh_config(source.config))
            self._patch_side = max(4, source.config.resolution // 4)
            self._patch = EqualConv2d(discriminator.config.width(self._patch_side), 1, 1).to(device)
        self.discriminator = placed(discriminator, device).requires_grad_(True)
        self.discriminator_parameters = [*self.discriminator.parameters(), *self._patch.parameters()]
        rate = settings.learning_rate
        self._generator_adam = torch.optim.Adam(self.trained, rate, ADVERSARIAL_BETAS, foreach=True)
        self.discriminator_adam = torch.optim.Adam(
            self.discriminator_parameters, rate, ADVERSARIAL_BETAS, foreach=True
        )

    def patch_logits(self, image: Tensor) -> Tensor:
        """Return a logit for each patch of the images [N, 3, R, R]: [N, 1, R/4, R/4]."""
        return self._patch(self.discriminator.features(image, self._patch_side))

    def update(self, gradients: Sequence[Tensor]) -> None:
        """Move both networks: the generator by `gradients`, of `trained`, if any; the discriminator by its own."""
        self.discriminator_adam.step()
        if gradients:
            for parameter, gradient in zip(self.trained, gradients, strict=True):
                parameter.grad = gradient
            self._generator_adam.step()

    def update_average(self, half_lives: float) -> None:
        """Move the average towards the generator, half of the way in each half-life."""
        update_average(self._averaged, self.trained, half_lives)

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensors for restore()."""
        parts = {name: module.state_dict() for name, module in self._modules().items()}
        parts |= {name: flatten_adam(adam) for name, adam in self._adams().items()}
        return {key: value for name, part in parts.items() for key, value in add_prefix(name, part).items()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore the result of tensors(). Raises TrainingError if it belongs to other networks."""
        for name, module in self._modules().items():
            restore_module(module, strip_prefix(tensors, name))
        for name, adam in self._adams().items():
            restore_adam(adam, strip_prefix(tensors, name))

    def _modules(self) -> dict[str, nn.Module]:
        return {
            "generator": self.generator.synthesis,
            "average": self.average.synthesis,
            "discriminator": self.discriminator,
            "patch": self._patch,
        }

    def _adams(self) -> dict[str, torch.optim.Adam]:
        return {"generator_adam": self._generator_adam, "discriminator_adam": self.discriminator_adam}


def fresh_config(generator: GeneratorConfig) -> DiscriminatorConfig:
    """Return a discriminator's shape for a generator: as wide up to 32 px, half as wide above, where time goes."""
    widths = enumerate(generator.channels)
    return DiscriminatorConfig(
        generator.resolution, tuple(c if 4 << level <= 32 else max(16, c // 2) for level, c in widths)
    )


def _thaw_synthesis(generator: Generator) -> dict[str, Tensor]:
    """Let the synthesis network learn, all but its noise strengths, and return the parameters that do, by name."""
    trained: dict[str, Tensor] = {}
    for name, parameter in generator.requires_grad_(False).named_parameters():
        if name.startswith("synthesis.") and not name.endswith("noise_strength"):
            trained[name] = parameter.requires_grad_(True)
    return trained
