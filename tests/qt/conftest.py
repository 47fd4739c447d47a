"""Real widgets: any warning of Qt fails the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

# What the offscreen platform says of itself, whatever the program does.
_HARMLESS = ("This plugin does not support",)


@pytest.fixture(autouse=True)
def quiet_qt() -> Iterator[None]:
    """Fail on any message of Qt above debug."""
    messages: list[str] = []

    def keep(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind != QtMsgType.QtDebugMsg and not text.startswith(_HARMLESS):
            messages.append(text)

    previous = qInstallMessageHandler(keep)
    yield
    qInstallMessageHandler(previous)
    assert not messages, messages
