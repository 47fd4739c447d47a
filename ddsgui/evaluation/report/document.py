"""A report as plain values: sections of paragraphs, tables and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Table:
    """A table; each row is as long as the head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


@dataclass(frozen=True)
class Figure:
    """A picture with a caption, and with a heading for each of its columns, if it has several of equal width."""

    image: bytes  # an encoded file
    caption: str
    columns: tuple[str, ...] = ()
    media_type: str = "image/png"


Block: TypeAlias = str | Table | Figure  # a str is a paragraph


@dataclass(frozen=True)
class Section:
    """A title and what stands below it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """A page: a title, a first paragraph, and sections."""

    title: str
    lead: str
    sections: tuple[Section, ...]
