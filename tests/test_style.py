"""Prose and names in code and documents follow docs/style.md, as far as patterns can tell."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

Place = tuple[Path, int, str]  # file, line and text

ROOT = Path(__file__).parents[1]
SOURCES = sorted(
    path
    for folder in ("ddsgui", "tests", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
    if path != Path(__file__)
)
# docs/style.md itself lists the wrong words.
DOCUMENTS = sorted(
    path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")) if path.name != "style.md"
)

RELATIVE_CLAUSE = re.compile(r"(What|Whether|How|Who|Whoever|Whose|Which|Where|When|Why|Likewise|As|Of)\b")

# The left column of the list in docs/style.md, as far as a wrong use can be told from a right one: "is no use" is
# wrong and "there is no use" right, "runs off" (a loss) is wrong and "runs off the GUI thread" right.
WRONG_WORDS = re.compile(
    r"""\b(?:
        anew | afresh | lest | amid | befalls? | befell | likewise
      | can\ be\ had | to\ be\ had | could\ be\ had | put\ by
      | told\ of | hears?\ of | heard\ of | (?:is|are)\ told(?!\ apart)
      | in\ mid[\ -](?:run|gesture)
      | go(?:es)?\ on(?!\ the) | going\ on | gone\ on | went\ on
      | r[au]ns?\ off(?!\ the) | gives?\ up | gave\ up | given\ up | giving\ up
      | at\ the\ (?:left|right) | (?:lies|lie|lying|stands?)\ beside
      | what\ there\ is | what\ is\ here | what\ ships | comes?\ of(?!\ age) | becomes?\ of
      | def\ test\ (?:what|whether|how|who|whoever|whose|which|where|when|why|as|of)
      | is\ well | (?:is|are)\ whole(?=[.;]|\ (?:and|or)\b) | did\ not\ foresee
      | (?<!there\ )is\ no(?=\ [a-z]+)(?!\ (?:longer|more|less|fewer|larger|smaller|brighter)\b)
      | each\ (?:\d+|N)\ \w+s | (?:pixels|iterations|frames)\ an?\ \w+
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
EMPTY_NAMES = frozenset(
    {"told", "said", "found", "there", "one", "other", "kept", "held", "shown", "made"}
)  # fmt: skip


@cache
def docstrings_and_names() -> tuple[list[Place], list[Place]]:
    """Return every docstring and every bound name of the source files. Only these stay in memory, not the trees."""
    texts: list[Place] = []
    names: list[Place] = []
    for path in SOURCES:
        nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
        texts += [(path, line, text) for line, text in docstrings(nodes)]
        names += [(path, line, name) for line, name in bound_names(nodes)]
    return texts, names


def has_wrong_words(line: str) -> bool:
    """Return whether a line of code or prose has a wrong word; a name is read as words."""
    return WRONG_WORDS.search(line.replace("_", " ")) is not None


def docstrings(nodes: list[ast.AST]) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of every docstring."""
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield getattr(node, "lineno", 1), ast.get_docstring(node) or ""


def bound_names(nodes: list[ast.AST]) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of every variable, parameter and function, but of no attribute of a class."""
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    fields = [node for item in classes for node in item.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    attributes = {id(node) for field in fields for node in ast.walk(field)}
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in attributes:
            yield node.lineno, node.id
        elif isinstance(node, ast.FunctionDef):
            yield node.lineno, node.name
        # `other` is Python's name for the second operand of an operator.
        elif isinstance(node, ast.arg) and node.arg != "other":
            yield node.lineno, node.arg


def report(offenders: list[Place]) -> str:
    return "\n".join(f"{path.relative_to(ROOT)}:{line}: {text}" for path, line, text in offenders)


def test_no_docstring_starts_with_a_relative_clause() -> None:
    offenders = [
        (path, line, text.splitlines()[0])
        for path, line, text in docstrings_and_names()[0]
        if RELATIVE_CLAUSE.match(text)
    ]
    assert not offenders, report(offenders)


def test_no_wrong_word_stands_in_code_or_documents() -> None:
    offenders = [
        (path, number, line.strip())
        for path in (*SOURCES, *DOCUMENTS)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if has_wrong_words(line)
    ]
    assert not offenders, report(offenders)


def test_no_name_is_an_empty_word() -> None:
    offenders = [place for place in docstrings_and_names()[1] if place[2] in EMPTY_NAMES]
    assert not offenders, report(offenders)


@pytest.mark.parametrize(
    ("sentence", "is_wrong"),
    [
        ("The mask is drawn again.", False),
        ("The run continues; a frame every 10 iterations.", False),
        ("There is no such file, and it is no longer needed.", False),
        ("Different pictures are told apart.", False),
        ("The mask is drawn anew.", True),
        ("A frame each 10 iterations.", True),
        ("More can be had from the library.", True),
        ("notes.txt is no picture.", True),
        ("def test_a_full_disk_is_told(tmp_path):", True),
        ("def test_what_is_broken_gets_one_sentence():", True),
        ("def test_a_broken_file_gets_one_sentence():", False),
    ],
)
def test_the_patterns_tell_wrong_sentences_from_right_ones(sentence: str, is_wrong: bool) -> None:
    assert has_wrong_words(sentence) is is_wrong
