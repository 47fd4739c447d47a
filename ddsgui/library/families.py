"""Which domains share a latent space: those that come from one ancestor. Reads headers and hashes, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ddsgui.errors import LibraryError
from ddsgui.library.checksums import Checksums
from ddsgui.library.library import Entry, Library, read_entry, split_class


@dataclass(frozen=True)
class _Provenance:
    """What a domain says of where it comes from."""

    made_of: str | None  # SHA-256 of the file
    family: str | None  # as the catalogue has it, of files that are related though none says so itself

    @classmethod
    def of(cls, entry: Entry) -> _Provenance:
        sources = (entry.metadata.get("parent"), entry.card.get("sha256"))
        made_of = next((s for s in sources if isinstance(s, str) and s), None)
        family = entry.card.get("family")
        return cls(made_of, family if isinstance(family, str) and family else None)


@dataclass(frozen=True)
class _Lineage:
    """A file and its ancestors."""

    members: frozenset[str]  # hashes and families
    whole: bool  # known down to the first

    def is_related_to(self, other: _Lineage) -> bool | None:
        """Whether two lines are one family; None if nobody can tell."""
        if not self.members.isdisjoint(other.members):
            return True
        return False if self.whole and other.whole else None


class Families:
    """The lines of all domains of a library, as it is now."""

    def __init__(self, library: Library) -> None:
        self._sha256 = Checksums(library.folder).of
        whole = [entry for entry in library.all_files("domain") if entry.broken is None]
        self._origins = {self._sha256(entry.path): _Provenance.of(entry) for entry in whole}

    def lineage(self, path: Path) -> _Lineage:
        """Of any file. LibraryError if it cannot be read."""
        own = self._sha256(path)
        origins = self._origins
        if own not in origins:
            try:
                origins = {**origins, own: _Provenance.of(read_entry(path, "domain"))}
            except LibraryError:  # a foreign file: nobody knows where it comes from
                return _Lineage(frozenset({own}), whole=False)
        members: set[str] = set()
        step: str | None = own
        while step is not None:  # it ends: no file can hold the hash of one that holds its own
            members.add(step)
            if step not in origins:
                return _Lineage(frozenset(members), whole=False)
            if (family := origins[step].family) is not None:
                return _Lineage(frozenset({*members, f"family {family}", *_known(origins[step])}), whole=True)
            step = origins[step].made_of
        return _Lineage(frozenset(members), whole=True)


def shares_latent_space(library: Library, a: str, b: str) -> bool | None:
    """Whether one latent gives the same person in two domains, named or given by path; None if that is unknown.

    An adapted domain names its parent by the SHA-256 of that file, and a converted one the file that it was made
    of; one of the catalogue says of which family it is. Two domains are related if these lines meet, even in a
    file that is not there any more. They are strangers only if both lines are known down to a domain that was
    trained afresh. LibraryError if there is no such domain.
    """
    first, second = library.domain(a), library.domain(b)
    if first == second:
        return True
    families = Families(library)
    return families.lineage(first).is_related_to(families.lineage(second))


def unrelated_warning(library: Library, a: str, b: str) -> str | None:
    """A sentence for the user about two domains that do not share a latent space, if so; it forbids nothing."""
    if shares_latent_space(library, a, b) is not False:
        return None
    one, other = (Path(split_class(name)[0]).name.removesuffix(".safetensors") for name in (a, b))
    return (
        f"{one} and {other} do not come from one domain: a seed gives two unrelated pictures, "
        "which may not fit together."
    )


def related_domains(library: Library, path: Path) -> tuple[str, ...]:
    """The names of the domains here that share the latent space of the one in a file, without itself."""
    return related_domains_of_all(library, [path])[0]


def related_domains_of_all(library: Library, files: list[Path]) -> list[tuple[str, ...]]:
    """As relatives(), of many files at once."""
    families = Families(library)
    there = [(e, families.lineage(e.path)) for e in library.entries("domain") if e.broken is None]
    found = []
    for path in files:
        line = families.lineage(path)
        found.append(tuple(e.name for e, other in there if e.path != path and line.is_related_to(other)))
    return found


def _known(origin: _Provenance) -> tuple[str, ...]:
    return () if origin.made_of is None else (origin.made_of,)
