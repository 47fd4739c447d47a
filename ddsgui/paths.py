"""Where things lie, what ships with the program and what is the user's; how a file is written whole."""

from __future__ import annotations

import errno
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import platformdirs

from ddsgui.errors import DdsError

PACKAGE = Path(__file__).resolve().parent
_chosen: Path | None = None  # by --library
_unfinished: set[Path] = set()  # what write_beside has given out


def assets() -> Path:
    """Bundled domains, parts, backbones and example pictures."""
    return _shipped("assets")


def resources() -> Path:
    """What the window draws itself with: icons, theme."""
    return _shipped("resources")


def set_user_data(folder: Path | None) -> None:
    """Let this process use another folder as the user's own; None: as if nothing had been chosen.

    DdsError if something else lies there. The folder may be missing: it is made when something is put into it.
    """
    global _chosen
    if folder is not None:
        folder = folder.expanduser().absolute()
        if folder.exists() and not folder.is_dir():
            raise DdsError(f"{folder} is a file; give the folder of a library.")
    _chosen = folder


def user_data() -> Path:
    """The user's own folder of domains and parts; set_user_data or DDSGUI_HOME move it. It may not exist yet."""
    home = os.environ.get("DDSGUI_HOME")
    if _chosen is not None:
        return _chosen
    return Path(home).expanduser() if home else platformdirs.user_data_path("ddsgui", appauthor=False)


def user_cache() -> Path:
    """What can be made anew, such as thumbnails; within DDSGUI_HOME if that is set. It may not exist yet."""
    home = os.environ.get("DDSGUI_HOME")
    if home:
        return Path(home).expanduser() / "cache"
    return platformdirs.user_cache_path("ddsgui", appauthor=False)


@contextmanager
def write_beside(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path`; rename it to `path` on success, remove it on failure.

    The temporary name keeps the suffix, so that writers may guess the format from it. An OSError of the
    writer becomes a DdsError that says why `path` cannot be written.
    """
    # A rename over /dev/null or over a folder would take its place instead of writing to it.
    if path.exists() and not path.is_file():
        raise DdsError(f"{path} cannot be written: it is not an ordinary file.")
    beside = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    _unfinished.add(beside)
    try:
        yield beside
        beside.replace(path)
    except OSError as error:
        raise DdsError(f"{path} cannot be written: {reason_of(error)}.") from error
    finally:
        with suppress(OSError):
            beside.unlink()
        _unfinished.discard(beside)


def remove_unfinished() -> None:
    """For who ends the process while another thread is amid a write: what has not got its name yet goes."""
    for beside in list(_unfinished):
        with suppress(OSError):
            beside.unlink()


@contextmanager
def output_folder(folder: Path) -> Iterator[Path]:
    """Make `folder` and see that it can be written, before the long work; made for nothing, it is removed."""
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise DdsError(f"{folder} cannot be written: {reason_of(error)}.") from error
    try:
        yield folder
    finally:
        if made:
            with suppress(OSError):  # it is not empty: as it should be
                folder.rmdir()


def write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a set of files into an existing folder: all of them or, if one cannot be written, none."""
    with ExitStack() as stack:
        for name, content in files.items():
            stack.enter_context(write_beside(folder / name)).write_bytes(content)


def reason_of(error: OSError) -> str:
    """The reason of an OSError as the end of a sentence, with what to do where that is clear."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "the disk is full; free some space or choose another folder"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return "permission denied; choose another folder"
        case errno.EEXIST | errno.ENOTDIR:
            return "a file is in the way; choose another folder"
        case errno.ENOENT:
            return "its folder does not exist"
        case _:
            reason = error.strerror or str(error) or type(error).__name__
            return reason[0].lower() + reason[1:].rstrip(".")


def _shipped(name: str) -> Path:
    """A wheel carries the folder inside the package, a checkout beside it."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name
