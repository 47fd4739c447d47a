"""What a user does to a library: add a file, fetch one of the catalogue, remove, look whether all is well."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsgui.checkpoints.hashing import BLOCK_BYTES, sha256_steps
from ddsgui.download.resumable import Download, DownloadProgress
from ddsgui.errors import CheckpointError, LibraryError
from ddsgui.library.card import DOWNLOADS_FOLDER
from ddsgui.library.catalogue import CatalogueEntry, mirrors
from ddsgui.library.checksums import Checksums
from ddsgui.library.conversion import convert_steps
from ddsgui.library.library import Entry, Kind, Library, is_valid_name, read_entry
from ddsgui.library.progress import Step, label_steps
from ddsgui.paths import write_beside
from ddsgui.steps import result_of

if TYPE_CHECKING:
    from ddsgui.checkpoints.model_file import FileReport, ModelFile


def add(
    library: Library,
    path: Path,
    name: str | None = None,
    title: str | None = None,
    offer: CatalogueEntry | None = None,
    crop: tuple[int, int] | None = None,
) -> Entry:
    """adding() without the stages."""
    return result_of(add_steps(library, path, name, title, offer, crop))


def add_steps(
    library: Library,
    path: Path,
    name: str | None = None,
    title: str | None = None,
    offer: CatalogueEntry | None = None,
    crop: tuple[int, int] | None = None,
) -> Generator[Step, None, Entry]:
    """Put a file into the user's library: a native one as it is, a foreign checkpoint converted.

    `offer`: what of the catalogue the file is, so that its terms and its family go with it. `crop`: width and
    height of what is meant of a square picture. The file is read once; a step takes no longer than loading it or
    drawing a picture. LibraryError or CheckpointError if it cannot be added; then the library is as it was, and also
    where the reader stops iterating.
    """
    from ddsgui.checkpoints.layouts.registry import NATIVE
    from ddsgui.checkpoints.model_file import ModelFile

    if path.is_dir():
        raise LibraryError(f"{path} is a folder; add the model file in it.")
    yield Step(f"Looking at {path.name}")
    file = ModelFile(path)
    kind = _kind(file)
    sha256 = yield from label_steps(f"Looking at {path.name}", sha256_steps(path))
    yield Step(f"Loading {path.name}")
    report = file.report(sha256)
    _check_offer(report, offer, path)
    twin = _find_duplicate(library, kind, report.sha256)
    if twin is not None:
        raise LibraryError(f"{path.name} is in the library already, as {twin.name}.")
    name = name or (offer.name if offer else _plain_name(path.stem))
    _check_name(library, kind, name)
    out = library.domain_path(name) if kind == "domain" else library.part_path(name)
    if report.kind == "part" or (report.format == NATIVE and crop is None):
        yield from label_steps(f"Copying {path.name}", _copy_steps(path, out, kind))
    else:
        metadata = _metadata(report, name, title, offer, path)
        yield from convert_steps(file, out, metadata, crop or (offer.crop if offer else None))
    checksums = Checksums(library.folder)
    checksums.record(out)
    if offer is not None and checksums.download(offer.name) is None:
        checksums.record_download(offer.name, report.sha256)
    return read_entry(out, kind)


def fetch_steps(
    library: Library, offer: CatalogueEntry, accept_new: bool = False
) -> Generator[DownloadProgress | Step, None, Entry]:
    """Download an offer and add it: first the progress of the download, then what adding() says.

    A download that is broken off, or left by its reader, goes on the next time. The file must be what came the
    first time, unless `accept_new`. Steps wait for the network. LibraryError or CheckpointError in one sentence.
    """
    if offer.name.lower() in {entry.name.lower() for entry in library.all_files(offer.kind)}:
        raise LibraryError(f"{offer.name} is in the library already.")
    checksums = Checksums(library.folder)
    before = checksums.download(offer.name) if offer.sha256 is None else None
    download = Download(
        offer, library.folder / DOWNLOADS_FOLDER, mirrors(library.folder), None if accept_new else before
    )
    digest = yield from download.steps()
    try:
        entry = yield from add_steps(library, download.path, offer=offer)
    except (CheckpointError, LibraryError) as error:  # a full disk or memory is another matter
        download.discard()
        raise type(error)(f"{error} What was downloaded was deleted.") from error
    checksums.record_download(offer.name, digest)
    download.discard()
    return entry


def discard_download(library: Library, offer: CatalogueEntry) -> None:
    """Forget what has come of a download."""
    Download(offer, library.folder / DOWNLOADS_FOLDER).discard()


def _kind(file: ModelFile) -> Kind:
    if file.kind == "domain":
        return "domain"
    if file.kind == "part":
        return "part"
    raise LibraryError(
        f"{file.path.name} is a {file.kind}, which belongs beside its domain; add the domain's file."
    )


def _check_offer(report: FileReport, offer: CatalogueEntry | None, path: Path) -> None:
    """That a file which was got by hand is the one that is meant, as far as is known."""
    if offer is None:
        return
    wrong = None
    if report.kind != offer.kind:
        wrong = f"is a {report.kind}"
    elif offer.sha256 is not None and offer.sha256 != report.sha256:
        wrong = f"has another SHA-256 ({report.sha256[:12]}…, not {offer.sha256[:12]}…)"
    side = report.configuration.get("resolution")
    if wrong is None and offer.resolution is not None and side not in (None, max(offer.resolution)):
        wrong = f"draws {side} pixels, not {max(offer.resolution)}"
    if wrong is not None:
        raise LibraryError(f"{path.name} {wrong}: it is not {offer.name} of the catalogue; add it by itself.")


def _find_duplicate(library: Library, kind: Kind, sha256: str) -> Entry | None:
    """What was added from the very same file."""
    checksums = Checksums(library.folder)
    for entry in library.files(kind):
        if sha256 in (entry.card.get("sha256"), checksums.of(entry.path)):
            return entry
    return None


def _check_name(library: Library, kind: Kind, name: str) -> None:
    if not is_valid_name(name):
        raise LibraryError(f"A {kind} cannot be called “{name}”; use letters, digits, spaces and hyphens.")
    if (entry := library.find_conflict(kind, name)) is not None:
        raise LibraryError(entry.taken)


def _plain_name(stem: str) -> str:
    """A name in the library made of a file's."""
    plain = "".join(c if c.isalnum() or c in "_ .()-" else "-" for c in stem).strip(" .-")[:80].rstrip(" .")
    return plain if is_valid_name(plain) else f"my {plain}"[:80]


def _metadata(
    report: FileReport, name: str, title: str | None, offer: CatalogueEntry | None, path: Path
) -> Any:
    from ddsgui.checkpoints.checkpoint import DomainMetadata

    card: dict[str, Any] = {
        "origin": f"converted from {path.name}, {report.format}",
        "sha256": report.sha256,
        **report.card,
    }
    if offer is not None:
        own = {
            key: getattr(offer, key) for key in ("description", "licence", "licence_url", "page", "family")
        }
        card.update({key: value for key, value in own.items() if value})
    shown = title or (offer.title if offer else report.title)
    return DomainMetadata(name=name, title=shown, card=card, parent=report.parent)


def _copy_steps(path: Path, out: Path, kind: Kind) -> Generator[float, None, None]:
    """A native file, and the discriminator beside it. Yields the share of what is being copied."""
    from ddsgui.checkpoints.checkpoint import discriminator_path

    with write_beside(out) as beside:
        yield from _copy_file_steps(path, beside)
        if kind == "domain" and discriminator_path(path).is_file():
            with write_beside(discriminator_path(out)) as judge:  # named first: then the domain is whole
                yield from _copy_file_steps(discriminator_path(path), judge)


def _copy_file_steps(source: Path, target: Path) -> Generator[float, None, None]:
    size, copied = source.stat().st_size, 0
    with source.open("rb") as reader, target.open("wb") as writer:
        while block := reader.read(BLOCK_BYTES):
            copied += writer.write(block)
            yield min(1.0, copied / size) if size else 1.0
