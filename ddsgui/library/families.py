"""Families of domains that share a latent space because they have a common ancestor. Without torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ddsgui.errors import LibraryError
from ddsgui.library.checksums import Checksums
from ddsgui.library.library import Entry, Library, read_entry, split_class


@dataclass(frozen=True)
class _Provenance:
    """The origin that a domain file states."""

    parent: str | None  # SHA-256 of the file that it was adapted or converted from
    family: str | None  # the catalogue's, for related files none of which names another

    @classmethod
    def of(cls, entry: Entry) -> _Provenance:
        sources = (entry.metadata.get("parent"), entry.card.get("sha256"))
        parent = next((s for s in sources if isinstance(s, str) and s), None)
        family = entry.card.get("family")
        return cls(parent, family if isinstance(family, str) and family else None)


@dataclass(frozen=True)
class _Lineage:
    """A file and its ancestors."""

    members: frozenset[str]  # hashes and families
    complete: bool  # known down to the first ancestor

    def is_related_to(self, other: _Lineage) -> bool | None:
        """Return whether two domains belong to the same family; None if unknown."""
        if not self.members.isdisjoint(other.members):
            return True
        return False if self.complete and other.complete else None


class Families:
    """The lineages of all domains of a library at one moment."""

    def __init__(self, library: Library) -> None:
        self._sha256 = Checksums(library.folder).of
        readable = [entry for entry in library.all_files("domain") if entry.broken is None]
        self._origins = {self._sha256(entry.path): _Provenance.of(entry) for entry in readable}

    def lineage(self, path: Path) -> _Lineage:
        """Return the lineage of any file. Raises LibraryError if it cannot be read."""
        own = self._sha256(path)
        origins = self._origins
        if own not in origins:
            try:
                origins = {**origins, own: _Provenance.of(read_entry(path, "domain"))}
            except LibraryError:  # a foreign file, whose origin is unknown
                return _Lineage(frozenset({own}), complete=False)
        members: set[str] = set()
        step: str | None = own
        while step is not None:  # this ends: no file can contain the hash of one that contains its own hash
            members.add(step)
            if step not in origins:
                return _Lineage(frozenset(members), complete=False)
            if (family := origins[step].family) is not None:
                return _Lineage(
                    frozenset({*members, f"family {family}", *_known(origins[step])}), complete=True
                )
            step = origins[step].parent
        return _Lineage(frozenset(members), complete=True)


def shares_latent_space(library: Library, a: str, b: str) -> bool | None:
    """Return whether one latent gives the same person in two domains, given by name or path; None if unknown.

    An adapted domain names its parent by the SHA-256 of its file, a converted one the file it was converted from,
    and one of the catalogue its family. Two domains are related if their lineages meet, even in a file that no
    longer exists. They are unrelated only if both lineages are known down to a domain that was trained from
    scratch. Raises LibraryError if there is no such domain.
    """
    first, second = library.domain(a), library.domain(b)
    if first == second:
        return True
    families = Families(library)
    return families.lineage(first).is_related_to(families.lineage(second))


def unrelated_warning(library: Library, a: str, b: str) -> str | None:
    """Return a warning that two domains do not share a latent space; None if they do or if it is unknown."""
    if shares_latent_space(library, a, b) is not False:
        return None
    first, second = (Path(split_class(name)[0]).name.removesuffix(".safetensors") for name in (a, b))
    return f"{first} and {second} are not related. A seed gives two unrelated pictures, which may not fit together."


def related_domains(library: Library, path: Path) -> tuple[str, ...]:
    """Return the names of the library's domains that share the latent space of the domain in a file."""
    return related_domains_of_all(library, [path])[0]


def related_domains_of_all(library: Library, files: list[Path]) -> list[tuple[str, ...]]:
    """Return related_domains() of many files at once."""
    families = Families(library)
    readable = [entry for entry in library.entries("domain") if entry.broken is None]
    lineages = [(entry, families.lineage(entry.path)) for entry in readable]
    related = []
    for path in files:
        own = families.lineage(path)
        related.append(tuple(e.name for e, line in lineages if e.path != path and own.is_related_to(line)))
    return related


def _known(origin: _Provenance) -> tuple[str, ...]:
    return () if origin.parent is None else (origin.parent,)
