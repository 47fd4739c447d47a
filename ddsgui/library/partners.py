"""Domains that a domain can be searched together with."""

from __future__ import annotations

from typing import Any

from ddsgui.library.library import Entry, Library, without_class

_SHAPE_KEYS = ("resolution", "z_dim", "w_dim")


def find_partner(library: Library, domain: str) -> Entry | None:
    """Return another domain of the library of the same size and latents, a relative if the headers name one.

    Reads headers only, so that the window may ask. None if there is none, or if `domain` is not in the library.
    """
    entries = {entry.name: entry for entry in library.domains()}
    own = entries.pop(without_class(domain)[0], None)
    if own is None:
        return None
    alike = [entry for entry in entries.values() if _shape(entry) == _shape(own)]
    return min(alike, key=lambda entry: not _origins(entry) & _origins(own), default=None)


def _shape(entry: Entry) -> tuple[object, ...]:
    return tuple(entry.config.get(key) for key in _SHAPE_KEYS)


def _origins(entry: Entry) -> set[Any]:
    """Return what a file says of its family."""
    return {entry.metadata.get("parent"), entry.card.get("family"), entry.card.get("sha256")} - {None, ""}
