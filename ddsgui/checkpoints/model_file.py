"""One model file, read once, whatever is then asked of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ddsgui.checkpoints.hashing import file_sha256
from ddsgui.checkpoints.layouts.registry import NATIVE, Contents, Match, read_contents
from ddsgui.checkpoints.layouts.rosinality_discriminator import (
    discriminator_from_rosinality,
    find_discriminator,
)
from ddsgui.checkpoints.native import discriminator_from_native
from ddsgui.errors import CheckpointError
from ddsgui.stylegan.discriminator import Discriminator
from ddsgui.stylegan.generator import Generator


@dataclass(frozen=True)
class FileReport:
    """What a file is, for `ddsgui inspect`."""

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
    also_inside: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return asdict(self)


class ModelFile:
    """A file of any readable format. It is read when something is first asked of it, and must not change after.

    What is asked raises CheckpointError, in one sentence, if it is not to be had.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def kind(self) -> str:
        """A domain, a part or a discriminator; whatever is foreign should be a domain."""
        return self._contents.kind or "domain"

    @cached_property
    def generator(self) -> Generator:
        """The domain's: eval mode, float32, on the CPU, weights frozen. `del` gives its memory back."""
        return self._found.build().freeze()

    def discriminator(self) -> Discriminator | None:
        """What judged the domain's pictures, in this file or in one beside it, frozen; None if there is none."""
        if (beside := discriminator_path(self.path)).exists():
            contents = read_contents(beside)
            if contents.kind != "discriminator":
                raise CheckpointError(f"{beside.name} is no discriminator of ddsgui.")
            return discriminator_from_native(contents.floats(), contents.document, beside.name).freeze()
        state = find_discriminator(self._contents.data)
        return None if state is None else discriminator_from_rosinality(state, self.path.name).freeze()

    def report(self, sha256: str | None = None) -> FileReport:
        """What it is. Loads all that is in it, strictly; `sha256`: the file's, where it is known already."""
        kind = self.kind  # first: reading says what is wrong with a file better than hashing it does
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
        return read_contents(self.path)

    @cached_property
    def _found(self) -> Match:
        return self._contents.found()

    def _report_domain(self, common: dict[str, Any]) -> FileReport:
        also, document = self._found.beside, self._contents.document
        if (beside := discriminator_path(self.path)).exists():
            also = (*also, f"its discriminator, in {beside.name}")
        return FileReport(
            format=self._found.layout,
            kind="domain",
            configuration=self.generator.config.as_dict(),
            parameters=sum(p.numel() for p in self.generator.parameters()),
            also_inside=also,
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
        contents = self._contents
        discriminator = discriminator_from_native(contents.floats(), contents.document, self.path.name)
        return FileReport(
            format=NATIVE,
            kind="discriminator",
            configuration=discriminator.config.as_dict(),
            parameters=sum(p.numel() for p in discriminator.parameters()),
            **common,
        )


def discriminator_path(domain: Path) -> Path:
    """Where a domain's discriminator lies if it has one: beside its file, so that downloads can leave it out."""
    return domain.with_name(f"{domain.stem}.discriminator.safetensors")
