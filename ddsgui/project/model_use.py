"""The domains and parts that a run was made with, known by name and SHA-256."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from ddsgui.editing.recipe import Recipe
from ddsgui.errors import LibraryError
from ddsgui.library.checksums import Checksums
from ddsgui.library.library import Kind, Library, without_class
from ddsgui.library.part_choice import part_choices
from ddsgui.synthesis.latents import MAX_NAME_CHARACTERS
from ddsgui.text import listing


@dataclass(frozen=True)
class ModelUse:
    """A domain or a part, as it was when a run was made."""

    kind: Kind
    name: str  # library name or path
    sha256: str

    def __str__(self) -> str:
        return f"the {self.kind} {self.name} (SHA-256 {self.sha256})"

    def as_dict(self) -> dict[str, str]:
        """Return plain JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: object) -> ModelUse | None:
        """Return what as_dict() wrote; None for anything else."""
        if not isinstance(data, dict) or data.get("kind") not in ("domain", "part"):
            return None
        name, sha256 = data.get("name"), data.get("sha256")
        if not isinstance(name, str) or not isinstance(sha256, str):
            return None
        if len(name) > MAX_NAME_CHARACTERS or len(sha256) != 64:
            return None
        return cls(data["kind"], name, sha256)


def model_uses(library: Library, recipe: Recipe) -> tuple[ModelUse, ...]:
    """Return the domains and parts of a recipe, as they are in the library; what is not in it is left out."""
    names = dict[tuple[Kind, str], None]()
    for domain in (recipe.source, recipe.target):
        names["domain", without_class(domain)[0]] = None
    for text in (recipe.part, recipe.target_part or ""):
        names |= {("part", choice.name): None for choice in part_choices(text) if not choice.is_mask_image}
    sums = Checksums(library.folder)
    uses = []
    for kind, name in names:
        try:
            uses.append(ModelUse(kind, name, sums.of(_path(library, kind, name))))
        except LibraryError:  # a part that hand-painted masks stand in for
            continue
    return tuple(uses)


def is_missing(library: Library, use: ModelUse) -> bool:
    """Return whether a library has no model of this name at all."""
    try:
        _path(library, use.kind, use.name)
    except LibraryError:
        return True
    return False


def missing_models(library: Library, uses: Iterable[ModelUse]) -> str | None:
    """Return the end of a sentence about models that are missing or differ now; None if all are as they were."""
    sums = Checksums(library.folder)
    clauses = []
    for use in uses:
        try:
            if sums.of(_path(library, use.kind, use.name)) != use.sha256:
                clauses.append(f"{use} is another file now")
        except LibraryError:
            clauses.append(f"{use} is missing")
    return listing(clauses) if clauses else None


def _path(library: Library, kind: Kind, name: str) -> Path:
    return library.domain(name) if kind == "domain" else library.part(name)
