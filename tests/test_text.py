"""Pieces of sentences."""

from __future__ import annotations

import pytest

from ddsgui.text import plural


@pytest.mark.parametrize(
    ("count", "noun", "nouns", "text"),
    [
        (0, "image", None, "0 images"),
        (1, "image", None, "1 image"),
        (2, "image", None, "2 images"),
        (12_000, "step", None, "12,000 steps"),
        (1, "class", "classes", "1 class"),
        (3, "class", "classes", "3 classes"),
    ],
)
def test_plurals(count, noun, nouns, text):
    assert plural(count, noun, nouns) == text
