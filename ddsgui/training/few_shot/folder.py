"""An adaptation on the disk: a DomainFolder with its examples, examples/NN.png, and the source's discriminator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ddsgui.images import read_image, write_png
from ddsgui.training.domain_folder import SOURCE_FILE, DomainFolder, prepare_folder, write_settings
from ddsgui.training.few_shot.settings import AdaptationSettings
from ddsgui.version import __version__

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from ddsgui.training.few_shot.adaptation import FewShotAdaptation

_NOT_ON_CARD = ("steps", "warm_up")  # settings; the card gives the steps that were taken


class AdaptationFolder(DomainFolder):
    """The folder of one adaptation. Its settings, source and examples never change."""

    WHAT = "an adaptation"

    @classmethod
    def create(
        cls,
        path: Path,
        source: Path,
        settings: AdaptationSettings,
        examples: Tensor,
        seed: int = 0,
        class_index: int | None = None,
    ) -> AdaptationFolder:
        """Save everything that an adaptation of the domain file `source` starts with; nothing is trained yet.

        examples: uint8 [N, 3, R, R]. class_index: the class to adapt of a source that draws several. The folder is
        made. Raises TrainingError if it holds an adaptation already, or if the examples do not fit the domain.
        """
        from ddsgui.checkpoints.checkpoint import (
            DomainMetadata,
            discriminator_path,
            load_discriminator,
            load_generator,
            save_discriminator,
            save_generator,
        )
        from ddsgui.training.few_shot.adaptation import check_fit

        generator = load_generator(source, class_index=class_index)
        discriminator = load_discriminator(source)
        check_fit(generator.config.resolution, examples, discriminator)
        prepare_folder(path, cls.WHAT, "examples")
        # A copy, so that it can be resumed when the library has changed.
        save_generator(generator, path / SOURCE_FILE, DomainMetadata(source.stem))
        if discriminator is not None:
            save_discriminator(discriminator, discriminator_path(path / SOURCE_FILE))
        for number, example in enumerate(examples.movedim(1, -1).contiguous().numpy()):
            write_png(_example(path, number), example)
        document = {
            "examples": len(examples),
            "seed": seed,
            "class": class_index,
            "settings": settings.as_dict(),
        }
        write_settings(path, source, document)
        return cls(path)

    @property
    def examples(self) -> int:
        """The number of example pictures."""
        return self._examples

    @property
    def warm_up(self) -> int:
        """The steps in which only a new discriminator learns; 0 if the source has a discriminator."""
        has_discriminator = (self.path / "source.discriminator.safetensors").exists()
        return 0 if has_discriminator else self.settings.warm_up

    def examples_tensor(self) -> Tensor:
        """Return the example pictures, uint8 [N, 3, R, R]."""
        import torch

        pictures = np.stack([read_image(_example(self.path, number)) for number in range(self.examples)])
        return torch.from_numpy(pictures).movedim(-1, 1).contiguous()

    def resume(self, device: torch.device | str = "cpu", steps: int | None = None) -> FewShotAdaptation:
        """Return the adaptation as it was saved last, or at its start.

        steps: the new number of steps after the warm-up, if it changes. Raises DdsError if a file is
        missing or damaged.
        """
        from ddsgui.checkpoints.checkpoint import load_discriminator, load_generator
        from ddsgui.training.few_shot.adaptation import FewShotAdaptation

        source = self.path / SOURCE_FILE
        settings = replace(self.settings, steps=self.steps - self.warm_up if steps is None else steps)
        adaptation = FewShotAdaptation(
            load_generator(source, device, class_index=self.class_index),
            self.examples_tensor(),
            load_discriminator(source, device),
            settings,
            self.seed,
        )
        self._continue(adaptation)
        return adaptation

    def card(self, step: int) -> dict[str, Any]:
        """Return the card of a domain of this adaptation: its origin and method."""
        chosen = {} if self.class_index is None else {"class": self.class_index}
        return {
            "origin": f"adapted from {self._source_name} to {self.examples} pictures by ddsgui {__version__}",
            **chosen,
            "method": "Ojha et al., Few-shot Image Generation via Cross-domain Correspondence, CVPR 2021",
            "licence": "unknown",
            "examples": self.examples,
            "steps": max(0, step - self.warm_up),
            "discriminator": f"fresh, {self.warm_up} steps of warm-up" if self.warm_up else "the source's",
            "seed": self.seed,
            "settings": {
                name: value for name, value in self.settings.as_dict().items() if name not in _NOT_ON_CARD
            },
        }

    @property
    def batch(self) -> int:
        """The number of pictures per step."""
        return self.settings.batch

    def _read(self, document: Mapping[str, Any]) -> None:
        self._examples = int(document["examples"])
        self.settings = AdaptationSettings.from_dict(document["settings"])

    def _usual_steps(self) -> int:
        return self.settings.steps


def _example(path: Path, number: int) -> Path:
    return path / "examples" / f"{number:02d}.png"
