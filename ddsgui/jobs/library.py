"""What the library's page asks for, as plain generators. Those that make tensors say so: they are the engine's."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ddsgui.download.resumable import DownloadProgress
from ddsgui.errors import DdsError, LibraryError
from ddsgui.library.add import add_steps, discard_download, fetch_steps
from ddsgui.library.card import Card, cards
from ddsgui.library.catalogue import CatalogueEntry, mirrors, read_catalogue
from ddsgui.library.checksums import Checksums
from ddsgui.library.library import KINDS, Entry, Library
from ddsgui.library.progress import Step
from ddsgui.library.thumbnails import make_thumbnail
from ddsgui.library.trash import RemovedEntry, empty_trash, remove
from ddsgui.library.verification import Verification, verify_steps


@dataclass(frozen=True)
class LibrarySnapshot:
    """All cards, and what else a page has to know of the library's folder."""

    cards: tuple[Card, ...]
    mirrored: bool  # whether a mirror may have what has no link of its own
    trouble: str  # sentences on settings of the folder that cannot be read


@dataclass(frozen=True)
class ThumbnailResult:
    """What became of a card's picture."""

    entry: Entry
    thumbnail: Path | None
    trouble: str = ""  # why there is none


# What is left of a download once the file has come: it is put into the library.
AddSteps = Generator[DownloadProgress | Step, None, Entry]


def read_library(library: Library, first: bool) -> Generator[None, None, LibrarySnapshot]:
    """All that is there. Reads each file once, for its hash. `first`: throw away what was removed another day."""
    yield
    if first:
        empty_trash(library)
    trouble, mirrored = [], False
    try:
        read_catalogue(library.folder)
    except LibraryError as error:
        trouble.append(str(error))
    try:
        mirrored = bool(mirrors(library.folder))
    except LibraryError as error:
        trouble.append(str(error))
    return LibrarySnapshot(tuple(cards(library)), mirrored, " ".join(trouble))


def draw_thumbnails(
    library: Library, entries: tuple[Entry, ...]
) -> Generator[tuple[ThumbnailResult, ...], None, None]:
    """Make the pictures of cards; each time all that are there, so that a newest-only box loses none. Tensors."""
    drawn: tuple[ThumbnailResult, ...] = ()
    for entry in entries:
        try:
            one = ThumbnailResult(entry, make_thumbnail(library, entry))
        except DdsError as error:
            one = ThumbnailResult(entry, None, str(error))
        drawn = (*drawn, one)
        yield drawn


def add(library: Library, path: Path, offer: CatalogueEntry | None) -> Generator[Step, None, Entry]:
    """Put a file into the library, under a name that is free; yields what it is doing. Tensors."""
    yield Step(f"Looking at {path.name}")
    name = None if offer is not None else _free(library, path.stem)
    return (yield from add_steps(library, path, name, offer=offer))


def fetch(
    library: Library, offer: CatalogueEntry, accept_new: bool
) -> Generator[DownloadProgress, None, AddSteps]:
    """Download an offer; returns what is left to do, which makes tensors."""
    steps = fetch_steps(library, offer, accept_new)
    try:
        for step in steps:
            if isinstance(step, Step):
                return _begun(step, steps)
            yield step
    except BaseException:  # also where the reader leaves: the connection goes at once
        steps.close()
        raise
    raise AssertionError("a download ends with its file's being added")


def has_other_hash(library: Library, offer: CatalogueEntry) -> Generator[None, None, bool]:
    """Whether something else came under this name once, so that a file which is not that one is refused."""
    yield
    return offer.sha256 is None and Checksums(library.folder).download(offer.name) is not None


def discard(library: Library, offer: CatalogueEntry) -> Generator[None, None, None]:
    """Forget what has come of a download."""
    yield
    discard_download(library, offer)


def verify(library: Library, entry: Entry) -> Generator[Step, None, Verification]:
    """Read, load and draw it anew. Tensors."""
    return (yield from verify_steps(library, entry))


def take_out(library: Library, entry: Entry) -> Generator[None, None, RemovedEntry]:
    """Remove; it can be put back."""
    yield
    return remove(library, entry)


def put_back(removed: RemovedEntry) -> Generator[None, None, Entry]:
    """Undo take_out."""
    yield
    return removed.restore()


def _free(library: Library, stem: str) -> str | None:
    """`stem` with a number if something in the library is called so; None if it is free."""
    taken = {entry.name.lower() for kind in KINDS for entry in library.all_files(kind)}
    if stem.lower() not in taken:
        return None
    number = 2
    while f"{stem} {number}".lower() in taken:
        number += 1
    return f"{stem} {number}"


def _begun(first: Step, steps: AddSteps) -> AddSteps:
    with closing(steps):
        yield first
        return (yield from steps)
