"""Few-shot domain adaptation: training the generator of a domain for another domain, given about ten images.

Source: Ojha et al., "Few-shot Image Generation via Cross-domain Correspondence", CVPR 2021.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor

from ddsgui.errors import TrainingError
from ddsgui.stylegan.discriminator import Discriminator
from ddsgui.stylegan.generator import Generator, Noise
from ddsgui.training.augment import Augment, Policy
from ddsgui.training.borders import frame_loss, frame_strength
from ddsgui.training.few_shot.example_shape import ExampleShape
from ddsgui.training.few_shot.latents import AnchoredLatents
from ddsgui.training.few_shot.networks import AdaptationNetworks
from ddsgui.training.few_shot.settings import AdaptationSettings, AdaptationStep
from ddsgui.training.losses import (
    TrainingLoss,
    distance_consistency,
    fake_loss,
    generator_loss,
    log_distribution,
    r1_penalty,
    random_layers,
    real_loss,
    total_loss,
)
from ddsgui.training.pictures import as_images
from ddsgui.training.state import all_finite
from ddsgui.training.symmetry import MirrorSymmetryPenalty

__all__ = ["AdaptationSettings", "AdaptationStep", "FewShotAdaptation"]

LOSSES = (
    TrainingLoss("adversarial"),
    TrainingLoss("consistency", "consistency"),
    TrainingLoss("discriminator"),
    TrainingLoss("symmetry", "symmetry"),
    TrainingLoss("borders", "borders"),
    TrainingLoss("shape", "shape"),
)
REPORTED = ("adversarial", "consistency", "discriminator")  # by a step; consistency weighted
NOISE: Noise = "constant"  # as pictures are drawn everywhere; the lines of a drawn domain lie in it
HALF_LIFE_SHARE = 0.15  # of the images so far, which the average's half-life is at most
SYMMETRY_MOMENTUM = 0.03  # weight of a batch of four in the running mean


class FewShotAdaptation:
    """An adaptation, which starts with copies of the source's networks; steps() continues from the current step.

    The mapping network does not change, so that one latent is one person in both domains, nor do the strengths of
    the noise inputs. The generated images of a step serve both networks, which are then updated together.
    """

    def __init__(
        self,
        source: Generator,
        examples: Tensor,
        discriminator: Discriminator | None = None,
        settings: AdaptationSettings | None = None,
        seed: int = 0,
    ) -> None:
        """examples: uint8 [N, 3, R, R]. discriminator: the source domain's, or None for a fresh one.

        Everything runs on the source's device. Raises TrainingError if these do not fit together.
        """
        side = source.config.resolution
        check_fit(side, examples, discriminator)
        self.settings, self.seed, self.step = settings or AdaptationSettings(), seed, 0
        self.warm_up = self.settings.warm_up if discriminator is None else 0
        self.source = source
        self._rng = torch.Generator().manual_seed(seed)
        self._examples = torch.cat([examples, examples.flip(3)]).to(source.device)
        self._usual_borders = frame_strength(as_images(self._examples))
        self._networks = AdaptationNetworks(source, discriminator, self.settings, self._rng)
        self._latents = AnchoredLatents(source, self.settings, self._rng)
        self._mirror_symmetry = MirrorSymmetryPenalty(SYMMETRY_MOMENTUM)
        self._augment = Augment(
            self.settings.augmentation_strength, cast(Policy, self.settings.augmentation), self._rng
        )
        self._shape = ExampleShape.measured(source, examples) if self.settings.shape else None

    @property
    def total(self) -> int:
        """The number of all steps, the warm-up included."""
        return self.warm_up + self.settings.steps

    @property
    def generator(self) -> Generator:
        """The adapted domain so far: a frozen copy of the averaged weights."""
        return copy.deepcopy(self._networks.average).freeze()

    @property
    def discriminator(self) -> Discriminator:
        """A frozen copy of the discriminator of the adapted domain's whole images."""
        return copy.deepcopy(self._networks.discriminator).freeze()

    def steps(self) -> Iterator[AdaptationStep]:
        """Adapt from the current step to the last. Raises TrainingError if the losses diverge."""
        while self.step < self.total:
            began = time.perf_counter()
            warming = self.step < self.warm_up
            losses = self._warm() if warming else self._adapt()
            self.step += 1
            yield AdaptationStep(self.step, self.total, losses, time.perf_counter() - began, warming)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return everything that training changes, for save_state(), to resume as if it had never stopped."""
        tensors = {
            **self._networks.tensors(),
            "anchors": self._latents.anchors,
            "rng": self._rng.get_state(),
        }
        if self._mirror_symmetry.running is not None:
            tensors["lopsidedness"] = self._mirror_symmetry.running
        return tensors, {
            "step": self.step,
            "steps": self.settings.steps,
            "warm_up": self.warm_up,
            "seed": self.seed,
        }

    def load(self, tensors: Mapping[str, Tensor], document: Mapping[str, Any]) -> None:
        """Continue from a state(), in an adaptation of the same source, examples and settings.

        Raises TrainingError if the state is of another training.
        """
        try:
            step, warm_up, seed = (int(document[key]) for key in ("step", "warm_up", "seed"))
            anchors, rng = tensors["anchors"], tensors["rng"]
        except (KeyError, TypeError, ValueError) as error:
            raise TrainingError("The saved training is not a few-shot adaptation.") from error
        if anchors.shape != self._latents.anchors.shape:
            raise TrainingError("The saved training belongs to other networks.")
        self._networks.restore(tensors)
        self._latents.anchors.copy_(anchors)
        running = tensors.get("lopsidedness")
        self._mirror_symmetry.running = None if running is None else running.to(self.source.device)
        self._rng.set_state(rng)
        self.step, self.warm_up, self.seed = step, warm_up, seed

    def _warm(self) -> dict[str, float]:
        """Train a new discriminator alone, to tell the examples from the source's own images."""
        anchored = self._is_anchored()
        discriminate = self._discriminator_for(anchored)
        real = self._learn_examples(discriminate)
        with torch.no_grad():
            fake = self.source.synthesis(self._latents.draw(anchored), NOISE)
        discriminator = real + self._learn_generated(discriminate(fake))
        losses = {"adversarial": 0.0, "consistency": 0.0, "discriminator": discriminator.item()}
        self._update([], losses)
        return losses

    def _adapt(self) -> dict[str, float]:
        """Train both networks with one batch."""
        settings, anchored = self.settings, self._is_anchored()
        discriminate = self._discriminator_for(anchored)
        real = self._learn_examples(discriminate)
        ws = self._latents.draw(anchored)
        rows = random_layers(len(ws), self.source.config.num_layers, self._rng)
        with torch.no_grad():
            if self._shape is None:
                pictures, layers = None, self.source.synthesis.features(ws, max(rows) + 1, NOISE)
            else:
                pictures, layers = self.source.synthesis.with_features(ws, NOISE)
            wanted = log_distribution(layers, rows)
        fake, features = self._networks.generator.synthesis.with_features(ws, NOISE)
        # The discriminator's graph is released before the generator's is walked back, so that memory never holds both.
        image = fake.detach().requires_grad_()
        fake_logits = discriminate(image)
        adversarial = generator_loss(fake_logits)
        (gradient,) = torch.autograd.grad(adversarial, image, retain_graph=True)
        discriminator = real + self._learn_generated(fake_logits)
        terms = {
            "consistency": distance_consistency(wanted, features, rows),
            "symmetry": self._mirror_symmetry.penalty(fake),
            "borders": frame_loss(fake, self._usual_borders),
        }
        if self._shape is not None and pictures is not None:
            terms["shape"] = self._shape.loss(fake, pictures, self.step / self.total)
        rest = total_loss(LOSSES, terms, settings)
        gradients = torch.autograd.grad([fake, rest], self._networks.trained, [gradient, None])
        consistency = settings.consistency * terms["consistency"]
        values = torch.stack([adversarial, consistency, discriminator]).tolist()
        losses: dict[str, float] = dict(zip(REPORTED, values, strict=True))
        self._update(gradients, losses)
        # The average follows quickly at first, so that an early snapshot already shows the new domain.
        half_life = min(settings.half_life, HALF_LIFE_SHARE * settings.batch * (self.step + 1))
        self._networks.update_average(settings.batch / half_life)
        return losses

    def _update(self, gradients: Sequence[Tensor], losses: dict[str, float]) -> None:
        """Move both networks: the generator by `gradients`, the discriminator by its accumulated ones."""
        if not all_finite(losses):
            raise TrainingError(
                f"The adaptation diverged at step {self.step + 1}. Go back to an earlier snapshot, "
                "or start again with a lower learning rate."
            )
        self._networks.update(gradients)

    def _learn_examples(self, discriminate: Callable[[Tensor], Tensor]) -> Tensor:
        """Return the discriminator's loss on a batch of examples, every `r1_every` steps with the gradient penalty.

        Accumulates its gradient before anything is generated: the penalty's graph takes the most memory, and is
        released by then. Parameters that this step's discriminator does not use have no gradient, and Adam skips them.
        """
        settings = self.settings
        chosen = torch.randint(len(self._examples), (settings.batch,), generator=self._rng)
        real = as_images(self._examples[chosen.to(self._examples.device)])
        penalised = self.step % settings.r1_every == 0 and settings.r1 > 0
        logits = discriminate(real.requires_grad_(penalised))
        loss = real_loss(logits)
        if penalised:
            patches = logits[0].numel()
            loss = loss + r1_penalty(logits, real, settings.r1, patches) * settings.r1_every
        self._networks.discriminator_adam.zero_grad(set_to_none=True)
        loss.backward(inputs=self._networks.discriminator_parameters)
        return loss.detach()

    def _learn_generated(self, fake_logits: Tensor) -> Tensor:
        """Return the discriminator's loss on the generated batch, and accumulate its gradient."""
        loss = fake_loss(fake_logits)
        loss.backward(inputs=self._networks.discriminator_parameters)
        return loss.detach()

    def _discriminator_for(self, anchored: bool) -> Callable[[Tensor], Tensor]:
        """Return a function of images: logits [N, 1] of whole ones near an anchor, else [N, 1, R/4, R/4] of patches."""
        discriminate = self._networks.discriminator if anchored else self._networks.patch_logits
        return lambda image: discriminate(self._augment(image))

    def _is_anchored(self) -> bool:
        return self.step % self.settings.anchor_every == 0


def check_fit(side: int, examples: Tensor, discriminator: Discriminator | None) -> None:
    """Raise TrainingError unless a domain of `side` pixels can be adapted with these."""
    if examples.dtype != torch.uint8 or examples.dim() != 4 or not len(examples):
        raise TrainingError("An adaptation needs one example picture or more.")
    if examples.shape[1:] != (3, side, side):
        raise TrainingError(f"The examples must be {side} × {side} pixels, like the domain's pictures.")
    if discriminator is not None and discriminator.config.resolution != side:
        raise TrainingError(
            f"The discriminator judges {discriminator.config.resolution} pixels; the domain draws {side}."
        )
