"""Small pieces of sentences for users."""

from __future__ import annotations

import json
import re


def json_text(document: object, indent: int | None = None) -> str:
    """Return a document as JSON with its letters as they are.

    Only what UTF-8 does not have is escaped: Python keeps the bytes of names that are not UTF-8 as surrogates.
    """
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    return re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text)


def utf8(text: str) -> bytes:
    """Encode text as UTF-8, with escapes for the bytes of names that are not UTF-8."""
    return text.encode("utf-8", "backslashreplace")


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    """Return a count with its noun: plural(1, "image") is "1 image", plural(2, "image") "2 images".

    nouns: the plural if it is not the singular with an s.
    """
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def duration_text(seconds: float) -> str:
    """Return a length of time in words: "8 s", "80 min", "1 h 40 min", "2 days 5 h"."""
    if seconds < 90:
        return f"{max(0, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} day{'s' if days > 1 else ''} {hours} h"


def alternatives(choices: list[str]) -> str:
    """Return "a", "a or b", "a, b or c"."""
    return _joined(choices, "or")


def listing(items: list[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return _joined(items, "and")


def _joined(items: list[str], word: str) -> str:
    return f" {word} ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))
