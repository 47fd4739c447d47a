"""The folders of the program and of the user, and files that are written completely or not at all."""

from __future__ import annotations

import errno
import logging
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path

import platformdirs

from ddsgui.errors import DdsError

PACKAGE = Path(__file__).resolve().parent
_chosen: Path | None = None  # by --library
_unfinished: set[Path] = set()  # temporary files of write_beside

log = logging.getLogger(__name__)


def assets() -> Path:
    """Return the folder of the bundled domains, parts, backbones and example pictures."""
    return _shipped("assets")


def resources() -> Path:
    """Return the folder of the window's icons and theme."""
    return _shipped("resources")


def set_user_data(folder: Path | None) -> None:
    """Let this process use another folder for the user's data; None restores the usual one.

    The folder may be missing: it is created when something is saved in it.

    Raises DdsError if `folder` is a file.
    """
    global _chosen
    if folder is not None:
        folder = expanded(folder).absolute()
        if folder.exists() and not folder.is_dir():
            raise DdsError(f"{folder} is a file. Choose a folder for the library.")
    _chosen = folder


def user_data() -> Path:
    """Return the folder of the user's domains and parts, which may be missing: see set_user_data() and DDSGUI_HOME."""
    chosen = os.environ.get("DDSGUI_HOME")
    if _chosen is not None:
        return _chosen
    if chosen:
        return expanded(chosen)
    return _usual(platformdirs.user_data_path) or _replacement() / "data"


def user_cache() -> Path:
    """Return the folder of thumbnails, inside DDSGUI_HOME if that is set; it may be missing."""
    chosen = os.environ.get("DDSGUI_HOME")
    if chosen:
        return expanded(chosen) / "cache"
    return _usual(platformdirs.user_cache_path) or _replacement() / "cache"


def home_folder() -> Path:
    """Return the user's home folder, or the present folder if the user has none."""
    try:
        return Path.home()
    except RuntimeError:  # a user of no name, as in a container
        return Path.cwd()


def expanded(text: str | Path) -> Path:
    """Return a path whose ~ stands for the home folder, if the user has one."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def _usual(find: Callable[..., Path]) -> Path | None:
    """Return the folder that platformdirs finds; None if the user has no home."""
    try:
        folder = find("ddsgui", appauthor=False)
    except RuntimeError:
        return None
    return folder if folder.is_absolute() else None  # earlier versions leave the ~


@cache  # so that the warning appears once
def _replacement() -> Path:
    """Return a folder for a user who has no home; it is created with what is saved in it."""
    name = f"ddsgui-{os.getuid()}" if hasattr(os, "getuid") else "ddsgui"
    folder = Path(tempfile.gettempdir()) / name
    log.warning(
        f"You have no home folder, so your domains, parts and projects are kept in {folder} for now. "
        "Choose a folder that lasts with --library."
    )
    return folder


@contextmanager
def write_beside(path: Path, *, new: bool = False) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path`; rename it to `path` on success, remove it on failure.

    The temporary name keeps the suffix, because writers may guess the format from it. new: never replace a file, not
    even one that another program wrote in the meantime.

    Raises DdsError, also for an OSError in the caller, which says why `path` cannot be written.
    """
    beside = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    _unfinished.add(beside)
    try:
        # A rename would replace a folder, or a device such as /dev/null, instead of writing to it.
        if path.exists() and not path.is_file():
            raise DdsError(f"{path} cannot be written: it is not an ordinary file.")
        yield beside
        if new:
            _take_name(beside, path)
        else:
            beside.replace(path)
    except OSError as error:
        # Path.is_dir() raises an error if the folder is hidden from this user.
        place = path.parent if os.path.isdir(path.parent) else None  # noqa: PTH112
        raise DdsError(f"{path} cannot be written: {reason_of(error, place)}.") from error
    finally:
        with suppress(OSError):
            beside.unlink()
        _unfinished.discard(beside)


def _take_name(beside: Path, path: Path) -> None:
    """Give a file its name. Raises DdsError if another program took the name first."""
    try:
        try:
            path.hardlink_to(beside)
        except FileExistsError:
            raise
        except OSError:  # a disk without links
            path.touch(exist_ok=False)
            beside.replace(path)
    except FileExistsError as error:
        raise _taken_error(path) from error


def check_is_new(path: Path) -> None:
    """Raise DdsError if there is a file of this name by now."""
    if path.exists():
        raise _taken_error(path)


def _taken_error(path: Path) -> DdsError:
    return DdsError(f"Another program has just written {path.name}, which is kept. Choose another name.")


@contextmanager
def utf8_path(path: Path) -> Iterator[Path]:
    """Yield a path to the same file for libraries that insist on UTF-8; a link, if its name is something else."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        with tempfile.TemporaryDirectory() as folder:
            link = Path(folder) / f"file{path.suffix}"
            link.symlink_to(path.absolute())
            yield link
    else:
        yield path


def remove_unfinished() -> None:
    """Remove unfinished temporary files, before the process ends while another thread is writing."""
    for beside in list(_unfinished):
        with suppress(OSError):
            beside.unlink()


@contextmanager
def output_folder(folder: Path) -> Iterator[Path]:
    """Create `folder` and check that it can be written, before long work; remove it if it is new and stays empty.

    Raises DdsError, which names the place at fault, if it cannot be created or written.
    """
    try:
        is_new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        check_writable(folder)
    except OSError as error:
        raise DdsError(f"{folder} cannot be written: {reason_of(error, folder)}.") from error
    try:
        yield folder
    finally:
        if is_new:
            with suppress(OSError):  # it is not empty
                folder.rmdir()


def check_writable(folder: Path) -> None:
    """Raise OSError if no file can be written into an existing folder."""
    with tempfile.TemporaryFile(dir=folder):
        pass


def write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into an existing folder: all of them or, if one cannot be written, none.

    Raises DdsError if one cannot be written.
    """
    with ExitStack() as stack:
        for name, content in files.items():
            stack.enter_context(write_beside(folder / name)).write_bytes(content)


def reason_of(error: OSError, place: Path | None = None) -> str:
    """Return the reason of an OSError as the end of a sentence, with what to do where that is clear.

    place: the folder in which something could not be created, itself missing or not.
    """
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "the disk is full; free some space or choose another folder"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return "permission denied; choose another folder"
        case errno.EEXIST | errno.ENOTDIR:
            return "a file is in the way; choose another folder"
        case errno.EFBIG:
            return "the file is larger than this disk or account allows; choose another folder"
        case errno.ENOENT if place is not None:  # such as /proc, which accepts no new files
            existing = next(folder for folder in (place, *place.absolute().parents) if folder.is_dir())
            return f"{existing} does not accept new files; choose another folder"
        case errno.ENOENT:
            return "its folder does not exist"
        case _:
            reason = error.strerror or str(error) or type(error).__name__
            return reason[0].lower() + reason[1:].rstrip(".")


def _shipped(name: str) -> Path:
    """Return a folder of data: inside the package in a wheel, next to it in a checkout."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name
