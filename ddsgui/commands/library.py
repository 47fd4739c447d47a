"""The verb `ddsgui library`: list, add, download, check and remove domains and parts."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsgui.commands.options import VerbResult, Verbs, add_crop, add_network, add_verb

if TYPE_CHECKING:
    from ddsgui.library.card import Card
    from ddsgui.library.library import Entry, Library

log = logging.getLogger(__name__)

LINKED = "To download with “ddsgui library get NAME”"
PAGED = "To download from the web page that “ddsgui library show NAME” gives, then “ddsgui library add FILE --as NAME”"


def add(verbs: Verbs) -> None:
    """Add `library list`, `add`, `get`, `show`, `verify` and `remove`."""
    parser = verbs.add_parser("library", help="list, add, download, check and remove domains and parts")
    verbs_of_library = parser.add_subparsers(metavar="list|add|remove|show|verify|get", required=True)
    verb = add_verb(
        verbs_of_library,
        "list",
        list_all,
        "list domains and parts",
        "ddsgui library list",
    )
    _add_kind(verb)
    verb.add_argument("--here", action="store_true", help="list only what is installed")

    verb = add_verb(
        verbs_of_library,
        "add",
        add_file,
        "add a model file to the library; a foreign checkpoint is converted",
        "ddsgui library add ffhq_sketches.pt --as few-shot-sketches",
    )
    verb.add_argument(
        "file", type=Path, metavar="FILE", help="any checkpoint that “ddsgui inspect” can read, or a part"
    )
    verb.add_argument("--name", help="name in the library (default: the file's)")
    verb.add_argument("--title", help="title in the window (default: as in FILE, or the name)")
    verb.add_argument(
        "--as",
        dest="published",
        metavar="NAME",
        help="the catalogue's name for this file",
    )
    add_crop(verb)
    add_network(verb)

    verb = add_verb(
        verbs_of_library,
        "get",
        get,
        "download a domain from the catalogue and add it; an interrupted download resumes",
        "ddsgui library get lsun-cat",
    )
    verb.add_argument("name", metavar="NAME", help="as in “ddsgui library list”")
    verb.add_argument(
        "--accept-new",
        action="store_true",
        help="accept the file even if it differs from the one downloaded first",
    )

    verb = add_verb(
        verbs_of_library,
        "show",
        show,
        "show everything known about a domain or part",
        "ddsgui library show portrait",
    )
    verb.add_argument("name", metavar="NAME", help="as in “ddsgui library list”")
    _add_kind(verb)

    verb = add_verb(
        verbs_of_library,
        "verify",
        verify,
        "read domains and parts again, load them and draw with them; exit code 1 if one is damaged",
        "ddsgui library verify portrait hair",
    )
    verb.add_argument("names", nargs="*", metavar="NAME", help="as in “ddsgui library list” (default: all)")
    _add_kind(verb)

    verb = add_verb(
        verbs_of_library,
        "remove",
        remove,
        "delete one of your domains or parts",
        "ddsgui library remove my-cats",
    )
    verb.add_argument("name", metavar="NAME", help="as in “ddsgui library list”")
    _add_kind(verb)


def list_all(args: argparse.Namespace) -> VerbResult:
    """List one card per line."""
    from ddsgui.library.card import cards
    from ddsgui.library.library import Library

    library = Library()
    matches = [card for card in cards(library) if args.kind in (None, card.kind)]
    if args.here:
        matches = [card for card in matches if card.entry is not None]
    lines: list[str] = []
    for heading in ("Domains", "Parts", LINKED, PAGED):
        chosen = [card for card in matches if _heading(card) == heading]
        if chosen:
            lines += ["", heading, *_table(chosen)]
    data = {"folder": str(library.folder), "cards": [_as_dict(card) for card in matches]}
    return VerbResult(data, "\n".join([f"Your library is {library.folder}", *lines]))


def show(args: argparse.Namespace) -> VerbResult:
    """Show everything on one card."""
    from ddsgui.library.card import card_details

    card = _card(args.name, args.kind)
    return VerbResult(_as_dict(card), "\n".join(f"{label}: {line}" for label, line in card_details(card)))


def add_file(args: argparse.Namespace) -> VerbResult:
    """Add a file: convert or copy it."""
    from ddsgui.commands.progress import show_steps
    from ddsgui.device import memory_guard
    from ddsgui.library.add import add_steps
    from ddsgui.library.catalogue import find_catalogue_entry
    from ddsgui.library.library import Library

    library = Library()
    published = find_catalogue_entry(library.folder, args.published) if args.published else None
    with memory_guard():
        entry = show_steps(
            add_steps(library, args.file, args.name, args.title, published, args.crop, network=args.network),
            args.file.name,
        )
    return _added(entry, library)


def get(args: argparse.Namespace) -> VerbResult:
    """Download and add a domain; an interrupted download can be resumed."""
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
        log.warning("The download so far is saved; the same command resumes it.")
        raise
    return _added(entry, library)


def verify(args: argparse.Namespace) -> VerbResult:
    """Verify the named files, or all."""
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
        results = [show_steps(verify_steps(library, entry), entry.name) for entry in entries]
    ok = all(result.ok for result in results)
    lines = [f"{'ok  ' if result.ok else 'fail'}  {result.text}" for result in results]
    return VerbResult(
        {"ok": ok, "files": [result.as_dict() for result in results]}, "\n".join(lines), int(not ok)
    )


def remove(args: argparse.Namespace) -> VerbResult:
    """Delete a domain or part for good."""
    from ddsgui.library import trash
    from ddsgui.library.library import Library

    library = Library()
    removed = trash.remove(library, library.entry(args.name, args.kind))
    removed.discard()
    entry = removed.entry
    text = f"Removed the {entry.kind} {entry.name}."
    if removed.dependents:
        text += f" Domains adapted from it still work: {', '.join(removed.dependents)}."
    data = {
        "name": entry.name,
        "kind": entry.kind,
        "file": str(entry.path),
        "depends": list(removed.dependents),
    }
    return VerbResult(data, text)


def _added(entry: Entry, library: Library) -> VerbResult:
    card = _card(entry.name, entry.kind, library)
    text = f"Added the {entry.kind} {entry.name} to the library: {', '.join(_facts(card))}."
    return VerbResult(_as_dict(card), text)


def _card(name: str, kind: str | None, library: Library | None = None) -> Card:
    from ddsgui.errors import LibraryError
    from ddsgui.library.card import cards
    from ddsgui.library.library import Library, ambiguous_name_message

    library = library or Library()
    matches = [card for card in cards(library) if card.name == name and kind in (None, card.kind)]
    if len(matches) == 1:
        return matches[0]
    if not matches:
        library.entry(name)  # raises an error that lists the names
    raise LibraryError(ambiguous_name_message(name))


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
        facts.append(f"{format_size(card.received)} received")
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
    parser.add_argument(
        "--kind", choices=("domain", "part"), help="which one, if a domain and a part share a name"
    )
