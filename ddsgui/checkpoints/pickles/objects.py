"""Objects of other programs' classes, as plain data."""

from __future__ import annotations

from typing import Any


class PickledObject:
    """An object of a class that ddsgui does not have. A subclass is a dataclass whose fields are plain data.

    The layout that allows such an object defines it, together with the function that makes it.
    """

    @property
    def kind(self) -> str:
        """The name of its class, or of the function that built it."""
        raise NotImplementedError

    def parts(self) -> list[Any]:
        """Return the dicts and lists in which its tensors and further objects are, by name."""
        raise NotImplementedError
