"""Domains and parts by name: those that ship with ddsgui and the user's own. Reads headers only, without torch."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from safetensors import SafetensorError, safe_open

from ddsgui import paths
from ddsgui.checkpoints.file_format import FORMAT_VERSION, METADATA_KEY
from ddsgui.errors import LibraryError

Kind = Literal["domain", "part"]

KINDS: tuple[Kind, ...] = ("domain", "part")
# How the names of files end that lie beside a domain: what judges it, and a training's state.
COMPANION_SUFFIXES = (".discriminator.safetensors", ".training.safetensors")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """One domain or part. Its name is the file's: a renamed or copied file is found under its new name."""

    name: str
    title: str  # what the window shows
    kind: Kind
    path: Path
    bundled: bool
    metadata: dict[str, Any]  # the document in the file: config, card, parent, …; empty if it is broken
    broken: str | None = None  # the sentence that says what is wrong with the file

    @property
    def card(self) -> dict[str, Any]:
        """Origin, licence and whatever else the file says of itself."""
        card = self.metadata.get("card")
        return card if isinstance(card, dict) else {}

    @property
    def taken(self) -> str:
        """Why nothing else may be called so, as a sentence."""
        whose = "ddsgui's own" if self.bundled else "in the library already"
        return f"The {self.kind} {self.name} is {whose}; give this one another name."


class Library:
    """What there is, looked up anew at each call: files may come and go while the window is open."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` is the user's own; by default paths.user_data()."""
        self.folder = folder or paths.user_data()

    def domains(self) -> list[Entry]:
        """All readable domains by name. The user's hides a bundled one of the same name."""
        return self._entries("domain")

    def parts(self) -> list[Entry]:
        """All readable parts, likewise."""
        return self._entries("part")

    def domain(self, name_or_path: str) -> Path:
        """The file of a domain, by its name here or by its path; LibraryError says what there is.

        What stands behind a # names a class of a conditional domain and is left aside here.
        """
        return self._find("domain", split_class(name_or_path)[0])

    def part(self, name_or_path: str) -> Path:
        """The file of a part, likewise."""
        return self._find("part", name_or_path)

    def domain_path(self, name: str) -> Path:
        """Where the user's domain `name` is to be saved; its folder is made. LibraryError if no file is called so."""
        return self._path("domain", name)

    def part_path(self, name: str) -> Path:
        """Where the user's part `name` is to be saved, likewise."""
        return self._path("part", name)

    def entry(self, name: str, kind: Kind | None = None) -> Entry:
        """What is called so here, also if it is broken. LibraryError if there is nothing, or one of each kind."""
        there = [entry for k in (KINDS if kind is None else (kind,)) for entry in self.entries(k)]
        found = [entry for entry in there if entry.name == name]
        if len(found) > 1:
            raise LibraryError(f"There are a domain and a part called {name}; say which by --kind.")
        if found:
            return found[0]
        raise LibraryError(
            _not_found_message(name, kind or "domain or part", [entry.name for entry in there])
        )

    def find_conflict(self, kind: Kind, name: str) -> Entry | None:
        """Who is called so already, in capitals or not, bundled ones first; None if the name is free."""
        return next((entry for entry in self.all_files(kind) if entry.name.lower() == name.lower()), None)

    def files(self, kind: Kind) -> list[Entry]:
        """All readable files of a kind, the bundled ones first: also those that another one of their name hides."""
        found = []
        for entry in self.all_files(kind):
            if entry.broken is None:
                found.append(entry)
            else:
                log.warning("Left out of the library: %s", entry.broken)
        return found

    def all_files(self, kind: Kind) -> list[Entry]:
        """As files(), and those that cannot be read, which say why."""
        found = []
        for folder in (paths.assets(), self.folder):
            for path in sorted((folder / f"{kind}s").glob("*.safetensors")):
                if path.name.lower().endswith(COMPANION_SUFFIXES) or path.name.startswith("."):
                    continue
                try:
                    found.append(read_entry(path, kind))
                except LibraryError as error:
                    found.append(Entry(path.stem, path.stem, kind, path, _ships(path), {}, str(error)))
        return found

    def _path(self, kind: Kind, name: str) -> Path:
        if not is_valid_name(name):
            raise LibraryError(
                f"A {kind} cannot be called “{name}”; use letters, digits, spaces and hyphens."
            )
        folder = self.folder / f"{kind}s"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(f"{folder} cannot be made: {paths.reason_of(error)}.") from error
        return folder / f"{name}.safetensors"

    def entries(self, kind: Kind) -> list[Entry]:
        """As domains() or parts(), and those that are broken, unless a whole one has the same name."""
        files = sorted(self.all_files(kind), key=lambda entry: entry.broken is None)
        return sorted({entry.name: entry for entry in files}.values(), key=lambda entry: entry.name)

    def _entries(self, kind: Kind) -> list[Entry]:
        found = {entry.name: entry for entry in self.files(kind)}
        return sorted(found.values(), key=lambda entry: entry.name)

    def _find(self, kind: Kind, name_or_path: str) -> Path:
        names = {entry.name: entry.path for entry in self._entries(kind)}
        if name_or_path in names:
            return names[name_or_path]
        path = Path(name_or_path).expanduser()
        if path.is_file():
            return path
        if path.is_dir():
            raise LibraryError(f"{path} is a folder, not a {kind}.")
        if path.suffix or path.parent.name:
            raise LibraryError(f"There is no file {path}.")
        raise LibraryError(_not_found_message(name_or_path, kind, list(names)))


def split_class(name: str) -> tuple[str, int | None]:
    """A domain and the class that is asked of it: "cifar#3" is ("cifar", 3), "portrait" is ("portrait", None).

    LibraryError if what stands behind the # is no class. A file whose own name has a # in it is meant as it stands.
    """
    plain, mark, number = name.rpartition("#")
    if not mark or Path(name).expanduser().is_file():
        return name, None
    if not plain or not (number.isascii() and number.isdecimal() and len(number) <= 6):
        raise LibraryError(f"{name} names no class; give a number from 0 behind the #, such as {plain}#3.")
    return plain, int(number)


def is_valid_name(name: str) -> bool:
    """Whether a file of the library can have this name on every system."""
    plain = re.fullmatch(r"\w[\w .()-]{0,79}", name) is not None and not name.endswith((" ", "."))
    return plain and not f"{name}.safetensors".lower().endswith(COMPANION_SUFFIXES)


def _not_found_message(name: str, kind: str, there: list[str]) -> str:
    near = get_close_matches(name.lower(), there, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    what = f"there are {', '.join(there)}" if there else "the library has none"
    return f"There is no {kind} {name}; {what}.{hint}"


def _ships(path: Path) -> bool:
    return path.is_relative_to(paths.assets())


def read_entry(path: Path, kind: Kind) -> Entry:
    """The entry of one native file, from its header alone; LibraryError if it is broken or of another kind."""
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = json.loads((file.metadata() or {}).get(METADATA_KEY, "null"))
    except (OSError, SafetensorError, ValueError, RecursionError) as error:
        raise LibraryError(f"{path} is damaged or is not a {kind} of ddsgui.") from error
    if not isinstance(metadata, dict) or metadata.get("kind") != kind:
        raise LibraryError(f"{path} is not a {kind} of ddsgui.")
    if metadata.get("format") != FORMAT_VERSION:
        raise LibraryError(f"{path} was written by another version of ddsgui.")
    title = metadata.get("title")
    return Entry(
        name=path.stem,
        title=title if isinstance(title, str) and title else path.stem,
        kind=kind,
        path=path,
        bundled=_ships(path),
        metadata=metadata,
    )
