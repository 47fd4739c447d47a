"""Documents inside a picture file as XMP, the metadata that JPEG, WebP and TIFF have in common."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from ddsgui.text import json_text
from ddsgui.version import __version__

_NAMESPACE = "urn:ddsgui:1"
_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:ddsgui="{namespace}"'
    ' xmp:CreatorTool="ddsgui {version}"{attributes}/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


def encode_xmp(documents: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Return a packet that names ddsgui as the program and carries JSON documents by name."""
    attributes = "".join(
        f' ddsgui:{name}="{html.escape(json_text(document))}"' for name, document in documents.items()
    )
    return _PACKET.format(namespace=_NAMESPACE, version=__version__, attributes=attributes).encode()


def document_text(packet: bytes, name: str) -> str | None:
    """Return the text of a document in a packet, None if it has none.

    Found by a pattern: a file may come from anywhere, and an XML parser follows entities.
    """
    match = re.search(rf'\bddsgui:{re.escape(name)}="([^"]*)"', packet.decode(errors="replace"))
    return None if match is None else html.unescape(match[1])
