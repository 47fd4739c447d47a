"""The versions that ddsgui asks for, as its own package metadata says."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata

from ddsgui.paths import PACKAGE

_COMPARE = {
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def required() -> dict[str, str]:
    """Distribution -> range, such as {"torch": ">=2.11,<2.14"}; "python" among them."""
    checkout = PACKAGE.parent / "pyproject.toml"
    if checkout.is_file():
        project = tomllib.loads(checkout.read_text("utf-8"))["project"]
        python, lines = project["requires-python"], project["dependencies"]
    else:
        python = metadata.metadata("ddsgui")["Requires-Python"]
        lines = [line for line in metadata.requires("ddsgui") or [] if "extra ==" not in line]
    pairs = (re.match(r"([\w.-]+)\s*(.*)", line) for line in lines)
    return {"python": python, **{pair[1]: pair[2] for pair in pairs if pair}}


def within(version: str, wanted: str) -> bool:
    """Whether a version lies in a range; only the numbers of a release count, not its suffixes."""
    found = _numbers(version)
    conditions = re.findall(r"([<>=!]=?)\s*([\d.]+)", wanted)
    return all(_COMPARE[sign](found, _numbers(bound)) for sign, bound in conditions)


def _numbers(version: str) -> tuple[int, ...]:
    """Padded, so that 2.11 and 2.11.0 are equal."""
    release = re.match(r"[\d.]*", version)
    numbers = [int(n) for n in (release[0] if release else "").split(".") if n]
    return tuple(numbers + [0] * (4 - len(numbers)))
