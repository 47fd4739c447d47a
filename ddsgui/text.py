"""Small pieces of the sentences that users read."""

from __future__ import annotations


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    """Return a count with its noun: plural(1, "image") is "1 image", plural(2, "image") "2 images".

    nouns: the plural where it is not the singular with an s.
    """
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"
