"""The licences of everything that a bundle contains, by the distribution that each file belongs to."""

from __future__ import annotations

import ast
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

LICENCE_NAME = re.compile(r"(licen[cs]e|copying|notice|authors|copyright)", re.IGNORECASE)
NOT_STATED = "not stated"
README = "README.md"


@dataclass
class Bundled:
    """A program or package in the bundle."""

    name: str
    version: str
    licence: str
    page: str = ""
    texts: list[Path] = field(default_factory=list)  # of its licences


def bundled(paths: Iterable[Path]) -> list[Bundled]:
    """Return whose files these are: Python's, those of installed distributions, and those of the system."""
    resolved = {path: path.resolve() for path in paths}
    owners = _owners({path.name for path in (*resolved, *resolved.values())})
    distributions: dict[str, metadata.Distribution] = {}
    system: set[Path] = set()
    for path in resolved:
        owner = owners.get(resolved[path])
        if owner is not None and owner.name != "ddsgui":
            distributions[owner.name] = owner
        elif owner is None and not _is_of_python(path):
            system.add(path)
    found = [_of_distribution(distributions[name]) for name in sorted(distributions, key=str.lower)]
    return [_ddsgui(), _python(), *found, *_of_system(system)]


def files_of_analysis(toc: Path) -> set[Path]:
    """Return the files that PyInstaller's list of an analysis names, "Analysis-00.toc"."""
    return {
        path for text in _strings(ast.literal_eval(toc.read_text("utf-8"))) if (path := Path(text)).is_file()
    }


def write(entries: list[Bundled], folder: Path) -> None:
    """Write a folder with the texts of all licences, and a table of them."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["# Licences", "", "Everything in this folder of ddsgui, and its licence.", ""]
    lines += ["| what | version | licence | page |", "|---|---|---|---|"]
    for entry in entries:
        lines.append(f"| {entry.name} | {entry.version} | {entry.licence} | {entry.page} |")
        own = folder / re.sub(r"[^\w.+-]", "-", entry.name)
        for i, text in enumerate(sorted(set(entry.texts))):
            own.mkdir(exist_ok=True)
            name = text.name if not (own / text.name).exists() else f"{i}-{text.name}"
            shutil.copyfile(text, own / name)
    (folder / README).write_text("\n".join(lines) + "\n", "utf-8")


def _strings(data: object) -> Iterator[str]:
    if isinstance(data, str):
        if data.startswith(("/", "\\")) or data[1:2] == ":":
            yield data
    elif isinstance(data, list | tuple | set):
        for item in data:
            yield from _strings(item)


def _owners(names: set[str]) -> dict[Path, metadata.Distribution]:
    """Return the distribution of each installed file that has one of these names."""
    owners = {}
    for distribution in metadata.distributions():
        for file in distribution.files or ():
            if file.name in names:
                owners[Path(str(distribution.locate_file(file))).resolve()] = distribution
    return owners


def _of_distribution(distribution: metadata.Distribution) -> Bundled:
    about = distribution.metadata.json
    classifiers = [c.rpartition(" :: ")[2] for c in about.get("classifier", ()) if c.startswith("License")]
    stated = about.get("license_expression") or about.get("license") or ", ".join(classifiers)
    licence = (str(stated) or NOT_STATED).strip().splitlines()[0][:120]
    texts = [
        path
        for file in distribution.files or ()
        if LICENCE_NAME.search(file.name) and file.suffix not in (".py", ".pyc")
        if (path := Path(str(distribution.locate_file(file)))).is_file()
    ]
    pages = [page.partition(", ")[2] for page in about.get("project_url", ())]
    page = str(about.get("home_page") or next(iter(pages), ""))
    return Bundled(distribution.name, distribution.version, licence, page, texts)


def _ddsgui() -> Bundled:
    """Return ddsgui itself with the licences of its models and pictures."""
    root = Path(__file__).resolve().parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    texts = [
        path for path in (root / "assets").rglob("*") if LICENCE_NAME.search(path.name) or path.name == README
    ]
    return Bundled("ddsgui", project["version"], project["license"], texts=[root / "LICENSE", *texts])


def _python() -> Bundled:
    places = (Path(sysconfig.get_path("stdlib"), name) for name in ("LICENSE.txt", "LICENSE"))
    texts = [path for path in places if path.is_file()]
    return Bundled("Python", platform.python_version(), "PSF-2.0", "https://www.python.org", texts[:1])


def _is_of_python(path: Path) -> bool:
    library, base = Path(sysconfig.get_path("stdlib")).resolve(), Path(sys.base_prefix).resolve()
    return path.resolve().is_relative_to(library) or (
        base != Path("/usr") and path.resolve().is_relative_to(base)
    )


def _of_system(paths: set[Path]) -> list[Bundled]:
    """Return the packages of the system that libraries were taken from, on Debian and its relatives."""
    libraries = sorted(
        path for path in paths if ".so" in path.name or path.suffix.lower() in (".dll", ".dylib")
    )
    owners = _packages(libraries)
    names: dict[str, list[str]] = {}
    for path in libraries:
        names.setdefault(owners.get(path, f"the system's {path.name}"), []).append(path.name)
    entries = []
    for package, files in names.items():
        copyright_file = Path("/usr/share/doc", package, "copyright")
        texts = [copyright_file] if copyright_file.is_file() else []
        licence = "see its copyright file" if texts else NOT_STATED
        entries.append(Bundled(package, ", ".join(files), licence, texts=texts))
    return entries


def _packages(libraries: list[Path]) -> dict[Path, str]:
    """Return the system's package of each library, as far as dpkg knows it; files may be known by another path."""
    if not libraries or shutil.which("dpkg") is None:
        return {}
    spellings = {
        str(spelling): path
        for path in libraries
        for spelling in (path, path.resolve(), Path("/usr", *path.parts[1:]), Path("/", *path.parts[2:]))
    }
    answer = subprocess.run(["dpkg", "-S", *spellings], capture_output=True, text=True, check=False)
    lines = (line.partition(": ") for line in answer.stdout.splitlines())
    return {spellings[path]: package.partition(":")[0] for package, _, path in lines if path in spellings}
