"""A training on the disk that makes a domain from another one: its progress, and snapshots of it.

Files: settings.json (written last: without it there is no training), source.safetensors, state.safetensors to resume
from, snapshots/NNNNN.safetensors, each a domain that can be opened, and what the method adds. Reading their state needs
no torch.
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from ddsgui.errors import DdsError, TrainingError
from ddsgui.paths import reason_of, utf8_path, write_beside
from ddsgui.text import json_text
from ddsgui.training.snapshots import Snapshot, list_snapshots, thin_snapshots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor, device

    from ddsgui.stylegan.discriminator import Discriminator
    from ddsgui.stylegan.generator import Generator

FOLDER_FORMAT = 1
SAVE_SECONDS = 45.0  # with a step and the save itself, less than a minute is ever lost
SETTINGS_FILE, SOURCE_FILE = "settings.json", "source.safetensors"

FolderT = TypeVar("FolderT", bound="DomainFolder")


class DomainStep(Protocol):
    """One step of such a training."""

    @property
    def step(self) -> int:
        """1-based, a warm-up included."""
        ...

    @property
    def losses(self) -> dict[str, float]:
        """The losses; the first one is the one to show."""
        ...

    @property
    def is_warming_up(self) -> bool:
        """True while the pictures do not change yet."""
        ...


class DomainTraining(Protocol):
    """A training that makes a domain from another one."""

    step: int
    source: Generator

    @property
    def warm_up(self) -> int:
        """The number of steps in which the pictures do not change yet."""
        ...

    @property
    def total(self) -> int:
        """The number of all steps."""
        ...

    @property
    def generator(self) -> Generator:
        """A frozen copy of the new domain so far."""
        ...

    @property
    def discriminator(self) -> Discriminator | None:
        """A frozen copy of the new domain's discriminator, if it has one."""
        ...

    def steps(self) -> Iterator[Any]:
        """Train from the current step to the last, yielding a DomainStep each."""
        ...

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return everything that training changes."""
        ...

    def load(self, tensors: Mapping[str, Tensor], document: Mapping[str, Any]) -> None:
        """Continue from a state()."""
        ...


class DomainFolder(ABC):
    """The folder of one training. Its settings and source never change."""

    WHAT: ClassVar[str]  # of which method, in a sentence: "an adaptation"

    def __init__(self, path: Path) -> None:
        """Open a folder that was created. Raises TrainingError if there is no training or settings.json is damaged."""
        self.path = path
        document = read_settings(path, self.WHAT)
        try:
            self.source = Path(document["source"])  # the file that it started from; it may be gone
            self.parent = str(document["parent"])  # its SHA-256
            self.seed = int(document["seed"])
            chosen = document.get("class")  # of a source that draws several
            self.class_index = None if chosen is None else int(chosen)
            self._read(document)
        except (ValueError, KeyError, TypeError) as error:
            raise damaged(path, self.WHAT) from error
        self._saved = self._snapshot_taken = time.monotonic()

    @classmethod
    def open(cls: type[FolderT], path: Path) -> FolderT:
        """Return the training in a folder. Raises TrainingError if there is none."""
        return cls(path)

    @property
    @abstractmethod
    def examples(self) -> int:
        """The number of pictures that it learns from."""

    @property
    @abstractmethod
    def batch(self) -> int:
        """The number of pictures per step."""

    @property
    def warm_up(self) -> int:
        """The steps in which the pictures do not change yet."""
        return 0

    @property
    def step(self) -> int:
        """The step that resume() continues from, the warm-up included; 0 before the first save."""
        return int(read_header(self._state_path, "step", 0))

    @property
    def steps(self) -> int:
        """The number of all steps, the warm-up included."""
        return int(read_header(self._state_path, "steps", self._usual_steps())) + self.warm_up

    @abstractmethod
    def _read(self, document: Mapping[str, Any]) -> None:
        """Read what the method added to settings.json. Raises KeyError, TypeError, ValueError or TrainingError."""

    @abstractmethod
    def _usual_steps(self) -> int:
        """Return the number of steps of the settings, without the warm-up."""

    @abstractmethod
    def examples_tensor(self) -> Tensor:
        """Return the pictures that it learns from, or the first of them, uint8 [N, 3, R, R]."""

    @abstractmethod
    def resume(self, device: device | str = "cpu", steps: int | None = None) -> DomainTraining:
        """Return the training as it was saved last, or at its start.

        steps: the new number of steps after the warm-up, if it changes. Raises DdsError if a file is missing or
        damaged.
        """

    @abstractmethod
    def card(self, step: int) -> dict[str, Any]:
        """Return the card of a domain of this training: its origin and method."""

    def save(self, training: DomainTraining) -> None:
        """Save the state for resume(). Raises DdsError if the disk is full; then the last save is still intact."""
        from ddsgui.training.state import save_state

        save_state(self._state_path, *training.state())
        self._saved = time.monotonic()

    def snapshot(self, training: DomainTraining) -> Snapshot:
        """Save a snapshot of the domain and thin older ones; the first and the newest stay."""
        path = self.path / "snapshots" / f"{training.step:05d}.safetensors"
        self.save_domain(training.generator, path, step=training.step)
        self._snapshot_taken = time.monotonic()
        thin_snapshots(path.parent)
        return Snapshot(training.step, path)

    def save_if_due(self, training: DomainTraining, every: float) -> None:
        """Save every SAVE_SECONDS, and take a snapshot every `every` seconds; call it after each step."""
        now = time.monotonic()
        if now - self._snapshot_taken >= every and training.step > training.warm_up:
            self.snapshot(training)
        if now - self._saved >= SAVE_SECONDS:
            self.save(training)

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
        """Write a domain of this training in half precision. card: replaces entries of card(), or adds some."""
        from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator

        whole = {**self.card(step), **(card or {})}
        metadata = DomainMetadata(name or self.path.stem, title, whole, self.parent)
        save_generator(generator, path, metadata, half=True)

    @property
    def _source_name(self) -> str:
        """The source's name, with its class if it has some."""
        return self.source.stem if self.class_index is None else f"{self.source.stem}#{self.class_index}"

    @property
    def _state_path(self) -> Path:
        return self.path / "state.safetensors"

    def _continue(self, training: DomainTraining) -> None:
        """Load the last save into a training at its start, if there is one."""
        from ddsgui.training.state import load_state

        if self._state_path.exists():
            training.load(*load_state(self._state_path))
        self._tidy()
        self._saved = self._snapshot_taken = time.monotonic()

    def _tidy(self) -> None:
        """Remove half-written files of a process that was killed."""
        for folder in (self.path, self.path / "snapshots"):
            for leftover in folder.glob(".*.safetensors"):
                with suppress(OSError):
                    leftover.unlink()


def read_header(path: Path, key: str, default: int) -> Any:
    """Return a value of a saved state, from its header alone; `default` if it cannot be read."""
    from safetensors import SafetensorError, safe_open

    try:
        with utf8_path(path) as named, safe_open(named, framework="numpy") as file:
            return json.loads((file.metadata() or {})["ddsgui"])[key]
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RecursionError):
        return default


def read_settings(path: Path, what: str) -> dict[str, Any]:
    """Return the document in settings.json. Raises TrainingError if there is none, or if it is damaged.

    what: is looked for, in a sentence: "an adaptation".
    """
    try:
        document = json.loads((path / SETTINGS_FILE).read_bytes())
        if document["format"] != FOLDER_FORMAT:
            raise TrainingError(
                f"{path} was started by another version of ddsgui. Resume it with that version."
            )
    except FileNotFoundError as error:
        raise TrainingError(f"There is no {what.partition(' ')[2]} in {path}.") from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(path, what) from error
    return document


def damaged(path: Path, what: str) -> TrainingError:
    """Return the error for a folder whose settings.json cannot be used."""
    return TrainingError(f"The {what.partition(' ')[2]} in {path} is damaged. Start it again.")


def prepare_folder(path: Path, what: str, *folders: str) -> None:
    """Make a folder, with folders in it and one for snapshots, without what an interrupted creation or deletion left.

    Raises TrainingError if it holds a training already, DdsError if it cannot be written.
    """
    if (path / SETTINGS_FILE).exists():
        raise TrainingError(f"{path} already holds {what}. Resume it or choose another name.")
    try:
        for folder in (path / "snapshots", *(path / name for name in folders)):
            folder.mkdir(parents=True, exist_ok=True)
        for left in (path / "state.safetensors", *(path / "snapshots").iterdir()):
            left.unlink(missing_ok=True)
    except OSError as error:
        raise DdsError(f"{path} cannot be written: {reason_of(error, path)}.") from error


def write_settings(path: Path, source: Path, document: Mapping[str, Any]) -> None:
    """Write settings.json, with which the training exists. source: the domain's file."""
    from ddsgui.checkpoints.hashing import file_sha256

    whole = {
        "format": FOLDER_FORMAT,
        "source": str(source.absolute()),
        "parent": file_sha256(source),
        **document,
    }
    with write_beside(path / SETTINGS_FILE) as beside:
        beside.write_text(json_text(whole, indent=2) + "\n", "utf-8")
