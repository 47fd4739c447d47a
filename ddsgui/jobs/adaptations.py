"""Making a domain in the engine thread: read pictures, adapt, look back, save, go on another day."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from ddsgui.editing.example import MAX_EXAMPLES, Example, picture_files, read_example
from ddsgui.errors import DdsError, ImageError, TrainingError
from ddsgui.jobs.adaptation_values import (
    Adaptation,
    ComparisonGrid,
    DomainRequest,
    ReadResult,
    SaveRequest,
    UnfinishedAdaptation,
)
from ddsgui.jobs.job import Cancelled
from ddsgui.jobs.mix import Jobs
from ddsgui.library.library import split_class
from ddsgui.paths import reason_of
from ddsgui.training.few_shot.folder import AdaptationFolder
from ddsgui.training.few_shot.settings import AdaptationSettings

if TYPE_CHECKING:
    from ddsgui.jobs.adaptation_runner import AdaptationRunner
    from ddsgui.stylegan.generator import Generator as Network

log = logging.getLogger(__name__)


class AdaptationJobs:
    """Made in the GUI thread, used in the engine thread alone; holds the adaptation that is under way."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._runner: AdaptationRunner | None = None

    @property
    def folder(self) -> Path:
        """Where adaptations are kept until they are discarded."""
        return self._jobs.library.folder / "adaptations"

    def read(
        self, paths: tuple[Path, ...], there: frozenset[Path]
    ) -> Generator[ReadResult, None, ReadResult]:
        """Read what is a picture, but for those that are there already; yields what it has so far."""
        examples: list[Example] = []
        refused: list[tuple[str, str]] = []
        files = [file for file in picture_files(paths) if file not in there]
        room = MAX_EXAMPLES - len(there)
        for file in files[:room]:
            try:
                examples.append(read_example(file))
            except ImageError as error:
                refused.append((file.name, str(error)))
            yield ReadResult(tuple(examples), tuple(refused))
        if not files and not there:
            refused.append(("", "There are no pictures in there; it takes PNG, JPEG, WebP or TIFF files."))
        return ReadResult(tuple(examples), tuple(refused), max(0, len(files) - room))

    def unfinished(self) -> Generator[None, None, tuple[UnfinishedAdaptation, ...]]:
        """What can be gone on with, the newest first."""
        yield
        found: list[UnfinishedAdaptation] = []
        for settings in self.folder.glob("*/settings.json"):
            try:
                folder = AdaptationFolder.open(settings.parent)
            except DdsError as error:
                log.warning("Left out of what can be gone on with: %s", error)
                continue
            state = settings.with_name("state.safetensors")
            ago = time.time() - (state if state.exists() else settings).stat().st_mtime
            title = self._source(folder)[1]
            found.append(
                UnfinishedAdaptation(
                    name=folder.path.name,
                    source=title,
                    examples=folder.examples,
                    step=max(0, folder.step - folder.warm_up),
                    steps=folder.steps - folder.warm_up,
                    seconds_ago=max(0.0, ago),
                )
            )
        return tuple(sorted(found, key=lambda one: one.seconds_ago))

    def begin(self, request: DomainRequest) -> Generator[str | Adaptation | None, None, Adaptation]:
        """Cut the pictures and adapt; yields what is under way and then how far it is."""
        yield "Getting ready…"
        from ddsgui.jobs.adaptation_runner import as_tensor

        source, class_index = self._jobs.library.domain(request.source), split_class(request.source)[1]
        resolution = self._jobs.models.generator(request.source).config.resolution
        cuts = []
        for number, example in enumerate(request.examples, 1):
            yield f"Cutting picture {number} of {len(request.examples)}…"
            cuts.append(example.cut(resolution))
        settings = AdaptationSettings(steps=request.steps)
        folder = AdaptationFolder.create(
            self.folder / request.name, source, settings, as_tensor(cuts), class_index=class_index
        )
        return (yield from self._adapt(folder))

    def resume(self, name: str) -> Generator[str | Adaptation, None, Adaptation]:
        """Adapt from where it was left."""
        yield "Getting ready…"
        return (yield from self._adapt(AdaptationFolder.open(self.folder / name)))

    def _adapt(self, folder: AdaptationFolder) -> Generator[str | Adaptation, None, Adaptation]:
        from ddsgui.jobs.adaptation_runner import AdaptationRunner

        if self._runner is None or self._runner.folder.path != folder.path:
            self._runner = None  # its memory first
            name, title = self._source(folder)
            yield f"Loading {title}…"
            self._runner = AdaptationRunner(folder, folder.resume(self._jobs.models.device), name, title)
        keeper = self._runner
        try:
            yield from keeper.steps()
        except Cancelled:
            pass
        except GeneratorExit:
            keeper.save()  # the program ends
            raise
        except Exception:
            self._runner = None  # what was saved last is better than this
            raise
        return keeper.write()

    def write(self) -> Generator[None, None, Adaptation | None]:
        """Put all that was learnt on the disk: the adaptation is held, or could not be written before."""
        yield
        return None if self._runner is None else self._runner.write()

    def inspect(self, name: str, step: int) -> Generator[None, None, ComparisonGrid]:
        """What the fixed latents look like in a snapshot."""
        yield
        from ddsgui.jobs.adaptation_runner import draw

        return ComparisonGrid(step, draw(self._snapshot(name, step)))

    def save(self, saving: SaveRequest) -> Generator[None, None, SaveRequest]:
        """Put a snapshot into the library, with its card and what later adaptation needs."""
        yield
        from ddsgui.checkpoints.checkpoint import discriminator_path, save_discriminator

        folder = AdaptationFolder.open(self.folder / saving.adaptation)
        generator = self._snapshot(saving.adaptation, saving.step)
        path = self._jobs.library.domain_path(saving.name)
        step = saving.step + folder.warm_up
        card = folder.card(step)
        if saving.origin:
            card["origin"] += f": {saving.origin}"
        card["licence"] = saving.licence or card["licence"]
        folder.save_domain(generator, path, step=step, name=saving.name, title=saving.title, card=card)
        judge = discriminator_path(path)
        judge.unlink(missing_ok=True)  # of another domain that had this name
        if (keeper := self._runner) is not None and keeper.folder.path == folder.path:
            save_discriminator(keeper.adaptation.discriminator, judge, half=True)
        return saving

    def release(self) -> Generator[None, None, None]:
        """Give the memory back, unless what it holds is nowhere else."""
        yield
        if self._runner is not None and not self._runner.trouble:
            self._runner = None

    def discard(self, name: str) -> Generator[None, None, None]:
        """Forget an adaptation and delete its files."""
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
        """The domain as it was at a step: from memory if it is the newest, else from the disk."""
        keeper = self._runner
        if (
            keeper is not None
            and keeper.folder.path == self.folder / name
            and keeper.status.newest.step == step
        ):
            return keeper.newest
        from ddsgui.checkpoints.checkpoint import load_generator

        folder = AdaptationFolder.open(self.folder / name)
        for snapshot in folder.snapshots():
            if snapshot.step - folder.warm_up == step:
                return load_generator(snapshot.path, self._jobs.models.device, class_index=folder.class_index)
        raise TrainingError(f"The snapshot of step {step} is not on the disk; choose another one.")

    def _source(self, folder: AdaptationFolder) -> tuple[str, str]:
        """Name (or path) and title of the domain that is changed, both with its class if it has some."""
        mark = "" if folder.class_index is None else f"#{folder.class_index}"
        for entry in self._jobs.library.domains():
            if entry.path.absolute() == folder.source:
                return f"{entry.name}{mark}", f"{entry.title} {mark}".rstrip()
        return f"{folder.source}{mark}", f"{folder.source.stem} {mark}".rstrip()
