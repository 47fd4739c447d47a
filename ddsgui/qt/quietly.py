"""Showing a value in a widget is not the same as the artist choosing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from PySide6.QtCore import QObject, QSignalBlocker


@contextmanager
def quietly(*widgets: QObject) -> Iterator[None]:
    """No signals of `widgets` within the block."""
    with ExitStack() as stack:
        for widget in widgets:
            stack.enter_context(QSignalBlocker(widget))
        yield
