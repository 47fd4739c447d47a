"""What the library shows: one card for each domain and part that is here or can be had. Without torch."""

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

State = Literal["bundled", "added", "downloadable", "downloading"]

DOWNLOADS_FOLDER = "downloads"  # the folder in the user's own
UNKNOWN_LICENCE = "not stated"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Card:
    """One domain or part."""

    name: str
    title: str
    kind: Kind
    state: State  # "downloading" is set by whoever downloads
    resolution: tuple[int, int] | None  # width and height in pixels
    classes: int  # of a conditional domain; of a part, how many it finds
    bytes: int | None
    licence: str
    origin: str
    description: str
    family: tuple[str, ...]  # names that share its latent space; of a part, the domains that it fits
    thumbnail: Path | None  # of thumbnail.make(), if it has been made
    page: str | None
    broken: str | None  # the sentence that says what is wrong with its file
    entry: Entry | None = None  # of what is here
    catalogue_entry: CatalogueEntry | None = None  # of what is or was in the catalogue
    received: int = 0  # bytes of a download that was broken off


def cards(library: Library) -> list[Card]:
    """What is here by name, domains before parts, then what can be had. A broken catalogue is logged and left out."""
    checksums = Checksums(library.folder)
    try:
        offers = read_catalogue(library.folder)
    except LibraryError as error:
        log.warning("%s", error)
        offers = []
    came = {sha256: offer for offer in offers if (sha256 := checksums.download(offer.name)) is not None}
    shelves = {kind: library.entries(kind) for kind in KINDS}
    families = _families(library, shelves["domain"])
    here: list[Card] = []
    for kind in KINDS:
        for entry in shelves[kind]:
            hashes = (checksums.of(entry.path), entry.card.get("sha256"))
            offer = next((came[h] for h in hashes if h in came), None)
            family = families.get(entry.path) or _fitting(entry, shelves["domain"])
            here.append(_of_entry(entry, offer, family, find_thumbnail(library, entry)))
    there = {card.catalogue_entry.name for card in here if card.catalogue_entry is not None}
    return here + [_of_offer(library, offer, offers, here) for offer in offers if offer.name not in there]


def card_details(card: Card) -> list[tuple[str, str]]:
    """All that is known of it, as pairs of a label and a line."""
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
        ("fits" if card.kind == "part" else "shares its latent space with", ", ".join(card.family)),
        ("file", str(card.entry.path) if card.entry else None),
    ]
    shown = {"origin", "licence", "page", "licence_url", "family"}
    extra = card.entry.card if card.entry else {}
    if card.catalogue_entry is not None or "licence_url" in extra:
        lines.append(
            (
                "terms",
                _plain(extra.get("licence_url"))
                or (card.catalogue_entry and card.catalogue_entry.licence_url),
            )
        )
    if card.catalogue_entry is not None and card.entry is None:
        lines += [("link", link) for link in card.catalogue_entry.direct]
        lines.append(("SHA-256", card.catalogue_entry.sha256))
    lines += [(key.replace("_", " "), _plain(value)) for key, value in extra.items() if key not in shown]
    return [(label, line) for label, line in lines if line]


def format_size(count: int) -> str:
    """Bytes for people: 381.7 MB."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} bytes"


def _of_entry(
    entry: Entry, offer: CatalogueEntry | None, family: tuple[str, ...], thumbnail: Path | None
) -> Card:
    config = _config(entry)
    card = entry.card
    page = card.get("page")
    classes = entry.metadata.get("classes") if entry.kind == "part" else config.get("classes")
    return Card(
        name=entry.name,
        title=entry.title,
        kind=entry.kind,
        state="bundled" if entry.bundled else "added",
        resolution=_resolution(config),
        classes=len(classes) if isinstance(classes, list) else classes if type(classes) is int else 0,
        bytes=entry.path.stat().st_size if entry.path.exists() else None,
        licence=_plain(card.get("licence")) or UNKNOWN_LICENCE,
        origin=_plain(card.get("origin")) or "",
        description=_plain(card.get("description")) or (offer.description if offer else ""),
        family=family,
        thumbnail=thumbnail,
        page=page if isinstance(page, str) else offer.page if offer else None,
        broken=entry.broken,
        entry=entry,
        catalogue_entry=offer,
    )


def _of_offer(
    library: Library, offer: CatalogueEntry, offers: list[CatalogueEntry], here: list[Card]
) -> Card:
    related = [o.name for o in offers if offer.family and o.family == offer.family and o is not offer]
    related += [
        card.name
        for card in here
        if offer.family
        and card.entry
        and card.entry.card.get("family") == offer.family
        and card.name not in related
    ]
    return Card(
        name=offer.name,
        title=offer.title,
        kind=offer.kind,
        state="downloadable",
        resolution=offer.resolution,
        classes=offer.classes,
        bytes=offer.bytes,
        licence=offer.licence,
        origin="",
        description=offer.description,
        family=tuple(related),
        thumbnail=None,
        page=offer.page,
        broken=None,
        catalogue_entry=offer,
        received=Download(offer, library.folder / DOWNLOADS_FOLDER).received,
    )


def _families(library: Library, domains: list[Entry]) -> dict[Path, tuple[str, ...]]:
    whole = [entry.path for entry in domains if entry.broken is None]
    return dict(zip(whole, related_domains_of_all(library, whole), strict=True))


def _fitting(part: Entry, domains: list[Entry]) -> tuple[str, ...]:
    """The domains whose activations a part reads."""
    return tuple(d.name for d in domains if part.kind == "part" and fits(part, d))


def fits(part: Entry, domain: Entry) -> bool:
    """Whether a domain has the activations that a part was painted on, as far as their headers say."""
    config = _config(domain)
    channels = config.get("channels")
    if not isinstance(channels, list) or part.broken is not None:
        return False
    layers = [channels[(i + 1) // 2] for i in range(2 * len(channels) - 1)]
    return (layers, config.get("resolution")) == (
        part.metadata.get("channels"),
        part.metadata.get("resolution"),
    )


def _config(entry: Entry) -> dict[str, Any]:
    config = entry.metadata if entry.kind == "part" else entry.metadata.get("config")
    return config if isinstance(config, dict) else {}


def _resolution(config: dict[str, Any]) -> tuple[int, int] | None:
    crop, side = config.get("crop"), config.get("resolution")
    if isinstance(crop, list) and len(crop) == 2 and all(type(length) is int for length in crop):
        return crop[0], crop[1]
    return (side, side) if type(side) is int else None


def _plain(value: Any) -> str | None:
    """A field of a card, which may hold anything, as one line."""
    if isinstance(value, str):
        return " ".join(value.split())
    return None if value is None or isinstance(value, dict | list) else str(value)
