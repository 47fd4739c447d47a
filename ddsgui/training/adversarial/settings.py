"""Settings of an adversarial training. Free of torch: the command line reads this before it loads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ddsgui.errors import TrainingError
from ddsgui.synthesis.latents import MAX_SEED, MIN_SEED
from ddsgui.training.settings_checks import check_settings, is_number, keyed, setting, unkeyed
from ddsgui.training.stages import Stage, check_sides, check_widths, stage_sides, standard_widths

FIRST_SIDE = 16  # pixels, that growing begins with
# The shares of a total number of images; every larger side counts as the last.
_SHARES = {16: 1.0, 32: 1.0, 64: 1.7}
_LAST_SHARE = 3.0


@dataclass(frozen=True)
class AdversarialSettings:
    """Everything that decides, with the images, what a training gives."""

    # Each twice as large as the one before, in thousands of images; the last has the domain's resolution.
    stages: tuple[Stage, ...]
    channels: tuple[int, ...]  # the generator's widths at the levels 4, 8, …, R
    discriminator_channels: tuple[int, ...]  # the discriminator's
    latent: int = setting(256, 1, 4096)  # numbers in z, and in w
    mapping_layers: int = setting(4, 1, 64)
    batch: int = setting(16, 2, 1024)
    learning_rate: float = setting(2e-3, 0, 1)
    # The mapping network's: its layers run at a hundredth of it. Fast where people are found, slow once they are
    # refined.
    mapping_rate: float = setting(1e-2, 0, 1)
    late_mapping_rate: float = setting(1e-3, 0, 1)
    late_side: int = 64  # pixels, from which the late rate holds
    warm_up: int = setting(
        50, 0, 1e6
    )  # steps at the start of a stage in which the generator's rates rise to these
    r1: float = setting(0.3, 0, 1e4)  # γ of the gradient penalty
    r1_every: int = setting(16, 1, 1e6)  # steps
    mixing: float = setting(0.5, 0, 1)  # share of the latents whose finer layers take another's style
    fade_images: int = setting(6000, 0, 1e8)  # until a new level is faded in
    ema_images: int = setting(2000, 1, 1e8)  # half-life of the averaged generator
    symmetry: float = setting(
        0.02, 0, 1e3
    )  # weight of the asymmetry of the mean image, which mirrored data lacks
    mirror: bool = True  # train on each image's mirror image as well
    augment: float = setting(0.4, 0, 0.8)  # strength of the augmentation at the start, a probability
    augment_target: float = setting(0.6, 0, 1)  # of ADA: the mean sign of the logits of real images
    augment_kimg: float = setting(100.0, 0.01, 1e6)  # thousands of images in which ADA may go from 0 to 1
    encoder: bool = False  # reconstruct real images as well
    encoder_share: float = setting(0.5, 0, 1)  # of a batch that is reconstructed
    encoder_weight: float = setting(1.0, 0, 1e4)  # of the reconstruction's loss
    encoder_nats: float = setting(60.0, 0.1, 1e4)  # information that a latent may hold about its image
    seed: int = setting(0, MIN_SEED, MAX_SEED)

    def __post_init__(self) -> None:
        check_settings(self, "a training")
        sides = [stage.side for stage in self.stages]
        check_sides(sides)
        if not all(is_number(s.length) and 0 <= s.length <= 1e6 for s in self.stages) or not self.images:
            raise TrainingError("The thousands of images must be between 0 and 1,000,000, and not all be 0.")
        check_widths(sides[-1], self.channels, self.discriminator_channels)

    @property
    def resolution(self) -> int:
        """The side of the finished domain, in pixels."""
        return self.stages[-1].side

    @property
    def stage_images(self) -> tuple[int, ...]:
        """The number of images of each stage."""
        return tuple(round(stage.length * 1000) for stage in self.stages)

    @property
    def images(self) -> int:
        """The number of images of all stages."""
        return sum(self.stage_images)

    @property
    def words(self) -> list[str]:
        """The options of `ddsgui train` that give its stages, batch and encoder."""
        kimg = ",".join(f"{stage.side}:{stage.length:g}" for stage in self.stages)
        return ["--kimg", kimg, "--batch", str(self.batch), *(["--encoder"] if self.encoder else [])]

    @classmethod
    def for_resolution(cls, resolution: int, kimg: float, **changes: Any) -> AdversarialSettings:
        """Return the defaults for a domain of `resolution` pixels and a total of `kimg` thousand images.

        Raises TrainingError on an odd resolution or an absurd value.
        """
        return cls(**{"stages": split_budget(resolution, kimg), **standard_widths(resolution), **changes})

    def with_stages(self, stages: tuple[Stage, ...]) -> AdversarialSettings:
        """Return the settings with other stages. Raises TrainingError if the resolution would be another."""
        if not stages or stages[-1].side != self.resolution:
            raise TrainingError(f"This training is for {self.resolution} pixels; its stages must end there.")
        return replace(self, stages=stages)

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            **keyed(self),
            "stages": [[stage.side, stage.length] for stage in self.stages],
            "channels": list(self.channels),
            "discriminator_channels": list(self.discriminator_channels),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> AdversarialSettings:
        """Return the settings that as_dict() wrote. Raises TrainingError on anything else."""
        try:
            plain = unkeyed(cls, data)
            stages = tuple(Stage(side, float(kimg)) for side, kimg in plain.pop("stages"))
            widths = {name: tuple(plain.pop(name)) for name in ("channels", "discriminator_channels")}
            return cls(stages=stages, **widths, **plain)
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
            raise TrainingError("These are not settings of a training that this version knows.") from error


def split_budget(resolution: int, kimg: float, first: int | None = None) -> tuple[Stage, ...]:
    """Return stages of the sides first, 2·first, …, R for a total of thousands of images: the larger, the more.

    first: 16 by default, a power of two. Raises TrainingError on an odd resolution.
    """
    sides = stage_sides(first or FIRST_SIDE, resolution)
    shares = [_SHARES.get(side, _LAST_SHARE) for side in sides]
    return tuple(
        Stage(side, round(kimg * share / sum(shares), 3)) for side, share in zip(sides, shares, strict=True)
    )
