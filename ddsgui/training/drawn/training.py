"""Training of a drawn domain: a copy of the parent's synthesis network learns a picture for each latent.

There is no adversary: the wanted picture of every latent is known, so differences can be measured. The mapping network
does not change, and one latent is one person in both domains.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ddsgui.errors import TrainingError
from ddsgui.stylegan.generator import Generator, SynthesisLayer
from ddsgui.synthesis.backbones import load_backbone
from ddsgui.training.borders import border_loss
from ddsgui.training.drawn.pairs import Pairs
from ddsgui.training.drawn.settings import DrawnSettings, DrawnStep
from ddsgui.training.losses import TrainingLoss, feature_loss, total_loss
from ddsgui.training.modules import ADVERSARIAL_BETAS, placed, update_average
from ddsgui.training.morphs.losses import pixel_losses, sample_window
from ddsgui.training.pictures import as_images
from ddsgui.training.state import (
    add_prefix,
    all_finite,
    flatten_adam,
    restore_adam,
    restore_module,
    strip_prefix,
)

LOSSES = (
    TrainingLoss("pixels", "pixels"),
    TrainingLoss("coarse", "coarse"),
    TrainingLoss("edges", "edges"),
    TrainingLoss("features", "features"),
    TrainingLoss("borders", "borders"),
)
WARM_UP_STEPS = 50  # over which the learning rate rises
PLATEAU, LAST_RATE = 0.6, 0.05  # share of the steps before it falls, and the share of it at the end
FEATURES_EVERY = 2  # one step in so many looks at features, which takes most of its time
WINDOW_PX = 96  # side of the square in which features are compared
STILL_LAYERS = 2  # last layers whose noise inputs learn what lies still in every picture
SCREEN_STRENGTH, SCREEN_CONTRAST = 0.4, 1.4  # with which a screen begins
FOCUS, FOCUS_CENTRE, FOCUS_SPREAD = 1.5, (0.5, 0.57), 0.16  # how much more the middle of a face counts


class DrawnTraining:
    """A training, which starts with a copy of the parent; steps() continues from the current step.

    Its pictures are drawn with constant noise, whose buffers in the last layers are learnt as well: patterns that lie
    still, such as the lines of an engraving, have their phase there, and the network only lets them swell.
    """

    warm_up = 0  # steps in which the pictures do not change yet

    def __init__(
        self,
        parent: Generator,
        pairs: Pairs,
        screens: Sequence[np.ndarray] = (),
        settings: DrawnSettings | None = None,
        seed: int = 0,
    ) -> None:
        """screens: patterns that lie still, float32 [R, R] each, the strongest first; of the last layers.

        Everything runs on the parent's device. Raises TrainingError if the pairs do not fit the parent.
        """
        pairs.check(parent.config.resolution, parent.config.w_dim)
        self.settings, self.seed, self.step = settings or DrawnSettings(), seed, 0
        self.source = parent
        self._pairs = pairs
        self._rng = torch.Generator().manual_seed(seed)
        self._learner, self._average = copy.deepcopy(parent), copy.deepcopy(parent).freeze()
        for generator in (self._learner, self._average):
            set_screens(generator, screens)
        self._trained, self._averaged = _learnt_tensors(self._learner), _learnt_tensors(self._average)
        self._learner.requires_grad_(False)
        for tensor in self._trained:
            tensor.requires_grad_(True)
        placed(self._learner.synthesis, parent.device)
        self._adam = torch.optim.Adam(
            self._trained, self.settings.learning_rate, ADVERSARIAL_BETAS, foreach=True
        )
        self._vgg = load_backbone("vgg16").to(parent.device) if self.settings.features else None
        self._focus = face_focus(parent.config.resolution).to(parent.device)

    @property
    def total(self) -> int:
        """The number of all steps."""
        return self.settings.steps

    @property
    def generator(self) -> Generator:
        """The drawn domain so far: a frozen copy of the averaged weights."""
        return copy.deepcopy(self._average)

    @property
    def discriminator(self) -> None:
        """None: nothing judges the pictures."""
        return None

    def steps(self) -> Iterator[DrawnStep]:
        """Train from the current step to the last. Raises TrainingError if the losses diverge."""
        while self.step < self.total:
            began = time.perf_counter()
            losses = self._learn()
            self.step += 1
            yield DrawnStep(self.step, self.total, losses, time.perf_counter() - began)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return everything that training changes, for save_state(), to resume as if it had never stopped."""
        tensors = {"rng": self._rng.get_state()}
        for name, module in self._modules().items():
            tensors |= add_prefix(name, module.state_dict())
        tensors |= add_prefix("adam", flatten_adam(self._adam))
        return tensors, {"step": self.step, "steps": self.settings.steps, "seed": self.seed}

    def load(self, tensors: Mapping[str, Tensor], document: Mapping[str, Any]) -> None:
        """Continue from a state(), in a training of the same parent, pairs and settings.

        Raises TrainingError if the state is of another training.
        """
        try:
            step, seed = int(document["step"]), int(document["seed"])
            rng = tensors["rng"]
        except (KeyError, TypeError, ValueError) as error:
            raise TrainingError("The saved training is not one of a drawn domain.") from error
        for name, module in self._modules().items():
            restore_module(module, strip_prefix(tensors, name))
        restore_adam(self._adam, strip_prefix(tensors, "adam"))
        self._rng.set_state(rng)
        self.step, self.seed = step, seed

    def _learn(self) -> dict[str, float]:
        """Learn from one batch."""
        settings, device = self.settings, self.source.device
        for group in self._adam.param_groups:
            group["lr"] = settings.learning_rate * rate_factor(self.step, self.total)
        chosen = torch.randint(len(self._pairs.w), (settings.batch,), generator=self._rng)
        wanted = as_images(self._pairs.pictures[chosen].to(device))
        ws = self._learner.broadcast(self._pairs.w[chosen].to(device))
        images = self._learner.synthesis(ws, noise="constant")
        terms = pixel_losses(images, wanted, self._focus)
        terms["borders"] = border_loss(images, wanted)
        window = sample_window(images.shape[-1], min(WINDOW_PX, images.shape[-1]), self._rng)
        if self._vgg is not None and self.step % FEATURES_EVERY == 0:
            rows, columns = window
            terms["features"] = feature_loss(
                self._vgg, images[..., rows, columns], wanted[..., rows, columns]
            )
        loss = total_loss(LOSSES, terms, settings)
        losses = {"loss": float(loss.detach())}
        losses |= {name: float(value.detach()) for name, value in terms.items()}
        if not all_finite(losses):
            raise TrainingError(
                f"The training diverged at step {self.step + 1}. Go back to an earlier snapshot, or start again "
                "with a lower learning rate."
            )
        self._adam.zero_grad(set_to_none=True)
        loss.backward()
        self._adam.step()
        # The average follows quickly at first, so that an early snapshot already shows the new domain.
        half_life = min(settings.half_life, 0.2 * settings.batch * (self.step + 1))
        update_average(self._averaged, self._trained, settings.batch / half_life)
        return losses

    def _modules(self) -> dict[str, nn.Module]:
        return {"generator": self._learner.synthesis, "average": self._average.synthesis}


def rate_factor(step: int, steps: int) -> float:
    """Return the share of the learning rate at a step: it rises, stays, and falls to the end."""
    share = step / steps
    rising = min(1.0, (step + 1) / WARM_UP_STEPS)
    return rising * (1.0 if share < PLATEAU else max(LAST_RATE, (1 - share) / (1 - PLATEAU)))


@torch.no_grad()
def set_screens(generator: Generator, screens: Sequence[np.ndarray]) -> None:
    """Put screens into the noise inputs of the last layers, the first into the last; the others become still.

    A layer without a screen begins with nothing, so that the pictures are the parent's; it may learn a pattern.
    """
    for number, layer in enumerate(reversed(_still_layers(generator))):
        if number < len(screens):
            layer.noise_const.copy_(torch.from_numpy(screens[number])[None, None] * SCREEN_CONTRAST)
            layer.noise_strength.fill_(SCREEN_STRENGTH)
        else:
            layer.noise_const.zero_()
            layer.noise_strength.fill_(SCREEN_STRENGTH)


def face_focus(side: int) -> Tensor:
    """Return how much each pixel counts, [1, side, side]: more where an aligned face is; 1 on average."""
    place = (torch.arange(side) + 0.5) / side
    across, down = ((place - c).square() / (2 * FOCUS_SPREAD**2) for c in FOCUS_CENTRE)
    focus = 1 + FOCUS * torch.exp(-down[:, None] - across[None])
    return (focus / focus.mean())[None]


def _learnt_tensors(generator: Generator) -> list[Tensor]:
    """Return what learns: the synthesis network, and of its noise inputs those of the last layers."""
    parameters = generator.synthesis.named_parameters()
    tensors: list[Tensor] = [value for name, value in parameters if not name.endswith("noise_strength")]
    for layer in _still_layers(generator):
        tensors += [layer.noise_strength, layer.noise_const]
    return tensors


def _still_layers(generator: Generator) -> list[SynthesisLayer]:
    """Return the layers whose noise inputs are learnt."""
    layers = list(generator.synthesis.layers)[-STILL_LAYERS:]
    return [layer for layer in layers if isinstance(layer, SynthesisLayer)]
