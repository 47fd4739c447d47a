"""ddsgui library: what domains and parts there are, and what can be had."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsgui.commands.crop import add_crop
from ddsgui.commands.options import VerbResult, Verbs, add_verb

if TYPE_CHECKING:
    from ddsgui.library.card import Card
    from ddsgui.library.library import Entry, Library

log = logging.getLogger(__name__)

LINKED = "To download, by “ddsgui library get NAME”"
PAGED = "From the web page that “ddsgui library show NAME” tells, then “ddsgui library add FILE --as NAME”"


def add(verbs: Verbs) -> None:
    """`library list`, `add`, `remove`, `show`, `verify` and `get`."""
    parser = verbs.add_parser("library", help="list, add, fetch, check and remove domains and parts")
    parts = parser.add_subparsers(metavar="list|add|remove|show|verify|get", required=True)
    one = add_verb(parts, "list", list_all, "list what is here and what can be had", "ddsgui library list")
    _add_kind(one)
    one.add_argument("--here", action="store_true", help="leave out what would have to be downloaded")

    one = add_verb(
        parts,
        "add",
        add_file,
        "put a model file into the library; a foreign checkpoint is converted",
        "ddsgui library add ffhq_sketches.pt --as few-shot-sketches",
    )
    one.add_argument(
        "file", type=Path, metavar="FILE", help="any checkpoint that “ddsgui inspect” can read, or a part"
    )
    one.add_argument("--name", help="in the library (default: the file's)")
    one.add_argument("--title", help="what the window shows (default: as in FILE, or the name)")
    one.add_argument("--as", dest="published", metavar="NAME", help="what of the catalogue the file is")
    add_crop(one)

    one = add_verb(
        parts,
        "get",
        get,
        "download a domain of the catalogue, or go on with its download, and add it",
        "ddsgui library get lsun-cat",
    )
    one.add_argument("name", metavar="NAME", help="as in “ddsgui library list”")
    one.add_argument(
        "--accept-new",
        action="store_true",
        help="take the file even if it is another one than the first time",
    )

    one = add_verb(parts, "show", show, "tell all about a domain or part", "ddsgui library show portrait")
    one.add_argument("name", metavar="NAME", help="as in “ddsgui library list”")
    _add_kind(one)

    one = add_verb(
        parts,
        "verify",
        verify,
        "read domains and parts again, load them and draw with them; exit code 1 if one is broken",
        "ddsgui library verify portrait hair",
    )
    one.add_argument("names", nargs="*", metavar="NAME", help="as in “ddsgui library list” (default: all)")
    _add_kind(one)

    one = add_verb(
        parts, "remove", remove, "delete a domain or part of your own", "ddsgui library remove my-cats"
    )
    one.add_argument("name", metavar="NAME", help="as in “ddsgui library list”")
    _add_kind(one)


def list_all(args: argparse.Namespace) -> VerbResult:
    """One line a card."""
    from ddsgui.library.card import cards
    from ddsgui.library.library import Library

    library = Library()
    found = [card for card in cards(library) if args.kind in (None, card.kind)]
    if args.here:
        found = [card for card in found if card.entry is not None]
    lines: list[str] = []
    for heading in ("Domains", "Parts", LINKED, PAGED):
        chosen = [card for card in found if _heading(card) == heading]
        if chosen:
            lines += ["", heading, *_table(chosen)]
    data = {"folder": str(library.folder), "cards": [_as_dict(card) for card in found]}
    return VerbResult(data, "\n".join([f"Your library is {library.folder}", *lines]))


def show(args: argparse.Namespace) -> VerbResult:
    """The whole card."""
    from ddsgui.library.card import card_details

    card = _card(args.name, args.kind)
    return VerbResult(_as_dict(card), "\n".join(f"{label}: {line}" for label, line in card_details(card)))


def add_file(args: argparse.Namespace) -> VerbResult:
    """Convert or copy."""
    from ddsgui.commands.progress import show_steps
    from ddsgui.device import memory_guard
    from ddsgui.library.add import add_steps
    from ddsgui.library.catalogue import find_catalogue_entry
    from ddsgui.library.library import Library

    library = Library()
    published = find_catalogue_entry(library.folder, args.published) if args.published else None
    with memory_guard():
        entry = show_steps(
            add_steps(library, args.file, args.name, args.title, published, args.crop), args.file.name
        )
    return _added(entry, library)


def get(args: argparse.Namespace) -> VerbResult:
    """Download and convert; what has come stays if it is interrupted."""
    from ddsgui.commands.progress import show_steps
    from ddsgui.device import memory_guard
    from ddsgui.library.add import fetch_steps
    from ddsgui.library.catalogue import find_catalogue_entry
    from ddsgui.library.library import Library

    library = Library()
    published = find_catalogue_entry(library.folder, args.name)
    try:
        with memory_guard():
            entry = show_steps(fetch_steps(library, published, args.accept_new), published.file_name)
    except KeyboardInterrupt:
        log.warning("What has come is kept; the same command goes on from there.")
        raise
    return _added(entry, library)


def verify(args: argparse.Namespace) -> VerbResult:
    """All that is named, or all."""
    from ddsgui.commands.progress import show_steps
    from ddsgui.device import memory_guard
    from ddsgui.library.library import KINDS, Library
    from ddsgui.library.verification import verify_steps

    library = Library()
    if args.names:
        entries = [library.entry(name, args.kind) for name in args.names]
    else:
        kinds = KINDS if args.kind is None else (args.kind,)
        entries = [entry for kind in kinds for entry in library.entries(kind)]
    with memory_guard():
        found = [show_steps(verify_steps(library, entry), entry.name) for entry in entries]
    ok = all(one.ok for one in found)
    lines = [f"{'ok  ' if one.ok else 'fail'}  {one.text}" for one in found]
    return VerbResult({"ok": ok, "files": [one.as_dict() for one in found]}, "\n".join(lines), int(not ok))


def remove(args: argparse.Namespace) -> VerbResult:
    """For good."""
    from ddsgui.library import trash
    from ddsgui.library.library import Library

    library = Library()
    removed = trash.remove(library, library.entry(args.name, args.kind))
    removed.discard()
    entry = removed.entry
    said = f"Removed the {entry.kind} {entry.name}."
    if removed.dependents:
        said += f" {', '.join(removed.dependents)} came from it and go on working."
    data = {
        "name": entry.name,
        "kind": entry.kind,
        "file": str(entry.path),
        "depends": list(removed.dependents),
    }
    return VerbResult(data, said)


def _added(entry: Entry, library: Library) -> VerbResult:
    card = _card(entry.name, entry.kind, library)
    said = f"The library has the {entry.kind} {entry.name} now: {', '.join(_facts(card))}."
    return VerbResult(_as_dict(card), said)


def _card(name: str, kind: str | None, library: Library | None = None) -> Card:
    from ddsgui.errors import LibraryError
    from ddsgui.library.card import cards
    from ddsgui.library.library import Library

    library = library or Library()
    found = [card for card in cards(library) if card.name == name and kind in (None, card.kind)]
    if len(found) == 1:
        return found[0]
    if not found:
        library.entry(name)  # says what there is
    raise LibraryError(f"There are a domain and a part called {name}; say which by --kind.")


def _heading(card: Card) -> str:
    if card.entry is not None:
        return f"{card.kind.title()}s"
    return LINKED if card.published is not None and card.published.direct else PAGED


def _table(cards: list[Card]) -> list[str]:
    width = max(len(card.name) for card in cards)
    return [f"  {card.name:{width}}  {', '.join(_facts(card))}" for card in cards]


def _facts(card: Card) -> list[str]:
    from ddsgui.library.card import format_size

    if card.broken is not None:
        return [f"broken: {card.broken.rstrip('.')}"]
    facts = [card.title] if card.title != card.name else []
    if card.resolution is not None:
        facts.append(f"{card.resolution[0]} × {card.resolution[1]} px")
    if card.classes and card.kind == "domain":
        facts.append(f"{card.classes} classes")
    if card.bytes is not None:
        facts.append(format_size(card.bytes))
    facts.append(card.state if card.entry else card.licence)
    if card.received:
        facts.append(f"{format_size(card.received)} are here")
    return facts


def _as_dict(card: Card) -> dict[str, Any]:
    return {
        "name": card.name,
        "title": card.title,
        "kind": card.kind,
        "state": card.state,
        "resolution": card.resolution,
        "classes": card.classes,
        "bytes": card.bytes,
        "licence": card.licence,
        "origin": card.origin,
        "description": card.description,
        "family": card.family,
        "thumbnail": None if card.thumbnail is None else str(card.thumbnail),
        "page": card.page,
        "links": card.published.direct if card.published else (),
        "broken": card.broken,
        "received": card.received,
        "file": None if card.entry is None else str(card.entry.path),
        "card": card.entry.card if card.entry else {},
    }


def _add_kind(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind", choices=("domain", "part"), help="where a domain and a part have one name")
