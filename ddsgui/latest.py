"""A thread-safe box that holds the newest value only."""

from __future__ import annotations

from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """A box that hands the newest value from one thread to another; a value not taken in time is replaced.

    A queue would grow whenever the reader is slower than the writer, and the reader would see old values late. Here
    the reader is at most one value behind.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._value: T | None = None

    def put(self, value: T) -> bool:
        """Replace the value and return whether the box was empty, so that the writer wakes the reader only once."""
        with self._lock:
            was_empty = self._value is None
            self._value = value
        return was_empty

    def take(self) -> T | None:
        """Return the newest value and empty the box; None if there is no new one since the last call."""
        with self._lock:
            value, self._value = self._value, None
        return value
