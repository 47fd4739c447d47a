"""Settings as dataclasses whose fields know their range and their name in files. Free of torch.

A new setting is one line in the dataclass: `r1: float = setting(0.3, 0, 1e4)`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import Field, field, fields
from typing import Any

from ddsgui.errors import TrainingError

_KINDS: Mapping[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "bool": (bool,),
}


def setting(default: Any, low: float, high: float, *, key: str | None = None) -> Any:
    """Return a dataclass field for a number, or a tuple of numbers, within low..high.

    key: its name in saved files and after --set, if it differs from the field's.
    """
    return field(default=default, metadata={"range": (low, high)} | ({} if key is None else {"key": key}))


def key_of(f: Field[Any]) -> str:
    """Return a setting's name in saved files and after --set."""
    return f.metadata.get("key", f.name)


def keyed(settings: Any) -> dict[str, Any]:
    """Return the values of a dataclass by their names in saved files."""
    return {key_of(f): getattr(settings, f.name) for f in fields(settings)}


def unkeyed(cls: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return saved values by the field names of the dataclass `cls`; unknown names are not changed."""
    names = {key_of(f): f.name for f in fields(cls)}
    return {names.get(key, key): value for key, value in data.items()}


def is_whole(value: object) -> bool:
    """Return whether a value is an integer."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Return whether a value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def check_settings(settings: Any, what: str) -> None:
    """Raise TrainingError if a field of a dataclass holds a wrong kind of value, or one outside its range.

    what: the settings' owner in the sentence, such as "a training".
    """
    for f in fields(settings):
        value, kinds = getattr(settings, f.name), _KINDS.get(str(f.type))
        if kinds and not (isinstance(value, kinds) and isinstance(value, bool) == (f.type == "bool")):
            raise TrainingError(f"The setting {key_of(f)} of {what} cannot be {value!r}.")
    for f in fields(settings):
        if "range" not in f.metadata:
            continue
        low, high = f.metadata["range"]
        values = getattr(settings, f.name)
        for value in values if isinstance(values, tuple) else (values,):
            if not is_number(value) or not low <= value <= high:
                raise TrainingError(f"{key_of(f)} must be between {low:,.15g} and {high:,.15g}, not {value}.")
