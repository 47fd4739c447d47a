"""The catalogue: domains and parts that others have published, with their licences and addresses."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from ddsgui import paths
from ddsgui.download.request import Request
from ddsgui.errors import LibraryError
from ddsgui.library.library import KINDS, Kind, is_valid_name

CATALOGUE_FILE = "catalogue.json"
MIRRORS_FILE = "mirrors.json"
MIRROR_VARIABLE = "DDSGUI_MIRROR"
CATALOGUE_FORMAT = 1


@dataclass(frozen=True)
class CatalogueEntry:
    """One published file. Facts that are not published are None."""

    name: str  # in the library, once it has been added
    title: str
    kind: Kind
    description: str
    page: str  # a web page of its authors, who may offer the file there
    licence: str
    file_name: str  # the authors' file name, or the entry's name if that is unknown; mirrors use it
    licence_url: str | None = None
    direct: tuple[str, ...] = ()  # links to the file itself
    resolution: tuple[int, int] | None = None  # width and height of the picture in pixels
    family: str | None = None  # entries of one family share a latent space
    classes: int = 0  # of a conditional generator
    bytes: int | None = None
    sha256: str | None = None
    format: str = ""

    @property
    def crop(self) -> tuple[int, int] | None:
        """Width and height of the picture in the generator's padded square; None if it is not padded."""
        if self.resolution is None or self.resolution[0] == self.resolution[1]:
            return None
        return self.resolution

    def request(self, mirrors: tuple[str, ...] = (), sha256: str | None = None) -> Request:
        """Return the request for the file, from `mirrors` (addresses of folders) first, then its authors' links.

        sha256: of the file, if the catalogue does not have it.
        """
        copies = (urljoin(mirror, quote(self.file_name)) for mirror in mirrors)
        return Request((*copies, *self.direct), self.file_name, self.sha256 or sha256, self.bytes, self.page)


def read_catalogue(folder: Path) -> list[CatalogueEntry]:
    """Return the bundled catalogue with the additions and replacements of catalogue.json in the user's `folder`.

    Raises LibraryError if one of these files is broken.
    """
    entries: dict[str, CatalogueEntry] = {}
    for path in (paths.assets() / CATALOGUE_FILE, folder / CATALOGUE_FILE):
        if path.exists():
            entries.update((entry.name, entry) for entry in _read_entries(path))
    return list(entries.values())


def find_catalogue_entry(folder: Path, name: str) -> CatalogueEntry:
    """Return the entry of this name. Raises LibraryError, which lists the names, if there is none."""
    entries = {entry.name: entry for entry in read_catalogue(folder)}
    if name in entries:
        return entries[name]
    near = get_close_matches(name.lower(), entries, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    choice = f"Choose from {', '.join(entries)}." if entries else "The catalogue is empty."
    raise LibraryError(f"The catalogue does not have {name}. {choice}{hint}")


def mirrors(folder: Path) -> tuple[str, ...]:
    """Return addresses of folders with the catalogue's files, to try before the authors' links.

    Those in DDSGUI_MIRROR, separated by spaces, come first, then the list in mirrors.json. Raises LibraryError if
    they are not addresses.
    """
    path = folder / MIRRORS_FILE
    listed = _json(path) if path.exists() else []
    if not isinstance(listed, list) or not all(_is_address(address) for address in listed):
        raise LibraryError(
            f'{path} is not a list of addresses. Write it as ["https://example.org/domains/"] or delete it.'
        )
    named = os.environ.get(MIRROR_VARIABLE, "").split()
    for address in named:
        if not _is_address(address):
            raise LibraryError(
                f"{MIRROR_VARIABLE} contains {address}, which is not an http:// or https:// address."
            )
    return tuple(dict.fromkeys(f"{address.rstrip('/')}/" for address in (*named, *listed)))


def _read_entries(path: Path) -> list[CatalogueEntry]:
    content = _json(path)
    listed = content.get("offers") if isinstance(content, dict) else None
    if (
        not isinstance(content, dict)
        or content.get("format") != CATALOGUE_FORMAT
        or not isinstance(listed, list)
    ):
        raise LibraryError(f"{path} is not a catalogue that this ddsgui can read. Correct it or delete it.")
    entries = []
    for number, fields in enumerate(listed, 1):
        try:
            entries.append(_read_entry(fields))
        except (KeyError, TypeError, ValueError) as error:
            name = fields.get("name") if isinstance(fields, dict) else None
            position = name if isinstance(name, str) else f"number {number}"
            reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise LibraryError(f"{path} is broken at {position}: {reason}.") from error
    return entries


def _read_entry(fields: Any) -> CatalogueEntry:
    """Return one entry, checked field by field. Raises KeyError, TypeError or ValueError with the reason."""
    if not isinstance(fields, dict):
        raise TypeError("it is not a JSON object")
    unknown = sorted(fields.keys() - CatalogueEntry.__dataclass_fields__.keys())
    if unknown:
        raise ValueError(f"unknown key {unknown[0]}")
    kind = fields.get("kind", "domain")
    if kind not in KINDS:
        raise ValueError("kind must be domain or part")
    entry = CatalogueEntry(
        name=_text(fields, "name"),
        title=_text(fields, "title"),
        kind=kind,
        description=_text(fields, "description"),
        page=_address(fields["page"], "page"),
        licence=_text(fields, "licence"),
        file_name=_text({"file_name": fields["name"], **fields}, "file_name"),
        licence_url=_maybe(fields, "licence_url", _address),
        direct=tuple(_address(link, "direct") for link in fields.get("direct", [])),
        resolution=_maybe(fields, "resolution", _resolution),
        family=_maybe(fields, "family", lambda value, key: _text({key: value}, key)),
        classes=_maybe(fields, "classes", _count) or 0,
        bytes=_maybe(fields, "bytes", _count),
        sha256=_maybe(fields, "sha256", _sha256),
        format=fields.get("format", ""),
    )
    if not is_valid_name(entry.name):
        raise ValueError(f"a {kind} cannot be called {entry.name}")
    if not re.fullmatch(r"\w[\w .()+-]{0,119}", entry.file_name):
        raise ValueError(f"a file cannot be called {entry.file_name}")
    if not isinstance(entry.format, str):
        raise TypeError("format must be a string")
    return entry


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise LibraryError(f"{path} cannot be read: {paths.reason_of(error)}.") from error
    except (ValueError, RecursionError) as error:
        raise LibraryError(f"{path} is not valid JSON. Correct it or delete it.") from error


def _text(fields: dict[str, Any], key: str) -> str:
    value = fields[key]
    if not isinstance(value, str) or not value.strip():
        raise TypeError(f"{key} must be a string that is not empty")
    return value


def _maybe(fields: dict[str, Any], key: str, read: Any) -> Any:
    value = fields.get(key)
    return None if value is None else read(value, key)


def _address(value: Any, key: str) -> str:
    if not _is_address(value):
        raise ValueError(f"{key} must be an http:// or https:// address")
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
        raise ValueError(f"{key} must be a width and a height")
    return _count(value[0], key), _count(value[1], key)


def _count(value: Any, key: str) -> int:
    if type(value) is not int or value < 1:
        raise ValueError(f"{key} must be a whole number above 0")
    return value


def _sha256(value: Any, key: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise ValueError(f"{key} must be 64 hexadecimal digits")
    return value
