"""Few-shot domain adaptation: a generator of one domain becomes that of another, told by some ten pictures.

Source: Ojha et al., "Few-shot Image Generation via Cross-domain Correspondence", CVPR 2021.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor

from ddsgui.errors import TrainingError
from ddsgui.stylegan.discriminator import Discriminator
from ddsgui.stylegan.generator import Generator, Noise
from ddsgui.training.augment import Augment, Policy
from ddsgui.training.few_shot.latents import AnchoredLatents
from ddsgui.training.few_shot.networks import AdaptationNetworks
from ddsgui.training.few_shot.settings import AdaptationSettings, AdaptationStep
from ddsgui.training.losses import (
    distance_consistency,
    fake_loss,
    generator_loss,
    log_distribution,
    r1_penalty,
    random_layers,
    real_loss,
)
from ddsgui.training.pictures import as_images
from ddsgui.training.state import all_finite
from ddsgui.training.symmetry import MirrorSymmetryPenalty

__all__ = ["AdaptationSettings", "AdaptationStep", "FewShotAdaptation"]

LOSSES = ("adversarial", "consistency", "discriminator")
SYMMETRY_MOMENTUM = 0.03  # weight of a batch of four in the running mean


class FewShotAdaptation:
    """Begins as the source in both networks; steps() goes on from wherever it is.

    The mapping network is the source's and stays so: one latent is one person in both domains. So do the strengths
    of the noise inputs. The generated pictures of a step serve both networks, which are then updated together.
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

        All goes on on the source's device. TrainingError if these do not fit together.
        """
        side = source.config.resolution
        check_fit(side, examples, discriminator)
        self.settings, self.seed, self.step = settings or AdaptationSettings(), seed, 0
        self.warm_up = self.settings.warm_up if discriminator is None else 0
        self.source = source
        self._rng = torch.Generator().manual_seed(seed)
        self._examples = torch.cat([examples, examples.flip(3)]).to(source.device)
        self._networks = AdaptationNetworks(source, discriminator, self.settings, self._rng)
        self._latents = AnchoredLatents(source, self.settings, self._rng)
        self._mirror_symmetry = MirrorSymmetryPenalty(SYMMETRY_MOMENTUM)
        self._augment = Augment(
            self.settings.augmentation_strength, cast(Policy, self.settings.augmentation), self._rng
        )
        strengths = [p for name, p in source.named_parameters() if name.endswith("noise_strength")]
        self._noise: Noise = "random" if any(bool(p != 0) for p in strengths) else "none"

    @property
    def total(self) -> int:
        """Steps in all, the warm-up's included."""
        return self.warm_up + self.settings.steps

    @property
    def generator(self) -> Generator:
        """The adapted domain so far: the average of the weights, frozen, a copy that training leaves alone."""
        return copy.deepcopy(self._networks.average).freeze()

    @property
    def discriminator(self) -> Discriminator:
        """What judges the adapted domain's whole pictures, likewise a frozen copy."""
        return copy.deepcopy(self._networks.discriminator).freeze()

    def steps(self) -> Iterator[AdaptationStep]:
        """Each step from the present one to the last. TrainingError if the losses run off."""
        while self.step < self.total:
            began = time.perf_counter()
            warming = self.step < self.warm_up
            with self._noise_drawn():
                losses = self._warm() if warming else self._adapt()
            self.step += 1
            yield AdaptationStep(self.step, self.total, losses, time.perf_counter() - began, warming)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """All that training changes, for save_state(): with it, it goes on as if it had never stopped."""
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
        """The inverse of state(), for an adaptation of the same source, examples and settings.

        TrainingError if the state is another training's.
        """
        try:
            step, warm_up, seed = (int(document[key]) for key in ("step", "warm_up", "seed"))
            anchors, rng = tensors["anchors"], tensors["rng"]
        except (KeyError, TypeError, ValueError) as error:
            raise TrainingError("The saved training is not a few-shot adaptation.") from error
        if anchors.shape != self._latents.anchors.shape:
            raise TrainingError("The saved training is of other networks.")
        self._networks.restore(tensors)
        self._latents.anchors.copy_(anchors)
        running = tensors.get("lopsidedness")
        self._mirror_symmetry.running = None if running is None else running.to(self.source.device)
        self._rng.set_state(rng)
        self.step, self.warm_up, self.seed = step, warm_up, seed

    def _warm(self) -> dict[str, float]:
        """A fresh discriminator learns to tell the examples from the source's own pictures."""
        anchored = self._is_anchored()
        judge = self._judge(anchored)
        against = self._on_examples(judge)
        with torch.no_grad():
            fake = self.source.synthesis(self._latents.draw(anchored), self._noise)
        against = against + self._on_generated(judge(fake))
        losses = {"adversarial": 0.0, "consistency": 0.0, "discriminator": against.item()}
        self._update([], losses)
        return losses

    def _adapt(self) -> dict[str, float]:
        """One step of both networks."""
        settings, anchored = self.settings, self._is_anchored()
        judge = self._judge(anchored)
        against = self._on_examples(judge)
        ws = self._latents.draw(anchored)
        rows = random_layers(len(ws), self.source.config.num_layers, self._rng)
        with torch.no_grad():
            theirs = log_distribution(self.source.synthesis.features(ws, max(rows) + 1, self._noise), rows)
        fake, ours = self._networks.generator.synthesis.with_features(ws, self._noise)
        # The discriminator's graph is gone before the generator's is walked back: never are both whole in memory.
        picture = fake.detach().requires_grad_()
        of_fake = judge(picture)
        adversarial = generator_loss(of_fake)
        (slope,) = torch.autograd.grad(adversarial, picture, retain_graph=True)
        against = against + self._on_generated(of_fake)
        consistency = settings.consistency * distance_consistency(theirs, ours, rows)
        rest = consistency + settings.symmetry * self._mirror_symmetry.penalty(fake)
        slopes = torch.autograd.grad([fake, rest], self._networks.trained, [slope, None])
        values = torch.stack([adversarial, consistency, against]).tolist()
        losses: dict[str, float] = dict(zip(LOSSES, values, strict=True))
        self._update(slopes, losses)
        self._networks.update_average(self.settings.batch / self.settings.half_life)
        return losses

    def _update(self, slopes: Sequence[Tensor], losses: dict[str, float]) -> None:
        """Move both networks: the generator by `slopes`, the discriminator by the gradients that were put by."""
        if not all_finite(losses):
            raise TrainingError(
                f"The losses ran off at step {self.step + 1}; go back to an earlier snapshot,"
                " or begin again with a lower learning rate."
            )
        self._networks.update(slopes)

    def _on_examples(self, judge: Callable[[Tensor], Tensor]) -> Tensor:
        """The discriminator's loss on a batch of examples, each `r1_every` steps with the penalty on their slope.

        Puts its gradient by, before anything is generated: the penalty's graph takes the most memory, and is gone
        by then. Where this step's judge does not reach there is none, which Adam passes over.
        """
        settings = self.settings
        chosen = torch.randint(len(self._examples), (settings.batch,), generator=self._rng)
        real = as_images(self._examples[chosen.to(self._examples.device)])
        penalised = self.step % settings.r1_every == 0 and settings.r1 > 0
        of_real = judge(real.requires_grad_(penalised))
        loss = real_loss(of_real)
        if penalised:
            patches = of_real[0].numel()
            loss = loss + r1_penalty(of_real, real, settings.r1, patches) * settings.r1_every
        self._networks.discriminator_adam.zero_grad(set_to_none=True)
        loss.backward(inputs=self._networks.discriminator_parameters)
        return loss.detach()

    def _on_generated(self, of_fake: Tensor) -> Tensor:
        """Its loss on the generated batch; adds the gradient to what was put by."""
        loss = fake_loss(of_fake)
        loss.backward(inputs=self._networks.discriminator_parameters)
        return loss.detach()

    def _judge(self, anchored: bool) -> Callable[[Tensor], Tensor]:
        """Pictures -> logits: [N, 1] of whole pictures around an anchor, [N, 1, R/4, R/4] of patches elsewhere."""
        judge = self._networks.discriminator if anchored else self._networks.patch_logits
        return lambda image: judge(self._augment(image))

    def _is_anchored(self) -> bool:
        return self.step % self.settings.anchor_every == 0

    @contextmanager
    def _noise_drawn(self) -> Iterator[None]:
        """What the noise inputs draw within hangs on the seed, and torch's own numbers are left as they were."""
        if self._noise == "none":
            yield
            return
        device = self.source.device
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(int(torch.randint(2**62, (), generator=self._rng)))
            yield


def check_fit(side: int, examples: Tensor, discriminator: Discriminator | None) -> None:
    """TrainingError unless these can teach a domain of `side` pixels."""
    if examples.dtype != torch.uint8 or examples.dim() != 4 or not len(examples):
        raise TrainingError("An adaptation takes one example picture or more.")
    if examples.shape[1:] != (3, side, side):
        raise TrainingError(f"The examples must be {side} × {side} pixels, as the domain's pictures.")
    if discriminator is not None and discriminator.config.resolution != side:
        raise TrainingError(
            f"The discriminator judges {discriminator.config.resolution} pixels; the domain draws {side}."
        )
