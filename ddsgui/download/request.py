"""A file to download, and everything known about it beforehand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """One file, and the addresses that serve it."""

    urls: tuple[str, ...]  # tried in this order
    name: str  # of the file on this computer, and in messages
    sha256: str | None = None  # hexadecimal; all 64 digits, or the first ones if no more are published
    size: int | None = None  # in bytes
    page: str | None = None  # a web page where people can get the file by hand
