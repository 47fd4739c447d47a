"""Folders of unfinished domains, whichever way they are made."""

from __future__ import annotations

from pathlib import Path

from ddsgui.errors import LibraryError
from ddsgui.library.library import read_entry
from ddsgui.training.domain_folder import DomainFolder, read_settings
from ddsgui.training.drawn.folder import METHOD, DrawnFolder
from ddsgui.training.few_shot.folder import AdaptationFolder


def open_adaptation(path: Path) -> DomainFolder:
    """Return the adaptation in a folder, or the training of a drawn domain. Raises TrainingError if there is none."""
    document = read_settings(path, AdaptationFolder.WHAT)
    return DrawnFolder.open(path) if document.get("method") == METHOD else AdaptationFolder.open(path)


def licence_of(domain: Path) -> str:
    """Return the licence on a domain's card; "unknown" if its file has none."""
    try:
        return str(read_entry(domain, "domain").card.get("licence", "unknown"))
    except LibraryError:  # a checkpoint of another program
        return "unknown"
