"""Cards of the domains and parts that are in the library or can be downloaded. Without torch."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ddsgui.download.resumable import Download
from ddsgui.errors import LibraryError
from ddsgui.library.catalogue import CatalogueEntry, read_catalogue
from ddsgui.library.checksums import Checksums
from ddsgui.library.families import related_domains_of_all
from ddsgui.library.library import KINDS, Entry, Kind, Library
from ddsgui.library.thumbnails import find_thumbnail

State = Literal["bundled", "added", "downloadable"]

DOWNLOADS_FOLDER = "downloads"  # inside the user's own
UNKNOWN_LICENCE = "not stated"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Card:
    """Everything known about one domain or part."""

    name: str
    title: str
    kind: Kind
    state: State
    resolution: tuple[int, int] | None  # width and height in pixels
    classes: int  # that a conditional domain draws, or that a part finds
    bytes: int | None
    licence: str
    origin: str
    description: str
    family: tuple[str, ...]  # names of the domains that share its latent space or, for a part, that it fits
    thumbnail: Path | None  # drawn by thumbnails.make_thumbnail(), if it exists
    page: str | None
    broken: str | None  # a sentence that says what is wrong with its file
    entry: Entry | None = None  # None if it is not in the library
    published: CatalogueEntry | None = None  # its entry in the catalogue
    received: int = 0  # bytes of an unfinished download


def cards(library: Library) -> list[Card]:
    """Return the domains by name, the parts by name, then what can be downloaded.

    A broken catalogue is logged and ignored.
    """
    checksums = Checksums(library.folder)
    try:
        catalogue = read_catalogue(library.folder)
    except LibraryError as error:
        log.warning("%s", error)
        catalogue = []
    by_hash = {digest: item for item in catalogue if (digest := checksums.download(item.name)) is not None}
    entries = {kind: library.entries(kind) for kind in KINDS}
    families = _families(library, entries["domain"])
    installed: list[Card] = []
    for kind in KINDS:
        for entry in entries[kind]:
            hashes = (checksums.of(entry.path), entry.card.get("sha256"))
            published = next((by_hash[h] for h in hashes if h in by_hash), None)
            family = families.get(entry.path) or tuple(d.name for d in entries["domain"] if entry.fits(d))
            installed.append(_entry_card(entry, published, family, find_thumbnail(library, entry)))
    names = {card.published.name for card in installed if card.published is not None}
    missing = [item for item in catalogue if item.name not in names]
    return installed + [_published_card(library, item, catalogue, installed) for item in missing]


def card_details(card: Card) -> list[tuple[str, str]]:
    """Return everything known about a card, as pairs of a label and a line."""
    lines: list[tuple[str, str | None]] = [
        ("name", card.name),
        ("title", card.title),
        ("kind", card.kind),
        ("state", card.state),
        ("broken", card.broken),
        ("about", card.description),
        ("picture", f"{card.resolution[0]} × {card.resolution[1]} px" if card.resolution else None),
        ("classes", str(card.classes) if card.classes else None),
        ("size", format_size(card.bytes) if card.bytes else None),
        ("received", format_size(card.received) if card.received else None),
        ("origin", card.origin),
        ("licence", card.licence),
        ("page", card.page),
        ("fits" if card.kind == "part" else "pairs with", ", ".join(card.family)),
        ("file", str(card.entry.path) if card.entry else None),
    ]
    extra = card.entry.card if card.entry else {}
    if card.published is not None or "licence_url" in extra:
        licence_url = card.published.licence_url if card.published else None
        lines.append(("terms", _plain(extra.get("licence_url")) or licence_url))
    if card.published is not None and card.entry is None:
        lines += [("link", link) for link in card.published.direct]
        lines.append(("SHA-256", card.published.sha256))
    listed = {"origin", "licence", "page", "licence_url", "family"}
    lines += [(key.replace("_", " "), _plain(value)) for key, value in extra.items() if key not in listed]
    return [(label, line) for label, line in lines if line]


def format_size(count: int) -> str:
    """Return a number of bytes for people: 381.7 MB."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} bytes"


def _entry_card(
    entry: Entry, published: CatalogueEntry | None, family: tuple[str, ...], thumbnail: Path | None
) -> Card:
    card = entry.card
    page = card.get("page")
    return Card(
        name=entry.name,
        title=entry.title,
        kind=entry.kind,
        state="bundled" if entry.bundled else "added",
        resolution=entry.resolution,
        classes=entry.classes,
        bytes=entry.path.stat().st_size if entry.path.exists() else None,
        licence=_plain(card.get("licence")) or UNKNOWN_LICENCE,
        origin=_plain(card.get("origin")) or "",
        description=_plain(card.get("description")) or (published.description if published else ""),
        family=family,
        thumbnail=thumbnail,
        page=page if isinstance(page, str) else published.page if published else None,
        broken=entry.broken,
        entry=entry,
        published=published,
    )


def _published_card(
    library: Library, published: CatalogueEntry, catalogue: list[CatalogueEntry], installed: list[Card]
) -> Card:
    family = published.family
    related = [item.name for item in catalogue if family and item.family == family and item is not published]
    related += [
        card.name
        for card in installed
        if family and card.entry and card.entry.card.get("family") == family and card.name not in related
    ]
    return Card(
        name=published.name,
        title=published.title,
        kind=published.kind,
        state="downloadable",
        resolution=published.resolution,
        classes=published.classes,
        bytes=published.bytes,
        licence=published.licence,
        origin="",
        description=published.description,
        family=tuple(related),
        thumbnail=None,
        page=published.page,
        broken=None,
        published=published,
        received=Download(published.request(), library.folder / DOWNLOADS_FOLDER).received,
    )


def _families(library: Library, domains: list[Entry]) -> dict[Path, tuple[str, ...]]:
    readable = [entry.path for entry in domains if entry.broken is None]
    return dict(zip(readable, related_domains_of_all(library, readable), strict=True))


def _plain(value: Any) -> str | None:
    """Return a field of a card, which may hold anything, as one line."""
    if isinstance(value, str):
        return " ".join(value.split())
    return None if value is None or isinstance(value, dict | list) else str(value)
