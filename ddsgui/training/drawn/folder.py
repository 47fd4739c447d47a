"""A drawn domain's training on the disk: a DomainFolder with its pairs, once they are drawn, in pairs.safetensors."""

from __future__ import annotations

from collections.abc import Generator as Steps
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsgui.errors import TrainingError
from ddsgui.training.domain_folder import (
    SOURCE_FILE,
    DomainFolder,
    prepare_folder,
    read_header,
    write_settings,
)
from ddsgui.training.drawn.painters.painter import Value
from ddsgui.training.drawn.painters.registry import find_painter
from ddsgui.training.drawn.settings import DrawnSettings
from ddsgui.version import __version__

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from ddsgui.training.drawn.pairs import Pairs
    from ddsgui.training.drawn.training import DrawnTraining

METHOD = "drawn"  # in settings.json
SHOWN_PAIRS = 8


@dataclass(frozen=True)
class Recipe:
    """A painter and the values of its dials."""

    painter: str
    values: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class PairsProgress:
    """The progress of drawing pairs."""

    what: str  # the start of a sentence: "Looking for faces"
    done: int
    total: int


class DrawnFolder(DomainFolder):
    """The folder of one training. Its settings, source and recipe never change, nor do its pairs once they exist."""

    WHAT = "a drawn domain"

    @classmethod
    def create(
        cls,
        path: Path,
        source: Path,
        settings: DrawnSettings,
        what: Recipe | Pairs,
        seed: int = 0,
        class_index: int | None = None,
        licence: str = "unknown",
    ) -> DrawnFolder:
        """Save everything that a training with the domain file `source` as its parent starts with.

        what: how to draw pairs, or pairs. licence: the parent's. The folder is made. Raises TrainingError if it holds
        a training already, or if pairs do not fit the domain.
        """
        from ddsgui.checkpoints.checkpoint import DomainMetadata, load_generator, save_generator

        generator = load_generator(source, class_index=class_index)
        if not isinstance(what, Recipe):
            what.check(generator.config.resolution, generator.config.w_dim)
        prepare_folder(path, cls.WHAT)
        pairs = path / "pairs.safetensors"
        pairs.unlink(missing_ok=True)
        save_generator(generator, path / SOURCE_FILE, DomainMetadata(source.stem))
        if not isinstance(what, Recipe):
            _save_pairs(pairs, what, 0)
        document = {
            "method": METHOD,
            "seed": seed,
            "class": class_index,
            "settings": settings.as_dict(),
            "recipe": asdict(what) if isinstance(what, Recipe) else None,
            "licence": licence,
        }
        write_settings(path, source, document)
        return cls(path)

    @property
    def examples(self) -> int:
        """The number of pairs; before they are drawn, the number of latents."""
        return int(self._pairs_value("pairs", self.settings.pairs))

    def pairs_steps(self, device: torch.device | str = "cpu") -> Steps[PairsProgress, None, None]:
        """Draw the pairs and save them, unless they are there. Call it before resume().

        Raises TrainingError if the painter fails, or if too few pictures have a face.
        """
        if self._pairs_path.exists():
            return
        from ddsgui.checkpoints.checkpoint import load_generator
        from ddsgui.training.drawn.pairs import paint_steps
        from ddsgui.training.drawn.people import check_people, find_people_steps

        recipe = self._recipe_or_raise()
        painter = find_painter(recipe.painter)
        values = painter.values(recipe.values)
        generator = load_generator(self.path / SOURCE_FILE, device, class_index=self.class_index)
        people = yield from _told(
            "Looking for faces", find_people_steps(generator, self.settings.pairs, self.seed)
        )
        check_people(people)
        pairs = yield from _told("Drawing pictures", paint_steps(people, painter, values))
        _save_pairs(self._pairs_path, pairs, people.faceless)

    def examples_tensor(self) -> Tensor:
        """Return the first of the pictures that it learns from, uint8 [N, 3, R, R]."""
        return _load_pairs(self._pairs_path).pictures[:SHOWN_PAIRS]

    def resume(self, device: torch.device | str = "cpu", steps: int | None = None) -> DrawnTraining:
        """Return the training as it was saved last, or at its start.

        steps: the new number of steps, if it changes. Raises DdsError if a file is missing or damaged.
        """
        from ddsgui.checkpoints.checkpoint import load_generator
        from ddsgui.training.drawn.training import DrawnTraining

        settings = replace(self.settings, steps=self.steps if steps is None else steps)
        generator = load_generator(self.path / SOURCE_FILE, device, class_index=self.class_index)
        screens = ()
        if self.recipe is not None:
            painter = find_painter(self.recipe.painter)
            if painter.screens is not None:
                screens = painter.screens(generator.config.resolution, painter.values(self.recipe.values))
        training = DrawnTraining(generator, _load_pairs(self._pairs_path), screens, settings, self.seed)
        self._continue(training)
        return training

    def card(self, step: int) -> dict[str, Any]:
        """Return the card of a domain of this training: its origin and method."""
        chosen = {} if self.class_index is None else {"class": self.class_index}
        by = "pairs of one's own" if self.recipe is None else f"the painter {self.recipe.painter}"
        painted = {} if self.recipe is None else {"painter": self.recipe.painter, "dials": self.recipe.values}
        return {
            "origin": f"drawn from {self._source_name} by {by}, learnt by ddsgui {__version__}",
            **chosen,
            "method": "a copy of the parent's synthesis network learns a picture for each latent",
            "licence": self.licence,
            **painted,
            "pairs": self.examples,
            "faceless": self.faceless,
            "steps": step,
            "seed": self.seed,
            "settings": {name: value for name, value in self.settings.as_dict().items() if name != "steps"},
        }

    @property
    def faceless(self) -> int:
        """The number of pictures that were left out because no face was found in them."""
        return int(self._pairs_value("faceless", 0))

    @property
    def _pairs_path(self) -> Path:
        return self.path / "pairs.safetensors"

    def _pairs_value(self, key: str, default: int) -> Any:
        return read_header(self._pairs_path, key, default)

    def _recipe_or_raise(self) -> Recipe:
        if self.recipe is None:
            raise TrainingError(f"The pairs in {self.path} are missing. Start it again.")
        return self.recipe

    @property
    def batch(self) -> int:
        """The number of pictures per step."""
        return self.settings.batch

    def _read(self, document: Mapping[str, Any]) -> None:
        if document.get("method") != METHOD:
            raise KeyError("method")
        self.settings = DrawnSettings.from_dict(document["settings"])
        recipe = document["recipe"]
        self.recipe = None if recipe is None else Recipe(str(recipe["painter"]), dict(recipe["values"]))
        self.licence = str(document["licence"])

    def _usual_steps(self) -> int:
        return self.settings.steps


def _told(what: str, steps: Steps[tuple[int, int], None, Any]) -> Steps[PairsProgress, None, Any]:
    """Return the result of steps, yielding their progress with its name."""
    while True:
        try:
            done, total = next(steps)
        except StopIteration as end:
            return end.value
        yield PairsProgress(what, done, total)


def _save_pairs(path: Path, pairs: Pairs, faceless: int) -> None:
    from ddsgui.training.state import save_state

    tensors = {"w": pairs.w, "pictures": pairs.pictures}
    save_state(path, tensors, {"pairs": len(pairs.w), "faceless": faceless})


def _load_pairs(path: Path) -> Pairs:
    """Return saved pairs. Raises TrainingError if they are missing or damaged."""
    from ddsgui.training.drawn.pairs import Pairs
    from ddsgui.training.state import load_state

    tensors, _ = load_state(path)
    try:
        return Pairs(tensors["w"], tensors["pictures"])
    except KeyError as error:
        raise TrainingError(f"The pairs {path} are damaged. Start the training again.") from error
