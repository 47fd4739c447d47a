"""The kinds of files that people bring, told by their first bytes, in words for a sentence."""

from __future__ import annotations

import re
from pathlib import Path

HEAD_BYTES = 4096
MODEL, ZIP = "a model file", "a zip archive"
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (  # offset, signature, what the file is
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF8", "a GIF picture"),
    (8, b"WEBP", "a WebP picture"),
    (0, b"BM", "a BMP picture"),
    (0, b"II*\0", "a TIFF picture"),
    (0, b"MM\0*", "a TIFF picture"),
    (0, b"II+\0", "a TIFF picture of more than 4 GB"),
    (0, b"8BPS", "a Photoshop picture"),
    (0, b"gimp xcf", "a GIMP picture"),
    (0, b"\x76\x2f\x31\x01", "an OpenEXR picture"),
    (4, b"ftypavi", "an AVIF picture"),
    (4, b"ftyphei", "a HEIC picture"),
    (4, b"ftyphev", "a HEIC picture"),
    (4, b"ftypmif1", "a HEIC picture"),
    (4, b"ftyp", "a video"),
    (0, b"\x1a\x45\xdf\xa3", "a video"),
    (8, b"AVI ", "a video"),
    (0, b"RIFF", "a sound"),
    (0, b"OggS", "a sound"),
    (0, b"ID3", "a sound"),
    (0, b"fLaC", "a sound"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ", "an xz archive"),
    (0, b"7z\xbc\xaf", "a 7-Zip archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"PK\5\6", "an empty zip archive"),
    (0, b"PK\3\4", ZIP),
    (0, b"\x89HDF", "an HDF5 file, perhaps a Keras model"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"GGUF", "a GGUF language model"),
    (0, b"MZ", "a Windows program"),
    (0, b"\x7fELF", "a Linux program"),
    (0, b"\xcf\xfa\xed\xfe", "a macOS program"),
    (0, b"SQLite format 3", "a database"),
)
# Of text: a pattern in its beginning, and what the file is; the first that matches.
_TEXTS: tuple[tuple[str, str], ...] = (
    (r"version https://git-lfs", "a Git LFS pointer"),
    (r"<!doctype html|<html|.*<head", "a web page"),
    (r".*<svg", "an SVG drawing"),
    (r"<\?xml", "an XML file"),
    (r"[{\[].*\"(?:shapes|imagePath|imageData)\"", "labelme's JSON, with polygons"),
    (r"[{\[].*\"counts\"", "COCO's JSON, with run lengths"),
    (r"[{\[].*\"(?:annotations|categories|segmentation)\"", "COCO's JSON, with annotations"),
    (r"[{\[]", "a JSON file"),
)


def description_of(head: bytes) -> str:
    """Return the kind of a file, such as "a PNG picture", by its first HEAD_BYTES; "" if it is unknown."""
    if is_model(head):
        return MODEL
    for offset, signature, what in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return what
    text = text_of(head)
    if text is None:
        return ""
    return next((what for pattern, what in _TEXTS if re.match(pattern, text, re.I | re.S)), "a text file")


def kind_of_file(path: Path) -> str:
    """Return description_of() a file; "" if it cannot be read, too."""
    try:
        with path.open("rb") as file:
            return description_of(file.read(HEAD_BYTES))
    except OSError:
        return ""


def text_of(head: bytes) -> str | None:
    """Return the first bytes of a text file as text, without a byte order mark; None if it is not one."""
    if not head:
        return None
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding, head = "utf-16", head[: len(head) // 2 * 2]
    elif b"\0" in head or any(byte < 9 or 13 < byte < 27 for byte in head):
        return None
    else:
        encoding, head = (
            "utf-8-sig",
            head[: -4 if len(head) >= HEAD_BYTES else None],
        )  # a character may be cut
    try:
        return head.decode(encoding).lstrip()
    except UnicodeDecodeError:
        return None


def is_model(head: bytes) -> bool:
    """Return whether a file is a pickle, or what torch or safetensors write."""
    is_torch = head[:4] == b"PK\3\4" and b"/data.pkl" in head[:200]
    is_pickle = head[:1] == b"\x80" and b"\1" < head[1:2] <= b"\5"
    return is_torch or is_pickle or head[5:9] == b"\0\0\0{"
