"""Domains and parts by name: the bundled ones and the user's. Reads headers only, without torch."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from safetensors import SafetensorError, safe_open

from ddsgui import paths
from ddsgui.checkpoints.file_format import FORMAT_VERSION, METADATA_KEY
from ddsgui.errors import LibraryError

Kind = Literal["domain", "part"]

KINDS: tuple[Kind, ...] = ("domain", "part")
# Files next to a domain: its discriminator, and the state of its training.
COMPANION_SUFFIXES = (".discriminator.safetensors", ".training.safetensors")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """One domain or part. Its name is its file's name, so a renamed or copied file has its new name."""

    name: str
    title: str  # as the window shows it
    kind: Kind
    path: Path
    bundled: bool
    metadata: dict[str, Any]  # the document in the file: config, card, parent, …; empty if it is broken
    broken: str | None = None  # a sentence that says what is wrong with the file

    @property
    def card(self) -> dict[str, Any]:
        """Origin, licence and everything else that the file says about itself."""
        card = self.metadata.get("card")
        return card if isinstance(card, dict) else {}

    @property
    def config(self) -> dict[str, Any]:
        """A domain's generator configuration as its file has it; empty for a part or if it is missing."""
        config = self.metadata.get("config")
        return config if self.kind == "domain" and isinstance(config, dict) else {}

    @property
    def resolution(self) -> tuple[int, int] | None:
        """The width and height of a domain's pictures, or of those a part was painted on, in pixels."""
        config = self.metadata if self.kind == "part" else self.config
        size, side = config.get("crop"), config.get("resolution")
        if isinstance(size, list) and len(size) == 2 and all(type(length) is int for length in size):
            return size[0], size[1]
        return (side, side) if type(side) is int else None

    @property
    def classes(self) -> int:
        """The number of classes that a conditional domain draws, or a part finds; 0 if there are none."""
        if self.kind == "part":
            return len(self.class_names)
        classes = self.config.get("classes")
        return classes if type(classes) is int else 0

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes that a part finds, in their order; () for a domain or if it is broken."""
        classes = self.metadata.get("classes") if self.kind == "part" else None
        return tuple(map(str, classes)) if isinstance(classes, list) else ()

    def fits(self, domain: Entry) -> bool:
        """Return whether a domain has the activations that this part was trained on, according to their headers."""
        channels = domain.config.get("channels")
        if self.kind != "part" or self.broken is not None or not isinstance(channels, list):
            return False
        layers = [channels[(i + 1) // 2] for i in range(2 * len(channels) - 1)]
        return layers == self.metadata.get("channels") and (
            domain.config.get("resolution") == self.metadata.get("resolution")
        )


class Library:
    """The bundled domains and parts and the user's, looked up at each call because files may change at any time."""

    def __init__(self, folder: Path | None = None) -> None:
        """folder: the user's own; by default paths.user_data()."""
        self.folder = folder or paths.user_data()

    def domains(self) -> list[Entry]:
        """Return all readable domains, sorted by name. A user's domain hides a bundled one of the same name."""
        return self._readable_entries("domain")

    def parts(self) -> list[Entry]:
        """Return all readable parts, sorted by name. A user's part hides a bundled one of the same name."""
        return self._readable_entries("part")

    def entries(self, kind: Kind) -> list[Entry]:
        """Return domains() or parts() with the broken ones that no readable one of the same name hides."""
        files = sorted(self.all_files(kind), key=lambda entry: entry.broken is None)
        return sorted({entry.name: entry for entry in files}.values(), key=lambda entry: entry.name)

    def domain(self, name_or_path: str) -> Path:
        """Return the file of a domain, given by name or path; a class, as in cifar#3, is ignored.

        Raises LibraryError, which lists the domains, if there is none.
        """
        return self._find("domain", split_class(name_or_path)[0])

    def part(self, name_or_path: str) -> Path:
        """Return the file of a part, given by name or path. Raises LibraryError if there is none."""
        return self._find("part", name_or_path)

    def domain_path(self, name: str) -> Path:
        """Return where to save the user's domain `name`; create its folder. Raises LibraryError on a bad name."""
        return self._path("domain", name)

    def part_path(self, name: str) -> Path:
        """Return where to save the user's part `name`; create its folder. Raises LibraryError on a bad name."""
        return self._path("part", name)

    def entry(self, name: str, kind: Kind | None = None) -> Entry:
        """Return the entry of this name, even a broken one. Raises LibraryError unless there is exactly one."""
        entries = [entry for k in (KINDS if kind is None else (kind,)) for entry in self.entries(k)]
        matches = [entry for entry in entries if entry.name == name]
        if len(matches) > 1:
            raise LibraryError(ambiguous_name_message(name))
        if matches:
            return matches[0]
        names = [entry.name for entry in entries]
        raise LibraryError(_not_found_message(name, kind or "domain or part", names))

    def find_conflict(self, kind: Kind, name: str) -> Entry | None:
        """Return the entry that has this name, whatever its case, bundled ones first; None if it is free."""
        return next((entry for entry in self.all_files(kind) if entry.name.lower() == name.lower()), None)

    def name_problem(self, kind: Kind, name: str) -> str | None:
        """Return a sentence that says why a new entry cannot have this name; None if it can."""
        if not is_valid_name(name):
            return invalid_name_message(kind, name)
        conflict = self.find_conflict(kind, name)
        return None if conflict is None else conflict_message(conflict)

    def readable_files(self, kind: Kind) -> list[Entry]:
        """Return all readable files of a kind, bundled ones first, with those hidden by one of the same name."""
        files = self.all_files(kind)
        for entry in files:
            if entry.broken is not None:
                log.warning("Not listed in the library: %s", entry.broken)
        return [entry for entry in files if entry.broken is None]

    def all_files(self, kind: Kind) -> list[Entry]:
        """Return the entries of all files of a kind, bundled ones first; broken ones say why."""
        entries = []
        for folder in (paths.assets(), self.folder):
            for path in _tensor_files(folder / f"{kind}s"):
                try:
                    entries.append(read_entry(path, kind))
                except LibraryError as error:
                    entries.append(Entry(path.stem, path.stem, kind, path, _is_bundled(path), {}, str(error)))
        return entries

    def _path(self, kind: Kind, name: str) -> Path:
        if not is_valid_name(name):
            raise LibraryError(invalid_name_message(kind, name))
        folder = self.folder / f"{kind}s"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(f"{folder} cannot be created: {paths.reason_of(error, folder)}.") from error
        return folder / f"{name}.safetensors"

    def _readable_entries(self, kind: Kind) -> list[Entry]:
        by_name = {entry.name: entry for entry in self.readable_files(kind)}
        return sorted(by_name.values(), key=lambda entry: entry.name)

    def _find(self, kind: Kind, name_or_path: str) -> Path:
        by_name = {entry.name: entry.path for entry in self._readable_entries(kind)}
        if name_or_path in by_name:
            return by_name[name_or_path]
        path = paths.expanded(name_or_path)
        if path.is_file():
            return path
        if path.is_dir():
            raise LibraryError(f"{path} is a folder, not a {kind}.")
        if path.suffix or path.parent.name:
            raise LibraryError(f"There is no file {path}.")
        raise LibraryError(_not_found_message(name_or_path, kind, list(by_name)))


def _tensor_files(folder: Path) -> list[Path]:
    """Return the files of a folder that may be entries, sorted; none if it is missing or cannot be read."""
    try:
        return sorted(path for path in folder.iterdir() if _may_be_entry(path.name))
    except OSError:
        return []


def _may_be_entry(name: str) -> bool:
    is_companion = name.lower().endswith(COMPANION_SUFFIXES)
    return fnmatch(name, "*.safetensors") and not name.startswith(".") and not is_companion


def split_class(name: str) -> tuple[str, int | None]:
    """Return a domain and the class asked for: "cifar#3" is ("cifar", 3), "portrait" is ("portrait", None).

    A file whose own name contains a # is taken whole. Raises LibraryError if the text after the # is not a class.
    """
    plain, mark, number = name.rpartition("#")
    if not mark or paths.expanded(name).is_file():
        return name, None
    if not plain or not (number.isascii() and number.isdecimal() and len(number) <= 6):
        raise LibraryError(
            f"{name} does not name a class. Give a number from 0 after the #, such as {plain}#3."
        )
    return plain, int(number)


def without_class(name: str) -> tuple[str, int | None]:
    """Return split_class(name), or the name itself if the text after the # is not a class."""
    try:
        return split_class(name)
    except LibraryError:
        return name, None


def is_valid_name(name: str) -> bool:
    """Return whether a file of the library can have this name on every system."""
    plain = re.fullmatch(r"\w[\w .()-]{0,79}", name) is not None and not name.endswith((" ", "."))
    return plain and not f"{name}.safetensors".lower().endswith(COMPANION_SUFFIXES)


def invalid_name_message(kind: Kind, name: str) -> str:
    """Return the sentence for a name that is_valid_name() refuses."""
    return f"A {kind} cannot be called “{name}”. Use letters, digits, spaces and hyphens."


def ambiguous_name_message(name: str) -> str:
    """Return the sentence for a name that a domain and a part share."""
    return f"A domain and a part are both called {name}. Choose one with --kind."


def conflict_message(entry: Entry) -> str:
    """Return the sentence for a name that `entry` already has."""
    owner = "comes with ddsgui" if entry.bundled else "is already in the library"
    return f"The {entry.kind} {entry.name} {owner}. Choose another name."


def _not_found_message(name: str, kind: str, names: list[str]) -> str:
    near = get_close_matches(name.lower(), names, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    choice = f"Choose from {', '.join(dict.fromkeys(names))}." if names else "The library is empty."
    return f"There is no {kind} {name}. {choice}{hint}"


def _is_bundled(path: Path) -> bool:
    return path.is_relative_to(paths.assets())


def read_entry(path: Path, kind: Kind) -> Entry:
    """Return the entry of one native file, read from its header. Raises LibraryError if it is not one of `kind`.

    A file that has not changed since is not read again: the window lists the library after every change.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise LibraryError(f"{path} is damaged or is not a ddsgui {kind}.") from error
    return _read_entry(path, kind, (status.st_ino, status.st_size, status.st_mtime_ns))


@lru_cache(maxsize=1024)
def _read_entry(path: Path, kind: Kind, state: tuple[int, int, int]) -> Entry:
    """Read an entry. state: of the file, so that a changed one is another key."""
    try:
        with paths.utf8_path(path) as named, safe_open(named, framework="numpy") as file:
            metadata = json.loads((file.metadata() or {}).get(METADATA_KEY, "null"))
    except (OSError, SafetensorError, ValueError, RecursionError) as error:
        raise LibraryError(f"{path} is damaged or is not a ddsgui {kind}.") from error
    if not isinstance(metadata, dict) or metadata.get("kind") != kind:
        raise LibraryError(f"{path} is not a ddsgui {kind}.")
    if metadata.get("format") != FORMAT_VERSION:
        raise LibraryError(f"{path} was written by another version of ddsgui.")
    title = metadata.get("title")
    return Entry(
        name=path.stem,
        title=title if isinstance(title, str) and title else path.stem,
        kind=kind,
        path=path,
        bundled=_is_bundled(path),
        metadata=metadata,
    )
