"""Domains that others have published: what each is, whose terms it comes under, and where it can be had."""

from __future__ import annotations

import json
import logging
import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ddsgui import paths
from ddsgui.errors import LibraryError
from ddsgui.library.library import KINDS, Kind, is_valid_name

FILE = "catalogue.json"
MIRRORS = "mirrors.json"
MIRROR_VARIABLE = "DDSGUI_MIRROR"
FORMAT = 1

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CatalogueEntry:
    """One file that can be had. What nobody is known to have published is None."""

    name: str  # in the library, once it is there
    title: str
    kind: Kind
    description: str
    page: str  # where its authors show it, or hand it out
    licence: str
    file_name: str  # as its authors call it, or the name if that is not known; a mirror is asked for it
    licence_url: str | None = None
    direct: tuple[str, ...] = ()  # links to the file itself
    resolution: tuple[int, int] | None = None  # width and height of the picture in pixels
    family: str | None = None  # offers of one family share a latent space
    classes: int = 0  # of a conditional generator
    bytes: int | None = None
    sha256: str | None = None
    format: str = ""

    @property
    def crop(self) -> tuple[int, int] | None:
        """The part of the generator's square picture that is meant, if it is not all of it."""
        if self.resolution is None or self.resolution[0] == self.resolution[1]:
            return None
        return self.resolution


def read_catalogue(folder: Path) -> list[CatalogueEntry]:
    """What ships, and what the user's catalogue.json in `folder` adds or replaces. LibraryError if one is broken."""
    offers: dict[str, CatalogueEntry] = {}
    for path in (paths.assets() / FILE, folder / FILE):
        if path.exists():
            offers.update((offer.name, offer) for offer in _offers(path))
    return list(offers.values())


def find_catalogue_entry(folder: Path, name: str) -> CatalogueEntry:
    """The offer of this name. LibraryError says what there is."""
    offers = {offer.name: offer for offer in read_catalogue(folder)}
    if name in offers:
        return offers[name]
    near = get_close_matches(name.lower(), offers, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    there = f"there are {', '.join(offers)}" if offers else "it is empty"
    raise LibraryError(f"The catalogue has no {name}; {there}.{hint}")


def mirrors(folder: Path) -> tuple[str, ...]:
    """Addresses of folders that hold the catalogue's files, to be tried before the authors' own.

    Those in DDSGUI_MIRROR, separated by spaces, then the list in mirrors.json. LibraryError if they are none.
    """
    path = folder / MIRRORS
    listed = _json(path) if path.exists() else []
    if not isinstance(listed, list) or not all(_is_address(one) for one in listed):
        raise LibraryError(
            f'{path} is no list of addresses; write it like ["https://example.org/domains/"] or delete it.'
        )
    named = os.environ.get(MIRROR_VARIABLE, "").split()
    for one in named:
        if not _is_address(one):
            raise LibraryError(f"{MIRROR_VARIABLE} names {one}, which is no address of http:// or https://.")
    return tuple(dict.fromkeys(f"{one.rstrip('/')}/" for one in (*named, *listed)))


def _offers(path: Path) -> list[CatalogueEntry]:
    content = _json(path)
    listed = content.get("offers") if isinstance(content, dict) else None
    if not isinstance(content, dict) or content.get("format") != FORMAT or not isinstance(listed, list):
        raise LibraryError(f"{path} is no catalogue that this ddsgui can read; correct it or delete it.")
    offers = []
    for number, entry in enumerate(listed, 1):
        try:
            offers.append(_offer(entry))
        except (KeyError, TypeError, ValueError) as error:
            name = entry.get("name") if isinstance(entry, dict) else None
            which = name if isinstance(name, str) else f"number {number}"
            reason = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
            raise LibraryError(f"{path} is broken at {which}: {reason}.") from error
    return offers


def _offer(entry: Any) -> CatalogueEntry:
    """One entry, checked field by field. KeyError, TypeError or ValueError say what is wrong."""
    if not isinstance(entry, dict):
        raise TypeError("it is no entry of a catalogue")
    unknown = sorted(entry.keys() - CatalogueEntry.__dataclass_fields__.keys())
    if unknown:
        raise ValueError(f"nobody knows what {unknown[0]} means")
    kind = entry.get("kind", "domain")
    if kind not in KINDS:
        raise ValueError("its kind is domain or part")
    offer = CatalogueEntry(
        name=_text(entry, "name"),
        title=_text(entry, "title"),
        kind=kind,
        description=_text(entry, "description"),
        page=_address(entry["page"], "page"),
        licence=_text(entry, "licence"),
        file_name=_text({"file_name": entry["name"], **entry}, "file_name"),
        licence_url=_maybe(entry, "licence_url", _address),
        direct=tuple(_address(link, "direct") for link in entry.get("direct", [])),
        resolution=_maybe(entry, "resolution", _resolution),
        family=_maybe(entry, "family", lambda value, key: _text({key: value}, key)),
        classes=_maybe(entry, "classes", _count) or 0,
        bytes=_maybe(entry, "bytes", _count),
        sha256=_maybe(entry, "sha256", _sha256),
        format=entry.get("format", ""),
    )
    if not is_valid_name(offer.name):
        raise ValueError(f"no {kind} can be called {offer.name}")
    if not re.fullmatch(r"\w[\w .()+-]{0,119}", offer.file_name):
        raise ValueError(f"no file can be called {offer.file_name}")
    if not isinstance(offer.format, str):
        raise TypeError("format is no text")
    return offer


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise LibraryError(f"{path} cannot be read: {paths.reason_of(error)}.") from error
    except (ValueError, RecursionError) as error:
        raise LibraryError(f"{path} is not readable as JSON; correct it or delete it.") from error


def _text(entry: dict[str, Any], key: str) -> str:
    value = entry[key]
    if not isinstance(value, str) or not value.strip():
        raise TypeError(f"{key} is no text")
    return value


def _maybe(entry: dict[str, Any], key: str, read: Any) -> Any:
    value = entry.get(key)
    return None if value is None else read(value, key)


def _address(value: Any, key: str) -> str:
    if not _is_address(value):
        raise ValueError(f"{key} is no address of http:// or https://")
    return value


def _is_address(value: Any) -> bool:
    if not isinstance(value, str) or not value.isascii() or any(c.isspace() for c in value):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _resolution(value: Any, key: str) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"{key} is no width and height")
    return _count(value[0], key), _count(value[1], key)


def _count(value: Any, key: str) -> int:
    if type(value) is not int or value < 1:
        raise ValueError(f"{key} is no whole number above 0")
    return value


def _sha256(value: Any, key: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise ValueError(f"{key} is not 64 hexadecimal digits")
    return value
