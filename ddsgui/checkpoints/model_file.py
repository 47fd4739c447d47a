"""One model file, read once, whatever is then asked of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ddsgui.checkpoints.hashing import file_sha256
from ddsgui.checkpoints.layouts.layout import Contents, Layout, Match
from ddsgui.checkpoints.layouts.native import NAME as NATIVE
from ddsgui.checkpoints.layouts.registry import find_discriminator, find_generator, log_choice, read_contents
from ddsgui.errors import CheckpointError
from ddsgui.stylegan.discriminator import Discriminator
from ddsgui.stylegan.generator import Generator


@dataclass(frozen=True)
class FileReport:
    """The facts about a file that `ddsgui inspect` shows."""

    path: str
    format: str
    kind: str  # "domain", "part" or "discriminator"
    bytes: int
    sha256: str
    name: str = ""
    title: str = ""
    configuration: dict[str, Any] = field(default_factory=dict)
    parameters: int = 0
    card: dict[str, Any] = field(default_factory=dict)
    parent: str | None = None
    network: str = ""  # the name of the one that is read, if the file holds several things
    also_inside: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)


class ModelFile:
    """A file of any readable format. It is read when it is first needed, and must not change afterwards.

    Every property and method raises CheckpointError, in one sentence, if the file does not have what they return.
    """

    def __init__(self, path: Path, network: str = "") -> None:
        """network: the name of the generator to take, if the file holds several."""
        self.path, self._network = path, network

    @property
    def networks(self) -> tuple[str, ...]:
        """The names of several generators of which none is known to be the average; () if it is clear what to take."""
        return () if self._contents.kind else self._layout_and_match[1].networks

    @property
    def kind(self) -> str:
        """domain, part or discriminator; a foreign file is taken for a domain."""
        return self._contents.kind or "domain"

    @cached_property
    def generator(self) -> Generator:
        """The domain's generator: eval mode, float32, on the CPU, weights frozen. `del` frees its memory."""
        layout, match = self._layout_and_match
        return layout.build(match).freeze()

    def discriminator(self) -> Discriminator | None:
        """Return the domain's discriminator, frozen, from the file next to it or this one; None if there is none."""
        if (path := discriminator_path(self.path)).exists():
            contents = read_contents(path)
            if contents.kind != "discriminator":
                raise CheckpointError(f"{path.name} is not a ddsgui discriminator.")
        else:
            contents = self._contents
        discriminator = find_discriminator(contents)
        return None if discriminator is None else discriminator.freeze()

    def report(self, sha256: str | None = None) -> FileReport:
        """Return the facts about the file. Loads everything strictly; `sha256`: the file's, if it is known."""
        kind = self.kind  # first: an error in reading says more about a file than one in hashing
        common = {
            "path": str(self.path),
            "bytes": self.path.stat().st_size,
            "sha256": sha256 or file_sha256(self.path),
        }
        match kind:
            case "part":
                return self._report_part(common)
            case "discriminator":
                return self._report_discriminator(common)
            case _:
                return self._report_domain(common)

    @cached_property
    def _contents(self) -> Contents:
        return replace(read_contents(self.path), network=self._network)

    @cached_property
    def _layout_and_match(self) -> tuple[Layout[Generator], Match]:
        return find_generator(self._contents)

    def _report_domain(self, common: dict[str, Any]) -> FileReport:
        layout, match = self._layout_and_match
        if self._network and match.name != self._network:
            inside = (match.name, *match.also_inside)
            raise CheckpointError(
                f"{self.path.name} has no generator {self._network}; it holds {', '.join(filter(None, inside))}."
            )
        log_choice(match)
        also_inside, document = match.also_inside, self._contents.document
        if (path := discriminator_path(self.path)).exists():
            also_inside = (*also_inside, f"its discriminator, in {path.name}")
        return FileReport(
            format=layout.format(self._contents),
            kind="domain",
            configuration=self.generator.config.as_dict(),
            parameters=sum(p.numel() for p in self.generator.parameters()),
            network=match.name,
            also_inside=also_inside,
            **{key: document[key] for key in ("name", "title", "card", "parent") if document.get(key)},
            **common,
        )

    def _report_part(self, common: dict[str, Any]) -> FileReport:
        document = self._contents.document
        return FileReport(
            format=NATIVE,
            kind="part",
            name=str(document.get("name", "")),
            title=str(document.get("title", "")),
            configuration={key: document.get(key) for key in ("classes", "size", "channels")},
            parameters=sum(tensor.numel() for tensor in self._contents.floats().values()),
            card=document.get("card", {}),
            **common,
        )

    def _report_discriminator(self, common: dict[str, Any]) -> FileReport:
        discriminator = find_discriminator(self._contents)
        assert discriminator is not None  # of a native file of this kind
        return FileReport(
            format=NATIVE,
            kind="discriminator",
            configuration=discriminator.config.as_dict(),
            parameters=sum(p.numel() for p in discriminator.parameters()),
            **common,
        )


def discriminator_path(domain: Path) -> Path:
    """Return the place of a domain's discriminator: a file next to the domain's, so that downloads can leave it out."""
    return domain.with_name(f"{domain.stem}.discriminator.safetensors")
