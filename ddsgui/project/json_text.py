"""JSON documents as the files of a project have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddsgui.text import json_text


def json_bytes(document: Mapping[str, Any]) -> bytes:
    """Return a document as UTF-8."""
    return (json_text(document, indent=1) + "\n").encode()
