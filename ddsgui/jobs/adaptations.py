"""Jobs of the New domain dialog, for the engine thread: read examples, adapt or learn, show snapshots, save, resume."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from ddsgui.editing.example import MAX_EXAMPLES, Example, picture_files, read_example
from ddsgui.errors import DdsError, ImageError, TrainingError
from ddsgui.jobs.adaptation_folders import licence_of, open_adaptation
from ddsgui.jobs.adaptation_values import (
    Adaptation,
    ComparisonGrid,
    DomainRequest,
    DrawnRequest,
    ReadResult,
    SaveRequest,
    UnfinishedAdaptation,
)
from ddsgui.jobs.eta import Eta
from ddsgui.jobs.job import Cancelled
from ddsgui.jobs.mix import Jobs
from ddsgui.library.library import split_class
from ddsgui.paths import reason_of
from ddsgui.picture_file import is_picture
from ddsgui.text import duration_text
from ddsgui.training.domain_folder import DomainFolder
from ddsgui.training.drawn.folder import DrawnFolder, Recipe
from ddsgui.training.drawn.settings import DrawnSettings
from ddsgui.training.few_shot.folder import AdaptationFolder
from ddsgui.training.few_shot.settings import AdaptationSettings

if TYPE_CHECKING:
    import torch

    from ddsgui.jobs.adaptation_runner import AdaptationRunner
    from ddsgui.stylegan.generator import Generator as Network

log = logging.getLogger(__name__)


class AdaptationJobs:
    """Jobs for one adaptation at a time. Create it in the GUI thread; only the engine thread uses it."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._runner: AdaptationRunner | None = None

    @property
    def folder(self) -> Path:
        """The folder of unfinished adaptations."""
        return self._jobs.library.folder / "adaptations"

    def read(
        self, paths: tuple[Path, ...], known: frozenset[Path]
    ) -> Generator[ReadResult, None, ReadResult]:
        """Read the files that are pictures and not yet among the examples; yield everything read so far."""
        examples: list[Example] = []
        refused: list[tuple[str, str]] = []
        left_out: list[str] = []
        files = [file for file in picture_files(paths) if file not in known]
        room = MAX_EXAMPLES - len(known)
        for file in files:
            try:
                if len(examples) < room:
                    examples.append(read_example(file))
                elif is_picture(file):
                    left_out.append(file.name)
            except ImageError as error:
                refused.append((file.name, str(error)))
            yield ReadResult(tuple(examples), tuple(refused))
        if not files and not known:
            refused.append(
                ("", "There are no pictures here. PNG, JPEG, WebP and TIFF files are accepted, among others.")
            )
        return ReadResult(tuple(examples), tuple(refused), tuple(left_out))

    def unfinished(self) -> Generator[None, None, tuple[UnfinishedAdaptation, ...]]:
        """Return the adaptations that can be resumed, the newest first."""
        yield
        unfinished: list[UnfinishedAdaptation] = []
        for settings in self.folder.glob("*/settings.json"):
            try:
                folder = open_adaptation(settings.parent)
            except DdsError as error:
                log.warning("An adaptation cannot be resumed: %s", error)
                continue
            state = settings.with_name("state.safetensors")
            ago = time.time() - (state if state.exists() else settings).stat().st_mtime
            title = self._source(folder)[1]
            unfinished.append(
                UnfinishedAdaptation(
                    name=folder.path.name,
                    source=title,
                    examples=folder.examples,
                    step=max(0, folder.step - folder.warm_up),
                    steps=folder.steps - folder.warm_up,
                    seconds_ago=max(0.0, ago),
                )
            )
        return tuple(sorted(unfinished, key=lambda adaptation: adaptation.seconds_ago))

    def begin(self, request: DomainRequest) -> Generator[str | Adaptation | None, None, Adaptation]:
        """Crop the examples and adapt; yield sentences about the preparation, then the progress."""
        yield "Getting ready…"
        from ddsgui.jobs.adaptation_runner import as_tensor
        from ddsgui.stylegan.padding import with_padding

        source, class_index = self._jobs.library.domain(request.source), split_class(request.source)[1]
        config = self._jobs.models.generator(request.source).config
        cuts = []
        for number, example in enumerate(request.examples, 1):
            yield f"Cropping picture {number} of {len(request.examples)}…"
            cuts.append(with_padding(example.cut(config.resolution), config))
        settings = AdaptationSettings(steps=request.steps)
        folder = AdaptationFolder.create(
            self.folder / request.name, source, settings, as_tensor(cuts), class_index=class_index
        )
        return (yield from self._adapt(folder))

    def resume(self, name: str) -> Generator[str | Adaptation, None, Adaptation]:
        """Resume an adaptation."""
        yield "Getting ready…"
        return (yield from self._adapt(open_adaptation(self.folder / name)))

    def begin_drawn(self, request: DrawnRequest) -> Generator[str | Adaptation, None, Adaptation]:
        """Draw pairs with a painter and learn them; yield sentences about the preparation, then the progress."""
        yield "Getting ready…"
        source, class_index = self._jobs.library.domain(request.source), split_class(request.source)[1]
        folder = DrawnFolder.create(
            self.folder / request.name,
            source,
            DrawnSettings(steps=request.steps),
            Recipe(request.painter, dict(request.values)),
            class_index=class_index,
            licence=licence_of(source),
        )
        try:
            yield from pair_sentences(folder, self._jobs.models.device)
        except DdsError:
            shutil.rmtree(folder.path, ignore_errors=True)  # it would fail again
            raise
        return (yield from self._adapt(folder))

    def _adapt(self, folder: DomainFolder) -> Generator[str | Adaptation, None, Adaptation]:
        from ddsgui.jobs.adaptation_runner import AdaptationRunner

        if self._runner is None or self._runner.folder.path != folder.path:
            self._runner = None  # frees its memory first
            name, title = self._source(folder)
            if isinstance(folder, DrawnFolder):
                yield from pair_sentences(folder, self._jobs.models.device)
            yield f"Loading {title}…"
            self._runner = AdaptationRunner(folder, folder.resume(self._jobs.models.device), name, title)
        runner = self._runner
        try:
            yield from runner.steps()
        except Cancelled:
            pass
        except GeneratorExit:
            runner.save()  # the program is closing
            raise
        except Exception:
            self._runner = None  # the last save is better than its current state
            raise
        return runner.write()

    def write(self) -> Generator[None, None, Adaptation | None]:
        """Save a paused adaptation, or one whose last save failed."""
        yield
        return None if self._runner is None else self._runner.write()

    def inspect(self, name: str, step: int) -> Generator[None, None, ComparisonGrid]:
        """Draw the fixed latents with a snapshot."""
        yield
        from ddsgui.jobs.adaptation_runner import draw

        return ComparisonGrid(step, draw(self._snapshot(name, step)))

    def save(self, saving: SaveRequest) -> Generator[None, None, SaveRequest]:
        """Save a snapshot in the library, with its card and its discriminator for later adaptations."""
        yield
        from ddsgui.checkpoints.checkpoint import discriminator_path, save_discriminator

        folder = open_adaptation(self.folder / saving.adaptation)
        generator = self._snapshot(saving.adaptation, saving.step)
        path = self._jobs.library.domain_path(saving.name)
        step = saving.step + folder.warm_up
        card = folder.card(step)
        if saving.origin:
            card["origin"] += f": {saving.origin}"
        card["licence"] = saving.licence or card["licence"]
        folder.save_domain(generator, path, step=step, name=saving.name, title=saving.title, card=card)
        discriminator = discriminator_path(path)
        discriminator.unlink(missing_ok=True)  # left by another domain of this name
        if (runner := self._runner) is not None and runner.folder.path == folder.path:
            network = runner.adaptation.discriminator
            if network is not None:
                save_discriminator(network, discriminator, half=True)
        return saving

    def release(self) -> Generator[None, None, None]:
        """Free the memory, unless it holds something unsaved."""
        yield
        if self._runner is not None and not self._runner.save_error:
            self._runner = None

    def discard(self, name: str) -> Generator[None, None, None]:
        """Delete an adaptation with its files."""
        yield
        if self._runner is not None and self._runner.folder.path == self.folder / name:
            self._runner = None
        try:
            shutil.rmtree(self.folder / name)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise DdsError(f"{self.folder / name} cannot be deleted: {reason_of(error)}.") from error

    def _snapshot(self, name: str, step: int) -> Network:
        """Return the domain at a step: from memory if it is the newest step, otherwise from the disk."""
        runner = self._runner
        if (
            runner is not None
            and runner.folder.path == self.folder / name
            and runner.status.newest.step == step
        ):
            return runner.newest
        from ddsgui.checkpoints.checkpoint import load_generator

        folder = open_adaptation(self.folder / name)
        for snapshot in folder.snapshots():
            if snapshot.step - folder.warm_up == step:
                return load_generator(snapshot.path, self._jobs.models.device, class_index=folder.class_index)
        raise TrainingError(f"The snapshot of step {step} is missing. Choose another one.")

    def _source(self, folder: DomainFolder) -> tuple[str, str]:
        """Return the name (or path) and title of the source domain, both with its class if it has classes."""
        mark = "" if folder.class_index is None else f"#{folder.class_index}"
        for entry in self._jobs.library.domains():
            if entry.path.absolute() == folder.source:
                return f"{entry.name}{mark}", f"{entry.title} {mark}".rstrip()
        return f"{folder.source}{mark}", f"{folder.source.stem} {mark}".rstrip()


def pair_sentences(folder: DrawnFolder, device: torch.device | str) -> Generator[str, None, None]:
    """Draw the pairs of a drawn domain, unless they are there; yield sentences about the progress."""
    eta, what = Eta(), ""
    for progress in folder.pairs_steps(device):
        if progress.what != what:
            what = progress.what
            eta.forget()
        eta.tick(progress.done)
        words = f"{what}: {progress.done:,} of {progress.total:,}"
        left = eta.seconds_left(progress.total)
        yield words if left is None else f"{words}, about {duration_text(left)} left"
