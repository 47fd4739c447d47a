"""Jobs of the library window. Those marked "Engine" make tensors and run there; the others wait for disk or network."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ddsgui.download.resumable import DownloadProgress
from ddsgui.errors import DdsError, LibraryError, NetworkChoiceError
from ddsgui.library import trash
from ddsgui.library.add import add_steps, discard_download, fetch_steps
from ddsgui.library.card import Card, cards
from ddsgui.library.catalogue import CatalogueEntry, mirrors, read_catalogue
from ddsgui.library.checksums import Checksums
from ddsgui.library.library import KINDS, Entry, Library
from ddsgui.library.progress import Step
from ddsgui.library.thumbnails import make_thumbnail
from ddsgui.library.trash import RemovedEntry
from ddsgui.library.verification import Verification, verify_steps


@dataclass(frozen=True)
class LibrarySnapshot:
    """All cards, and the settings of the library's folder, at one moment."""

    cards: tuple[Card, ...]
    has_mirrors: bool  # mirrors may offer files that have no link
    problem: str  # sentences about unreadable settings in the folder


@dataclass(frozen=True)
class ThumbnailResult:
    """A thumbnail, or a sentence that says why there is none."""

    entry: Entry
    thumbnail: Path | None
    problem: str = ""


@dataclass(frozen=True)
class NetworkChoice:
    """A file that was not added, because one of its generators has to be chosen."""

    path: Path
    networks: tuple[str, ...]
    sentence: str


# The steps that add a completely downloaded file to the library.
AddSteps = Generator[DownloadProgress | Step, None, Entry]


def read_library(library: Library, first: bool) -> Generator[None, None, LibrarySnapshot]:
    """Return a snapshot; each file is read once, for its hash. first: also empty the trash of old entries."""
    yield
    if first:
        trash.empty_trash(library)
    problems, has_mirrors = [], False
    try:
        read_catalogue(library.folder)
    except LibraryError as error:
        problems.append(str(error))
    try:
        has_mirrors = bool(mirrors(library.folder))
    except LibraryError as error:
        problems.append(str(error))
    return LibrarySnapshot(tuple(cards(library)), has_mirrors, " ".join(problems))


def draw_thumbnails(
    library: Library, entries: tuple[Entry, ...]
) -> Generator[tuple[ThumbnailResult, ...], None, None]:
    """Draw thumbnails. Engine. Each step holds all results so far, so that a newest-only box loses none."""
    results: tuple[ThumbnailResult, ...] = ()
    for entry in entries:
        try:
            result = ThumbnailResult(entry, make_thumbnail(library, entry))
        except DdsError as error:
            result = ThumbnailResult(entry, None, str(error))
        results = (*results, result)
        yield results


def add(
    library: Library, path: Path, published: CatalogueEntry | None, network: str = ""
) -> Generator[Step, None, Entry | NetworkChoice]:
    """Add a file to the library under a free name, or return a question. Engine."""
    yield Step(f"Reading {path.name}")
    name = None if published is not None else _free_name(library, path.stem)
    try:
        return (yield from add_steps(library, path, name, published=published, network=network, ask=True))
    except NetworkChoiceError as error:
        return NetworkChoice(path, error.networks, str(error))


def fetch(
    library: Library, published: CatalogueEntry, accept_new: bool
) -> Generator[DownloadProgress, None, AddSteps]:
    """Download a file of the catalogue; return the steps that add it, which belong to the engine."""
    steps = fetch_steps(library, published, accept_new)
    try:
        for step in steps:
            if isinstance(step, Step):
                return _continue_steps(step, steps)
            yield step
    except BaseException:  # also when this generator is closed: the connection ends at once
        steps.close()
        raise
    raise AssertionError("a download ends with adding its file")


def has_other_hash(library: Library, published: CatalogueEntry) -> Generator[None, None, bool]:
    """Return whether an earlier download of this name fixed its SHA-256, so that a new version is refused."""
    yield
    return published.sha256 is None and Checksums(library.folder).download(published.name) is not None


def discard(library: Library, published: CatalogueEntry) -> Generator[None, None, None]:
    """Delete an unfinished download."""
    yield
    discard_download(library, published)


def verify(library: Library, entry: Entry) -> Generator[Step, None, Verification]:
    """Read, load and draw with an entry again. Engine."""
    return (yield from verify_steps(library, entry))


def remove(library: Library, entry: Entry) -> Generator[None, None, RemovedEntry]:
    """Remove an entry; restore() undoes it."""
    yield
    return trash.remove(library, entry)


def restore(removed: RemovedEntry) -> Generator[None, None, Entry]:
    """Undo remove()."""
    yield
    return removed.restore()


def _free_name(library: Library, stem: str) -> str | None:
    """Return `stem` with a number if an entry has that name already; None if it is free."""
    names = {entry.name.lower() for kind in KINDS for entry in library.all_files(kind)}
    if stem.lower() not in names:
        return None
    number = 2
    while f"{stem} {number}".lower() in names:
        number += 1
    return f"{stem} {number}"


def _continue_steps(first: Step, steps: AddSteps) -> AddSteps:
    with closing(steps):
        yield first
        return (yield from steps)
