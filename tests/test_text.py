"""Numbers and durations become words."""

from __future__ import annotations

import json

import pytest

from ddsgui.text import alternatives, duration_text, json_text, listing, plural


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
def test_a_count_has_the_right_plural(count, noun, nouns, text):
    assert plural(count, noun, nouns) == text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (4.4, "4 s"),
        (89, "89 s"),
        (100, "2 min"),
        (3599, "60 min"),
        (7200, "2 h"),
        (12_000, "3 h 20 min"),
        (90_000, "1 day 1 h"),
        (190_800, "2 days 5 h"),
    ],
)
def test_a_duration_has_readable_units(seconds, words):
    assert duration_text(seconds) == words


@pytest.mark.parametrize(
    ("items", "choices", "all_items"),
    [
        ([], "", ""),
        (["a"], "a", "a"),
        (["a", "b"], "a or b", "a and b"),
        (["a", "b", "c"], "a, b or c", "a, b and c"),
    ],
)
def test_lists_of_words(items, choices, all_items):
    assert alternatives(items) == choices
    assert listing(items) == all_items


def test_json_keeps_letters_and_escapes_only_what_utf8_lacks() -> None:
    document = {"name": "Ähre \udce9.png", "n": [1]}
    text = json_text(document)
    assert "Ähre" in text and text.encode()
    assert json.loads(text) == document
