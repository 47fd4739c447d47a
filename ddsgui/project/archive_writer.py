"""A zip archive written completely or not at all."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Literal

from ddsgui.paths import write_beside
from ddsgui.project.archive import Content, EntryError, Stamp, changed_error, content_bytes, stamp_of

DEFLATED_SUFFIXES = (".json", ".csv", ".bin")  # pictures and latents would hardly get smaller
FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # of every entry, so that equal contents give equal files
_UNIX = 3


def write_archive(
    path: Path,
    contents: Mapping[str, Content],
    keep_old: bool = False,
    replacing: Stamp | Literal["any"] | None = "any",
) -> list[str]:
    """Write a new archive in place of a file; equal contents give an equal file. Return what could not be copied.

    Contents that are damaged where they are stored are left out, a sentence for each. In that case, or with
    `keep_old`, the file that was there is kept under another name. replacing: the stamp of the file that may be
    replaced; None: there is none. Raises ArchiveChangedError if another file is there by now, and DdsError if the
    archive cannot be written; the old file then stays as it was.
    """
    problems: list[str] = []
    # The lock is released after the rename.
    with ExitStack() as lock, write_beside(path) as beside, beside.open("wb") as file:
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in contents.items():
                try:
                    data = content_bytes(content)
                except EntryError as error:
                    problems.append(str(error))
                    continue
                info = zipfile.ZipInfo(name, FIRST_DATE)
                info.create_system, info.external_attr = _UNIX, 0o644 << 16
                deflated = name.endswith(DEFLATED_SUFFIXES)
                info.compress_type = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
                archive.writestr(info, data)
        file.flush()
        os.fsync(file.fileno())
        file.close()  # some systems do not rename an open file
        if replacing != "any":
            lock.enter_context(_folder_lock(path.parent))
            if replacing != stamp_of(path):
                raise changed_error(path)
        if (problems or keep_old) and path.exists():
            problems.append(f"The damaged project is kept as {_keep(path).name}.")
    return problems


@contextmanager
def _folder_lock(folder: Path) -> Iterator[None]:
    """Wait until no other program is about to replace a file in a folder; none waits where folders have no locks."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network drives have no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _keep(path: Path) -> Path:
    """Copy a file under a name that is free, and return that name."""
    number = 1
    while (kept_path := path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")).exists():
        number += 1
    with write_beside(kept_path) as beside:
        shutil.copy2(path, beside)
    return kept_path
