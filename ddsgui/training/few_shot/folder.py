"""An adaptation on the disk: its source and examples, its progress, and snapshots of it.

Files: settings.json (written last: without it there is no adaptation), examples/NN.png, source.safetensors and its
discriminator, state.safetensors to resume from, snapshots/NNNNN.safetensors, each a domain that can be opened.
Reading their state needs no torch.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ddsgui.errors import DdsError, TrainingError
from ddsgui.images import read_image, write_png
from ddsgui.paths import reason_of, write_beside
from ddsgui.training.few_shot.settings import AdaptationSettings
from ddsgui.training.few_shot.snapshots import Snapshot, list_snapshots, thin_snapshots
from ddsgui.version import __version__

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from ddsgui.stylegan.generator import Generator
    from ddsgui.training.few_shot.adaptation import FewShotAdaptation

FOLDER_FORMAT = 1
SAVE_SECONDS = 45.0  # with a step and the save itself, less than a minute is ever lost
_NOT_ON_CARD = ("steps", "warm_up")  # settings; the card gives the steps that were taken


class AdaptationFolder:
    """The folder of one adaptation. Its settings, source and examples never change."""

    def __init__(self, path: Path) -> None:
        """Open what create() made. Raises TrainingError if there is no adaptation or settings.json is damaged."""
        self.path = path
        try:
            document = json.loads((path / "settings.json").read_text("utf-8"))
            if document["format"] != FOLDER_FORMAT:
                raise TrainingError(
                    f"{path} was started by another version of ddsgui. Resume it with that version."
                )
            self.source = Path(document["source"])  # the file that it started from; it may be gone
            self.parent = str(document["parent"])  # its SHA-256
            self.examples = int(document["examples"])
            self.seed = int(document["seed"])
            chosen = document.get("class")  # of a source that draws several
            self.class_index = None if chosen is None else int(chosen)
            self.settings = AdaptationSettings.from_dict(document["settings"])
        except FileNotFoundError as error:
            raise TrainingError(f"There is no adaptation in {path}.") from error
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise TrainingError(f"The adaptation in {path} is damaged. Start it again.") from error
        self._saved = self._snapshot_taken = time.monotonic()

    @classmethod
    def open(cls, path: Path) -> AdaptationFolder:
        """Return the adaptation in a folder. Raises TrainingError if there is none."""
        return cls(path)

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
        from ddsgui.checkpoints.hashing import file_sha256
        from ddsgui.training.few_shot.adaptation import check_fit

        if (path / "settings.json").exists():
            raise TrainingError(f"{path} already holds an adaptation. Resume it or choose another name.")
        generator = load_generator(source, class_index=class_index)
        discriminator = load_discriminator(source)
        check_fit(generator.config.resolution, examples, discriminator)
        try:
            for folder in (path / "examples", path / "snapshots"):
                folder.mkdir(parents=True, exist_ok=True)
            for left in (path / "state.safetensors", *(path / "snapshots").iterdir()):
                left.unlink(missing_ok=True)  # of one whose creation or deletion was interrupted
        except OSError as error:
            raise DdsError(f"{path} cannot be written: {reason_of(error, path)}.") from error
        # A copy, so that it can be resumed when the library has changed.
        save_generator(generator, path / "source.safetensors", DomainMetadata(source.stem))
        if discriminator is not None:
            save_discriminator(discriminator, discriminator_path(path / "source.safetensors"))
        for number, example in enumerate(examples.movedim(1, -1).contiguous().numpy()):
            write_png(_example(path, number), example)
        document = {
            "format": FOLDER_FORMAT,
            "source": str(source.absolute()),
            "parent": file_sha256(source),
            "examples": len(examples),
            "seed": seed,
            "class": class_index,
            "settings": settings.as_dict(),
        }
        with write_beside(path / "settings.json") as beside:
            beside.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
        return cls(path)

    @property
    def warm_up(self) -> int:
        """The steps in which only a new discriminator learns; 0 if the source has a discriminator."""
        has_discriminator = (self.path / "source.discriminator.safetensors").exists()
        return 0 if has_discriminator else self.settings.warm_up

    @property
    def step(self) -> int:
        """The step that resume() continues from, the warm-up included; 0 before the first save."""
        return int(self._saved_value("step", 0))

    @property
    def steps(self) -> int:
        """The number of all steps, the warm-up included."""
        return int(self._saved_value("steps", self.settings.steps)) + self.warm_up

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
        from ddsgui.training.state import load_state

        source = self.path / "source.safetensors"
        settings = replace(self.settings, steps=self.steps - self.warm_up if steps is None else steps)
        adaptation = FewShotAdaptation(
            load_generator(source, device, class_index=self.class_index),
            self.examples_tensor(),
            load_discriminator(source, device),
            settings,
            self.seed,
        )
        if self._state_path.exists():
            adaptation.load(*load_state(self._state_path))
        self._tidy()
        self._saved = self._snapshot_taken = time.monotonic()
        return adaptation

    def save(self, adaptation: FewShotAdaptation) -> None:
        """Save the state for resume(). Raises DdsError if the disk is full; then the last save is still intact."""
        from ddsgui.training.state import save_state

        save_state(self._state_path, *adaptation.state())
        self._saved = time.monotonic()

    def snapshot(self, adaptation: FewShotAdaptation) -> Snapshot:
        """Save a snapshot of the domain and thin older ones; the first and the newest stay."""
        path = self.path / "snapshots" / f"{adaptation.step:05d}.safetensors"
        self.save_domain(adaptation.generator, path, step=adaptation.step)
        self._snapshot_taken = time.monotonic()
        thin_snapshots(path.parent)
        return Snapshot(adaptation.step, path)

    def save_if_due(self, adaptation: FewShotAdaptation, every: float) -> None:
        """Save every SAVE_SECONDS, and take a snapshot every `every` seconds; call it after each step."""
        now = time.monotonic()
        if now - self._snapshot_taken >= every and adaptation.step > adaptation.warm_up:
            self.snapshot(adaptation)
        if now - self._saved >= SAVE_SECONDS:
            self.save(adaptation)

    def snapshots(self) -> list[Snapshot]:
        """Return all snapshots, the oldest first."""
        return list_snapshots(self.path / "snapshots")

    def save_domain(
        self,
        generator: Generator,
        path: Path,
        *,
        step: int,
        name: str = "",
        title: str = "",
        card: dict[str, Any] | None = None,
    ) -> None:
        """Write a domain of this adaptation in half precision. card: replaces entries of card(), or adds some."""
        from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator

        whole = {**self.card(step), **(card or {})}
        metadata = DomainMetadata(name or self.path.stem, title, whole, self.parent)
        save_generator(generator, path, metadata, half=True)

    def card(self, step: int) -> dict[str, Any]:
        """Return the card of a domain of this adaptation: its origin and method."""
        chosen = {} if self.class_index is None else {"class": self.class_index}
        source = self.source.stem if self.class_index is None else f"{self.source.stem}#{self.class_index}"
        return {
            "origin": f"adapted from {source} to {self.examples} pictures by ddsgui {__version__}",
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
    def _state_path(self) -> Path:
        return self.path / "state.safetensors"

    def _saved_value(self, key: str, default: int) -> Any:
        """Return a value of the saved state, from its header alone; `default` if it cannot be read."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self._state_path, framework="numpy") as file:
                return json.loads((file.metadata() or {})["ddsgui"])[key]
        except (OSError, SafetensorError, ValueError, KeyError, TypeError, RecursionError):
            return default

    def _tidy(self) -> None:
        """Remove half-written files of a process that was killed."""
        for folder in (self.path, self.path / "snapshots"):
            for leftover in folder.glob(".*.safetensors"):
                with suppress(OSError):
                    leftover.unlink()


def _example(path: Path, number: int) -> Path:
    return path / "examples" / f"{number:02d}.png"
