"""Ways to damage a file, by accident or with intent; the same number gives the same damage."""

from __future__ import annotations

import io
import pickle
import random
import struct
import zipfile
from collections.abc import Callable

from tests.checkpoints.fuzz_seeds import Seed

OPCODES = bytes(
    ord(value)
    for name, value in vars(pickle).items()
    if name.isupper() and isinstance(value, bytes) and len(value) == 1
    for value in [value.decode("latin-1")]
)
NUMBERS = (
    0,
    1,
    0x7F,
    0xFF,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    1 << 40,
    (1 << 63) - 1,
    (1 << 64) - 1,
)
WORDS = (
    b"os\nsystem\n",
    b"builtins\neval\n",
    b"numpy\ndtype\n",
    b"\x8c\x04eval",
    b"NaN",
    b"inf",
    b"-1",
    b"\0" * 16,
)


def mutated(seeds: list[Seed], number: int) -> tuple[str, bytes]:
    """Return the name and the content of the damaged file of this number."""
    chance = random.Random(number)
    golden = chance.random() < 0.04
    seed = chance.choice(seeds[-4:] if golden else seeds[:-4])
    names = chance.choices(tuple(_WAYS), k=chance.choice((1, 1, 1, 2, 4)))
    content, structure = bytearray(seed.content), seed.structure
    for name in names:
        place = chance.choice(structure) if chance.random() < 0.8 else chance.randrange(len(seed.content))
        content = _WAYS[name](chance, content, min(place, max(0, len(content) - 1)), seeds)
    return f"{seed.name} {'+'.join(names)}", bytes(content)


Way = Callable[[random.Random, bytearray, int, "list[Seed]"], bytearray]


def _flip(chance: random.Random, content: bytearray, place: int, _seeds: list[Seed]) -> bytearray:
    for _ in range(chance.choice((1, 1, 2, 8))):
        if content:
            content[min(len(content) - 1, place + chance.randrange(8))] ^= 1 << chance.randrange(8)
    return content


def _cut_off(chance: random.Random, content: bytearray, place: int, _: list[Seed]) -> bytearray:
    return content[: place + 1]


def _overwrite(chance: random.Random, content: bytearray, place: int, _: list[Seed]) -> bytearray:
    length = chance.choice((1, 4, 16, 256))
    content[place : place + length] = chance.choice(
        (bytes(length), b"\xff" * length, chance.randbytes(length))
    )
    return content


def _number(chance: random.Random, content: bytearray, place: int, _: list[Seed]) -> bytearray:
    """Overwrite a length, count or offset with a wrong one."""
    form = chance.choice(("<B", "<H", "<I", "<Q", ">I"))
    value = chance.choice(NUMBERS) & ((1 << 8 * struct.calcsize(form)) - 1)
    start = place + chance.choice((0, 1, 1, 2, 4, 8, 18, 22, 28, 42))
    content[start : start + struct.calcsize(form)] = struct.pack(form, value)
    return content


def _opcode(chance: random.Random, content: bytearray, place: int, _: list[Seed]) -> bytearray:
    content[place : place + 1] = bytes([chance.choice(OPCODES)])
    return content


def _repeat(chance: random.Random, content: bytearray, place: int, _: list[Seed]) -> bytearray:
    length = chance.choice((1, 2, 8, 64, 1024))
    content[place:place] = content[place : place + length] * chance.choice((1, 2, 50))
    return content


def _leave_out(chance: random.Random, content: bytearray, place: int, _: list[Seed]) -> bytearray:
    del content[place : place + chance.choice((1, 2, 8, 64, 1024))]
    return content


def _splice(chance: random.Random, content: bytearray, place: int, seeds: list[Seed]) -> bytearray:
    donor = chance.choice(seeds[:-4])
    start = chance.choice(donor.structure)
    piece = donor.content[start : start + chance.choice((4, 16, 64, 4096))]
    content[place : place + (len(piece) if chance.random() < 0.5 else 0)] = piece
    return content


def _word(chance: random.Random, content: bytearray, place: int, _: list[Seed]) -> bytearray:
    word = chance.choice(WORDS)
    content[place : place + (len(word) if chance.random() < 0.5 else 0)] = word
    return content


def _inside(chance: random.Random, content: bytearray, place: int, seeds: list[Seed]) -> bytearray:
    """Damage the pickle of an archive and pack the archive again, so that its checksums are right."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    except Exception:  # not an archive, or not any more
        return _flip(chance, content, place, seeds)
    key = next((k for k in entries if k.endswith("data.pkl")), None) or chance.choice(list(entries))
    inner = bytearray(entries[key])
    for _ in range(chance.choice((1, 1, 2, 4))):
        way = chance.choice((_flip, _overwrite, _number, _opcode, _repeat, _leave_out, _splice, _word))
        inner = way(chance, inner, chance.randrange(max(1, len(inner))), seeds)
    entries[key] = bytes(inner)
    file = io.BytesIO()
    packing = zipfile.ZIP_DEFLATED if chance.random() < 0.05 else zipfile.ZIP_STORED
    with zipfile.ZipFile(file, "w", packing) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return bytearray(file.getvalue())


_WAYS: dict[str, Way] = {
    "flip": _flip,
    "cut off": _cut_off,
    "overwrite": _overwrite,
    "number": _number,
    "opcode": _opcode,
    "repeat": _repeat,
    "leave out": _leave_out,
    "splice": _splice,
    "word": _word,
    "inside": _inside,
}
