"""Which domains share a latent space: those that come from one ancestor. Reads headers and hashes, without torch."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from ddsgui.errors import LibraryError
from ddsgui.library.library import Library, read_entry


def shares_latent_space(library: Library, a: str, b: str) -> bool | None:
    """Whether one latent gives the same person in two domains, named or given by path; None if that is unknown.

    An adapted domain names its parent by the SHA-256 of that file, and a converted one the file that it was made
    of. Two domains are related if these lines meet, even in a file that is not there any more. They are strangers
    only if both lines are known down to a domain that was trained afresh. LibraryError if there is no such domain.
    """
    first, second = library.domain(a), library.domain(b)
    if first == second:
        return True
    parents = {_sha256(entry.path): _origin(entry.metadata) for entry in library.files("domain")}
    (one, ends_one), (other, ends_other) = _line(first, parents), _line(second, parents)
    if not one.isdisjoint(other):
        return True
    return False if ends_one and ends_other else None


def warning(library: Library, a: str, b: str) -> str | None:
    """A sentence for the user about two domains that do not share a latent space, if so; it forbids nothing."""
    if shares_latent_space(library, a, b) is not False:
        return None
    one, other = (Path(name).name.removesuffix(".safetensors") for name in (a, b))
    return (
        f"{one} and {other} do not come from one domain: a seed gives two unrelated pictures, "
        "which may not fit together."
    )


def _line(path: Path, parents: dict[str, str | None]) -> tuple[set[str], bool]:
    """The hashes of a file and its ancestors, and whether they are known down to the first."""
    own = _sha256(path)
    if own not in parents:
        try:
            parents = {**parents, own: _origin(read_entry(path, "domain").metadata)}
        except LibraryError:  # a foreign file: nobody knows where it comes from
            return {own}, False
    line: set[str] = set()
    step: str | None = own
    while step is not None:  # it ends: no file can hold the hash of one that holds its own
        line.add(step)
        if step not in parents:
            return line, False
        step = parents[step]
    return line, True


def _origin(document: dict[str, Any]) -> str | None:
    """The SHA-256 of what a domain was made of; None for one that was trained afresh."""
    card = document.get("card")
    for origin in (document.get("parent"), card.get("sha256") if isinstance(card, dict) else None):
        if isinstance(origin, str) and origin:
            return origin
    return None


def _sha256(path: Path) -> str:
    """Of a file; read anew only once it has changed. LibraryError if it cannot be read."""
    try:
        state = path.stat()
        return _hash(path, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise LibraryError(f"{path} cannot be read.") from error


@lru_cache(maxsize=256)
def _hash(path: Path, _changed: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
