"""Adding files to the library, and downloading those of the catalogue."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsgui.checkpoints.hashing import BLOCK_BYTES, sha256_steps
from ddsgui.download.http import WrongHashError
from ddsgui.download.resumable import Download, DownloadProgress
from ddsgui.errors import CheckpointError, LibraryError, NetworkChoiceError
from ddsgui.library.card import DOWNLOADS_FOLDER
from ddsgui.library.catalogue import CatalogueEntry, mirrors
from ddsgui.library.checksums import Checksums
from ddsgui.library.conversion import convert_steps
from ddsgui.library.library import Entry, Kind, Library, is_valid_name, read_entry
from ddsgui.library.progress import Step, label_steps
from ddsgui.paths import check_is_new, reason_of, write_beside
from ddsgui.steps import result_of

if TYPE_CHECKING:
    from ddsgui.checkpoints.model_file import FileReport, ModelFile


def add(
    library: Library,
    path: Path,
    name: str | None = None,
    title: str | None = None,
    published: CatalogueEntry | None = None,
    crop: tuple[int, int] | None = None,
) -> Entry:
    """Add a file to the library without reporting steps; see add_steps()."""
    return result_of(add_steps(library, path, name, title, published, crop))


def add_steps(
    library: Library,
    path: Path,
    name: str | None = None,
    title: str | None = None,
    published: CatalogueEntry | None = None,
    crop: tuple[int, int] | None = None,
    sha256: str | None = None,
    again: bool = False,
    network: str = "",
    ask: bool = False,
) -> Generator[Step, None, Entry]:
    """Add a file to the user's library: copy a native one, convert a foreign checkpoint.

    published: the catalogue entry of the file, whose licence and family are copied to the new entry.
    crop: width and height of the picture in the middle of a padded square.
    sha256: of the file, if it is already known; otherwise the file is read to compute it.
    again: add it even if the library has it under another name.
    network: the name of the generator to take, if the file holds several.
    ask: raise NetworkChoiceError instead of taking the first, if no name says which of them is the average.
    A step takes no longer than loading the file or drawing a picture. Raises LibraryError or CheckpointError if the
    file cannot be added. Then, and if the generator is closed early, the library is unchanged.
    """
    from ddsgui.checkpoints.layouts.native import NAME as NATIVE
    from ddsgui.checkpoints.model_file import ModelFile

    if path.is_dir():
        raise LibraryError(f"{path} is a folder. Add the model file in it.")
    yield Step(f"Reading {path.name}")
    file = ModelFile(path, network)
    kind = _kind(file)
    if ask and not network and file.networks:
        raise NetworkChoiceError(path.name, file.networks)
    if sha256 is None:
        sha256 = yield from label_steps(f"Reading {path.name}", sha256_steps(path))
    yield Step(f"Loading {path.name}")
    report = file.report(sha256)
    _check_published(report, published, path)
    duplicate = _find_duplicate(library, kind, report.sha256)
    if duplicate is not None and not again:
        raise LibraryError(f"{path.name} is already in the library, as {duplicate.name}.")
    name = name or (published.name if published else _name_from(path.stem))
    if (problem := library.name_problem(kind, name)) is not None:
        raise LibraryError(problem)
    out = library.domain_path(name) if kind == "domain" else library.part_path(name)
    checksums = Checksums(library.folder)
    if report.kind == "part" or (report.format == NATIVE and crop is None):
        yield from label_steps(f"Copying {path.name}", _copy_steps(path, out, kind))
        checksums.record(out, report.sha256)
    else:
        metadata = _metadata(report, name, title, published, path)
        yield from convert_steps(
            file, out, metadata, crop or (published.crop if published else None), new=True
        )
        checksums.record(out)
    if published is not None and checksums.download(published.name) is None:
        checksums.record_download(published.name, report.sha256)
    return read_entry(out, kind)


def fetch_steps(
    library: Library, published: CatalogueEntry, accept_new: bool = False
) -> Generator[DownloadProgress | Step, None, Entry]:
    """Download a file of the catalogue and add it: yield the download's progress, then the steps of add_steps().

    An interrupted download, or one whose generator is closed, resumes the next time. The file must be the one that
    was downloaded first, unless `accept_new`. A step may wait for the network. Raises LibraryError or
    CheckpointError.
    """
    name = published.name
    if name.lower() in {entry.name.lower() for entry in library.all_files(published.kind)}:
        raise LibraryError(f"{name} is already in the library.")
    checksums = Checksums(library.folder)
    first = checksums.download(name) if published.sha256 is None and not accept_new else None
    request = published.request(mirrors(library.folder), first)
    if not request.urls:
        raise LibraryError(
            f"{published.title} is only available from a web page. Download it from {published.page}, then add the "
            f"file as {name}."
        )
    download = Download(request, library.folder / DOWNLOADS_FOLDER)
    try:
        digest = yield from download.steps()
    except WrongHashError as error:
        if first is None:
            raise
        raise LibraryError(
            f"{str(error).rstrip('.')}. It is not the file that was downloaded first. Accept the new version if "
            "you trust it."
        ) from error
    try:
        entry = yield from add_steps(library, download.path, published=published, sha256=digest)
    except (CheckpointError, LibraryError) as error:  # not a full disk or too little memory
        download.discard()
        raise type(error)(f"{error} The download was deleted.") from error
    checksums.record_download(name, digest)
    download.discard()
    return entry


def discard_download(library: Library, published: CatalogueEntry) -> None:
    """Delete the received bytes of an unfinished download."""
    Download(published.request(), library.folder / DOWNLOADS_FOLDER).discard()


def _kind(file: ModelFile) -> Kind:
    if file.kind == "domain":
        return "domain"
    if file.kind == "part":
        return "part"
    raise LibraryError(
        f"{file.path.name} is a {file.kind}, which belongs next to its domain. Add the domain's file instead."
    )


def _check_published(report: FileReport, published: CatalogueEntry | None, path: Path) -> None:
    """Raise LibraryError if a file that was downloaded by hand is clearly not the catalogue's."""
    if published is None:
        return
    difference = None
    side = report.configuration.get("resolution")
    if report.kind != published.kind:
        difference = f"is a {report.kind}"
    elif published.sha256 is not None and published.sha256 != report.sha256:
        difference = f"has another SHA-256 ({report.sha256[:12]}…, not {published.sha256[:12]}…)"
    elif published.resolution is not None and side not in (None, max(published.resolution)):
        difference = f"draws {side} pixels, not {max(published.resolution)}"
    if difference is not None:
        raise LibraryError(
            f"{path.name} {difference}, so it is not the catalogue's {published.name}. Add it without that name."
        )


def _find_duplicate(library: Library, kind: Kind, sha256: str) -> Entry | None:
    """Return the entry that was added from the same file."""
    checksums = Checksums(library.folder)
    for entry in library.readable_files(kind):
        if sha256 in (entry.card.get("sha256"), checksums.of(entry.path)):
            return entry
    return None


def _name_from(stem: str) -> str:
    """Return a valid name derived from a file's."""
    plain = "".join(c if c.isalnum() or c in "_ .()-" else "-" for c in stem).strip(" .-")[:80].rstrip(" .")
    return plain if is_valid_name(plain) else f"my {plain}"[:80]


def _metadata(
    report: FileReport, name: str, title: str | None, published: CatalogueEntry | None, path: Path
) -> Any:
    from ddsgui.checkpoints.checkpoint import DomainMetadata

    card: dict[str, Any] = {
        "origin": f"converted from {path.name}, {report.format}",
        "sha256": report.sha256,
        **report.card,
    }
    if published is not None:
        keys = ("description", "licence", "licence_url", "page", "family")
        card.update({key: value for key in keys if (value := getattr(published, key))})
    title = title or (published.title if published else report.title)
    return DomainMetadata(name=name, title=title, card=card, parent=report.parent)


def _copy_steps(path: Path, out: Path, kind: Kind) -> Generator[float, None, None]:
    """Copy a native file and the discriminator next to it. Yields the progress of the file being copied."""
    from ddsgui.checkpoints.checkpoint import discriminator_path

    with write_beside(out, new=True) as beside:
        yield from _copy_file_steps(path, beside)
        if kind == "domain" and discriminator_path(path).is_file():
            # The discriminator gets its name first, so that a domain with a name is complete.
            check_is_new(out)
            with write_beside(discriminator_path(out)) as beside_discriminator:
                yield from _copy_file_steps(discriminator_path(path), beside_discriminator)


def _copy_file_steps(source: Path, target: Path) -> Generator[float, None, None]:
    """Copy one file. Raises LibraryError if the source cannot be read, and OSError if the target cannot be written."""
    copied = 0
    try:
        size, reader = source.stat().st_size, source.open("rb")
    except OSError as error:
        raise _unreadable(source, error) from error
    with reader, target.open("wb") as writer:
        while True:
            try:
                block = reader.read(BLOCK_BYTES)
            except OSError as error:
                raise _unreadable(source, error) from error
            if not block:
                return
            copied += writer.write(block)
            yield min(1.0, copied / size) if size else 1.0


def _unreadable(source: Path, error: OSError) -> LibraryError:
    return LibraryError(f"{source} cannot be read: {reason_of(error)}.")
