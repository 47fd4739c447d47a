"""Stand-ins for what other programs put next to a network: nothing of it is looked up, called or kept."""

from __future__ import annotations

import re
import sys
from typing import Any

# Of Python's own library, those whose values are data. What is named from the others would act when opened.
_DATA_MODULES = frozenset(
    (
        *(
            "array",
            "collections",
            "copyreg",
            "dataclasses",
            "datetime",
            "decimal",
            "enum",
            "fractions",
            "functools",
        ),
        *("ipaddress", "numbers", "random", "re", "string", "time", "typing", "uuid", "weakref", "zoneinfo"),
        *("_datetime", "_decimal", "_random"),
    )
)
_DATA_BUILTINS = frozenset(
    ("object", "tuple", "range", "bool", "type", "NoneType", "Ellipsis", "NotImplemented")
)
_ERRORS = ("Error", "Exception", "Warning")  # the ends of their names
# Functions of other packages, and methods, which are written in lower case behind a dot.
_ACTING = re.compile(
    r"\.[a-z_]\w*$|^_?(load|save|open|read|run|exec|eval|call|import|system|fromfile|memmap)"
)


class Stub(dict[Any, Any]):
    """An object of a class that ddsgui does not have. It keeps the items of a dictionary, and nothing else."""

    def __init__(self, name: str, items: Any = ()) -> None:
        super().__init__(items if type(items) is dict else ())
        self.name = name  # of the class or function, with its module


def would_act(module: str, attribute: str) -> bool:
    """Return whether what a pickle names would run code that has an effect, and not only make a value."""
    root = module.partition(".")[0]
    if root == "builtins":
        return attribute not in _DATA_BUILTINS and not attribute.endswith(_ERRORS)
    if root in sys.stdlib_module_names and root not in _DATA_MODULES:
        return True
    return _ACTING.search(attribute) is not None or module in ("torch.hub", "torch.jit")


def has_stub(values: Any) -> bool:
    """Return whether one of the arguments of a call, or of the items in one of them, is a stub."""
    flat = values.values() if isinstance(values, dict) else values
    return isinstance(flat, Stub) or any(
        isinstance(value, Stub)
        or (isinstance(value, tuple | list) and any(isinstance(item, Stub) for item in value))
        for value in flat
    )
