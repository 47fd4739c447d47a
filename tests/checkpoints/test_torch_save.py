"""Files of torch.save, read without torch.load, and archives with wrong headers."""

from __future__ import annotations

import io
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ddsgui.checkpoints.torch_save import read_torch_bytes, read_torch_file
from ddsgui.checkpoints.torch_zip import MAX_DIRECTORY_BYTES
from ddsgui.errors import CheckpointError
from tests.checkpoints.fuzz_seeds import torch_bytes
from tests.checkpoints.measured import Measured

SHARED = torch.arange(12.0)
CONTENT: dict[str, Any] = {
    "plain": torch.arange(6.0).reshape(2, 3),
    "shared": [SHARED, SHARED[3:], SHARED.reshape(3, 4).t()],
    "types": [
        torch.ones(3).to(t) for t in (torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.bool)
    ],
    "empty": torch.zeros(0, 3),
    "point": torch.tensor(2.5),
    "parameter": torch.nn.Parameter(torch.ones(2)),
    "step": 7,
}


def read(content: bytes) -> Any:
    return read_torch_bytes(memoryview(bytearray(content)), "x.pt")


def tensors(content: dict[str, Any]) -> list[torch.Tensor]:
    values = [v for value in content.values() for v in (value if isinstance(value, list) else [value])]
    return [value for value in values if isinstance(value, torch.Tensor)]


@pytest.mark.parametrize("zipped", [True, False])
def test_everything_that_torch_saves_comes_back(zipped: bool, tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    torch.save(CONTENT, path, _use_new_zipfile_serialization=zipped)
    ours = read_torch_file(path)
    assert ours["step"] == 7
    for loaded, original in zip(tensors(ours), tensors(CONTENT), strict=True):
        assert torch.equal(loaded, original)
        assert loaded.dtype == original.dtype
        assert loaded.stride() == original.stride()


def test_an_archive_without_checksums_is_read() -> None:
    before = torch.serialization.get_crc32_options()
    torch.serialization.set_crc32_options(False)
    try:
        content = torch_bytes(CONTENT)
    finally:
        torch.serialization.set_crc32_options(before)
    assert torch.equal(read(content)["plain"], CONTENT["plain"])


def test_writing_to_a_tensor_does_not_write_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    torch.save({"a": torch.ones(1000)}, path)
    whole = path.read_bytes()
    read_torch_file(path)["a"].zero_()
    assert path.read_bytes() == whole


def repacked(change: Callable[[str, bytes], bytes], packing: int = zipfile.ZIP_STORED) -> bytes:
    """Return the archive with its entries changed and correct checksums."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(torch_bytes(CONTENT))) as old, zipfile.ZipFile(file, "w", packing) as new:
        for entry in old.namelist():
            new.writestr(entry, change(entry, old.read(entry)))
    return file.getvalue()


def entry_only(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def header(content: bytes, signature: bytes, offset: int, form: str, value: int, last: bool = False) -> bytes:
    """Return the archive with another number in the first (or last) header of this signature."""
    changed = bytearray(content)
    at = (content.rfind if last else content.find)(signature)
    struct.pack_into(form, changed, at + offset, value)
    return bytes(changed)


def all_in_one_place(content: bytes) -> bytes:
    """Return the archive with every entry pointing to the first one's bytes: a bomb of overlapping entries."""
    changed, at = bytearray(content), content.find(b"PK\1\2")
    while at >= 0:
        struct.pack_into("<I", changed, at + 42, 0)
        at = content.find(b"PK\1\2", at + 4)
    return bytes(changed)


WHOLE = torch_bytes(CONTENT)
STREAM = torch_bytes(
    {k: v for k, v in CONTENT.items() if k != "storage"}, _use_new_zipfile_serialization=False
)
LENGTH = struct.pack("<q", 12) + bytes(4)  # of SHARED, whose first number is 0
FLIPPED = bytearray(WHOLE)
FLIPPED[WHOLE.find(SHARED.numpy().tobytes()) + 5] ^= 4
BROKEN = {
    "cut": (WHOLE[:-100], "ends too early"),
    "cut in the middle": (WHOLE[: len(WHOLE) // 2], "ends too early"),
    "flipped": (bytes(FLIPPED), r"is damaged: the checksum of archive/data/\d is wrong"),
    "packed": (repacked(lambda _, data: data, zipfile.ZIP_DEFLATED), "compressed archive"),
    "bomb": (entry_only("archive/data.pkl", bytes(50_000_000)), "compressed archive"),
    "other archive": (entry_only("ffhq.pkl", b"x"), "zip archive, but not a model"),
    "overlap": (all_in_one_place(WHOLE), "damaged"),
    "size": (header(WHOLE, b"PK\1\2", 24, "<I", 1 << 30), "compressed archive"),
    "both sizes": (header(header(WHOLE, b"PK\1\2", 24, "<I", 1 << 30), b"PK\1\2", 20, "<I", 1 << 30), "damaged"),
    "offset": (header(WHOLE, b"PK\1\2", 42, "<I", 1 << 30, last=True), "damaged"),
    "number of entries": (header(WHOLE, b"PK\5\6", 10, "<H", 60_000), "damaged"),
    "place of the directory": (header(WHOLE, b"PK\5\6", 16, "<I", 1), "damaged"),
    "storages too short": (repacked(lambda n, d: d[:4] if "/data/" in n else d), "damaged"),
    "no storages": (repacked(lambda n, d: b"" if "/data/" in n else d), "damaged"),
    "other byte order": (repacked(lambda n, d: b"big" if n.endswith("byteorder") else d), "byte order"),
    "code": (repacked(lambda n, d: b"\x80\2cos\nsystem\n." if n.endswith("data.pkl") else d), "os.system"),
    "key": (repacked(lambda n, d: d.replace(b"X\1\0\0\x001q", b"X\1\0\0\0/q")), "damaged"),
    "stream cut": (STREAM[:-1], "damaged"),
    "stream cut early": (STREAM[:200], "damaged"),
    "stream length": (STREAM.replace(LENGTH, struct.pack("<q", 1 << 60) + bytes(4)), "damaged"),
    "stream byte order": (re.sub(rb"(little_endianq.)\x88", b"\\1\x89", STREAM), "byte order"),
    "not a torch file": (b"hello", "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_gets_one_sentence(kind: str) -> None:
    content, words = BROKEN[kind]
    assert content != WHOLE != STREAM
    measured = Measured(len(content))
    with measured, pytest.raises(CheckpointError, match=words) as caught:
        read(content)
    assert "\n" not in str(caught.value)
    assert measured.memory < 50_000_000


def test_a_torchscript_program_is_named() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("m/data.pkl", b"x")
        archive.writestr("m/constants.pkl", b"x")
    with pytest.raises(CheckpointError, match="TorchScript program"):
        read(file.getvalue())


def test_a_tensor_larger_than_its_storage_is_refused() -> None:
    with pytest.raises(CheckpointError, match="damaged"):
        read(torch_bytes({"a": torch.zeros(1, 1).expand(90_000, 90_000)}))


def test_a_storage_cannot_be_referenced_without_end() -> None:
    huge = torch.zeros(1 << 20)
    assert len(read(torch_bytes({str(i): huge for i in range(8)}))) == 8
    with pytest.raises(CheckpointError, match="without end"):
        read(torch_bytes({str(i): huge for i in range(100)}))


def test_sizes_beyond_four_gigabytes_are_read_from_extra_fields() -> None:
    """The archive is written by hand: small sizes, but in zip64's fields for large ones."""
    name, data = b"a/data.pkl", b"\x80\2N."
    local = b"PK\3\4" + struct.pack(
        "<5H3I2H", 45, 0, 0, 0, 0, zlib.crc32(data), len(data), len(data), len(name), 0
    )
    extra = struct.pack("<HH3Q", 1, 24, len(data), len(data), 0)
    ones = 0xFFFFFFFF
    central = b"PK\1\2" + struct.pack(
        "<6H3I5H2I", 45, 45, 0, 0, 0, 0, zlib.crc32(data), ones, ones, len(name), len(extra), 0, 0, 0, 0, ones
    )
    directory = central + name + extra
    start = len(local + name + data)
    end64 = b"PK\6\6" + struct.pack("<Q2H2I4Q", 44, 45, 45, 0, 0, 1, 1, len(directory), start)
    locator = b"PK\6\7" + struct.pack("<IQI", 0, start + len(directory), 1)
    end = b"PK\5\6" + struct.pack("<4H2IH", 0, 0, 0xFFFF, 0xFFFF, ones, ones, 0)
    assert read(local + name + data + directory + end64 + locator + end) is None


def twice(name: str) -> bytes:
    """Return an archive with two entries of one name."""
    file = io.BytesIO(WHOLE)
    with zipfile.ZipFile(file, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr(name, b"\x80\x02N.")
    return file.getvalue()


def test_an_archive_with_two_entries_of_one_name_is_refused() -> None:
    with pytest.raises(CheckpointError, match="damaged"):
        read(twice("archive/data.pkl"))


def test_a_directory_with_too_many_entries_is_refused_before_it_is_unpacked() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02N.")
    content = file.getvalue()
    start = content.index(b"PK\1\2")
    entry = content[start : content.index(b"PK\5\6")]
    many = entry * (MAX_DIRECTORY_BYTES // len(entry) + 1)
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(many), start, 0)
    measured = Measured(len(many))
    with measured, pytest.raises(CheckpointError, match="damaged"):
        read(content[:start] + many + end)
    assert measured.memory < 50_000_000
