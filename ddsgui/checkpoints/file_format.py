"""The format of a file, told by its first bytes and not by its name; and a sentence for what is not a model."""

from __future__ import annotations

import re
import struct
from typing import Literal

from ddsgui.checkpoints.messages import damaged_error, truncated_error
from ddsgui.errors import CheckpointError
from ddsgui.file_signatures import HEAD_BYTES, description_of, text_of

METADATA_KEY = "ddsgui"  # of the JSON document in the metadata of a native safetensors file
FORMAT_VERSION = 1  # of that document, under "format"
# The names that model files commonly have; what is in a file decides how it is read.
SUFFIXES = (".safetensors", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".bin")

FileKind = Literal["safetensors", "archive", "stream", "pickle"]
ARCHIVE_MAGIC = b"PK\3\4"
STREAM_MAGIC = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # torch.save before 1.6: a long integer

_CHOOSE = "choose a model file"
_UNPACK = "unpack it and open the model file inside"
_STYLEGAN_ONLY = "ddsgui mixes StyleGAN2 only"


def file_kind(view: memoryview, name: str) -> FileKind:
    """Return the kind of a model file, by which a reader is chosen. Raises CheckpointError if it is not one."""
    head = bytes(view[:HEAD_BYTES])
    if len(head) > 9 and head[8:9] == b"{" and _header_length(head) < 1 << 40:
        if _header_length(head) > len(view) - 8:
            raise truncated_error(name)
        return "safetensors"
    if head[:4] == ARCHIVE_MAGIC:
        return "archive"
    if head[:1] == b"\x80" and head[1:2] <= b"\x05":
        return "stream" if head[2 : 2 + len(STREAM_MAGIC)] == STREAM_MAGIC else "pickle"
    text = text_of(head)
    if text is None and (what := description_of(head)):
        raise CheckpointError(f"{name} is {what}, not a model file; {_advice(what)}.")
    if not any(head) and not any(view[:: max(1, len(view) // HEAD_BYTES)]):
        raise CheckpointError(f"{name} holds only zeros: its download was interrupted; download it again.")
    if re.match(rb"\(?[dlt]p\d+\n|\(i\w|c[\w.]+\n\w+\n", head) and view[-1] in b".\n":
        return "pickle"  # of protocol 0, which is text
    if text is not None:
        raise _text_error(name, text, description_of(head))
    if head[:1] in b"(]}" and view[-1] == ord("."):  # a pickle of protocol 1 has no other mark
        return "pickle"
    if head[8:9] == b"{":
        raise damaged_error(name)
    raise CheckpointError(f"{name} is not a model file that ddsgui can read.")


def _header_length(head: bytes) -> int:
    return struct.unpack("<Q", head[:8])[0]


def _advice(what: str) -> str:
    if what.endswith("model"):
        return _STYLEGAN_ONLY
    return _UNPACK if what.endswith("archive") and "empty" not in what else _CHOOSE


def _text_error(name: str, text: str, what: str) -> CheckpointError:
    start = text[:200].lower()
    if start.startswith("version https://git-lfs"):
        size = re.search(r"^size (\d{1,15})$", text, re.MULTILINE)
        of_size = f" of {int(size[1]) / 1e6:,.0f} MB" if size else ""
        return CheckpointError(
            f"{name} is a Git LFS pointer to a file{of_size}; download that file with git lfs pull."
        )
    if start.startswith(("<!doctype html", "<html")) or "<head" in start:
        if "google drive" in text.lower() or "drive.google" in text.lower():
            return CheckpointError(
                f"{name} is a page of Google Drive, not the model: open the link in a browser, confirm the "
                "download there, and open the file that arrives."
            )
        return CheckpointError(
            f"{name} is a web page, not the model: open the link in a browser and download the file itself."
        )
    if start.startswith("<?xml") or (start.startswith("{") and '"error' in start) or "<error>" in start:
        return CheckpointError(
            f"{name} is an error message of a server, not the model; download the file again."
        )
    return CheckpointError(f"{name} is {what}, not a model file; {_CHOOSE}.")
