"""JSON documents as the files of a project have them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def json_bytes(document: Mapping[str, Any]) -> bytes:
    """Return a document as UTF-8."""
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()
