"""Pickles as plain data, and pickles that would run code, are broken or have no end."""

from __future__ import annotations

import argparse
import io
import pickle
import struct
from collections import OrderedDict, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ddsgui.checkpoints import pickle_file
from ddsgui.checkpoints.layouts.nvlabs_pytorch import PersistentModule
from ddsgui.checkpoints.layouts.nvlabs_tensorflow import TflibNetwork
from ddsgui.checkpoints.layouts.registry import GLOBALS
from ddsgui.checkpoints.pickles.stubs import Stub
from ddsgui.errors import CheckpointError
from tests.checkpoints.fuzz_seeds import pickle_bytes
from tests.checkpoints.measured import Measured

read_pickle = partial(pickle_file.read_pickle, globals=GLOBALS)
GOLDEN = Path(__file__).parents[2] / "checkpoints/golden"


def text(words: str) -> bytes:
    return b"\x8c" + struct.pack("<B", len(words)) + words.encode()


def call(module: str, name: str, argument: str = "touch /tmp/ddsgui-was-here") -> bytes:
    return b"\x80\x04" + text(module) + text(name) + b"\x93" + text(argument) + b"\x85R."


def same(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, np.ndarray):
        return bool(np.array_equal(ours, theirs)) and ours.dtype == theirs.dtype
    if isinstance(theirs, torch.Tensor):
        return torch.equal(ours, theirs) and ours.dtype == theirs.dtype
    if isinstance(theirs, dict):
        return list(ours) == list(theirs) and all(same(ours[k], v) for k, v in theirs.items())
    if isinstance(theirs, list | tuple):
        return type(ours) is type(theirs) and all(map(same, ours, theirs)) and len(ours) == len(theirs)
    return ours == theirs and (
        type(ours) is type(theirs) or isinstance(theirs, bytes | bytearray | np.generic)
    )


PLAIN = {
    "numbers": [
        0,
        1,
        -1,
        255,
        256,
        65536,
        1 << 31,
        -(1 << 40),
        1 << 70,
        1.5,
        float("inf"),
        True,
        False,
        None,
    ],
    "text": ["", "Häuser", "漢字", "x" * 300, "y" * 70_000],
    "bytes": [b"", b"\0\xff", b"z" * 300, bytearray(b"abc")],
    "nested": {"a": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)], 7: {1.5: "x"}, (1, "k"): set()},
    "sets": {1, 2, 3},
    "complex": 1 + 2j,
}


@pytest.mark.parametrize("protocol", range(6))
def test_plain_data_comes_back(protocol: int) -> None:
    content = PLAIN | {"same": PLAIN["nested"]}
    if protocol == 0:  # protocol 0 writes lines of text, whose length is limited
        content |= {"text": ["", "Häuser", "漢字"]}
    ours = read_pickle(pickle.dumps(content, protocol), name="x.pkl")
    assert same(ours, content)
    assert ours["same"] is ours["nested"]


@pytest.mark.parametrize("protocol", range(2, 6))
def test_arrays_and_tensors_come_back(protocol: int) -> None:
    content = {
        **{
            dtype: np.arange(6).reshape(2, 3).astype(dtype)
            for dtype in ("f2", "f4", ">f8", "u1", "i8", "?", "c8")
        },
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "none": np.zeros((0, 3), "f4"),
        "point": np.array(3.0, "f4"),
        "scalar": np.float32(1.5),
        "tensor": torch.arange(6.0).reshape(2, 3).t(),
        "view": torch.arange(10.0)[2:8:3],
        "half": torch.ones(3, dtype=torch.bfloat16),
        "empty": torch.zeros(0, 4),
        "parameter": torch.nn.Parameter(torch.ones(2)),
    }
    assert same(read_pickle(pickle.dumps(content, protocol), name="x.pkl"), content)


def test_objects_without_behaviour_become_dicts_and_text() -> None:
    ordered = OrderedDict(a=1)
    ordered._metadata = "torch's notes"  # type: ignore[attr-defined]
    content = [
        ordered,
        argparse.Namespace(size=8),
        defaultdict(list),
        Path("/a/b"),
        slice(1, None),
        torch.Size([2]),
    ]
    assert read_pickle(pickle.dumps(content), name="x.pkl") == [
        *({"a": 1}, {"size": 8}, {}, str(Path("/a/b")), slice(1, None), (2,))
    ]
    assert read_pickle(pickle.dumps(torch.float16), name="x.pkl") is torch.float16


def test_nvidias_objects_lose_their_programs() -> None:
    module = read_pickle(GOLDEN / "nvlabs_stylegan2_ada.pkl", name="x.pkl")["G_ema"]
    assert isinstance(module, PersistentModule)
    assert module.class_name == "Generator"
    written = pickle_bytes({"G_ema": PersistentModule("Generator", {"z_dim": 4})})
    assert b"os.abort()" in written  # the source, which must not run
    assert read_pickle(written, name="x.pkl")["G_ema"] == PersistentModule("Generator", {"z_dim": 4})
    networks = read_pickle(GOLDEN / "tensorflow_stylegan2.pkl", name="x.pkl")
    assert [type(network) for network in networks] == [TflibNetwork] * 3
    assert networks[2].name == "Gs"
    assert networks[2].build_function == "G_main"
    assert networks[2].components["synthesis"].variables["4x4/Const/const"].shape == (1, 32, 4, 4)


class Reaching:
    """An object whose pickle calls the given function."""

    def __init__(self, *call: Any) -> None:
        self.call = call

    def __reduce__(self) -> Any:
        return self.call[0], self.call[1:]


REACHING = {
    "reduce": (call("os", "system"), "os.system"),
    "built name": (b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94h\x00h\x01\x93.", "os.system"),
    "posix": (call("posix", "system"), "posix.system"),
    "eval": (call("builtins", "eval", "1"), "builtins.eval"),
    "old eval": (b"\x80\x02c__builtin__\neval\nX\x01\0\0\0a\x85R.", "builtins.eval"),
    "exec": (call("builtins", "exec", "1"), "builtins.exec"),
    "dotted": (call("builtins", "str.format", "1"), "builtins.str.format"),
    "dotted in the list": (call("numpy", "dtype.mro", "1"), "numpy.dtype.mro"),
    "getattr": (pickle.dumps(Reaching(getattr, "x", "y")), "builtins.getattr"),
    "import": (call("builtins", "__import__", "os"), "builtins.__import__"),
    "open": (pickle.dumps(Reaching(open, "/etc/passwd")), "io.open"),
    "subprocess": (call("subprocess", "Popen"), "subprocess.Popen"),
    "torch.load": (call("torch", "load"), "torch.load"),
    "torch.hub": (call("torch.hub", "load"), "torch.hub.load"),
    "numpy.load": (call("numpy", "load"), "numpy.load"),
    "pickle": (call("_pickle", "loads"), "_pickle.loads"),
    "inst": (b"(S'id'\nios\nsystem\n.", "os.system"),
    "obj": (b"\x80\x02(cos\nsystem\nX\x02\0\0\0ido.", "os.system"),
    "newobj": (b"\x80\x02cos\nsystem\n)\x81.", "os.system"),
    "newobj_ex": (b"\x80\x04" + text("os") + text("system") + b"\x93)}\x92.", "os.system"),
    "only named": (b"\x80\x02cos\nsystem\n0N.", "os.system"),
    "deep inside": (pickle.dumps({"a": [{"b": (Reaching(print, 1),)}]}), "builtins.print"),
    "text": (b"cos\nsystem\n(S'id'\ntR.", "os.system"),
}


@pytest.mark.parametrize("kind", REACHING)
def test_a_pickle_that_reaches_for_more_is_refused_by_name(kind: str) -> None:
    content, reached = REACHING[kind]
    with pytest.raises(CheckpointError, match=f"would run code .*reaches for {reached}\\)"):
        read_pickle(content, name="x.pkl")
    assert not Path("/tmp/ddsgui-was-here").exists()


class Options(dict):
    """A dictionary whose values are attributes, as EasyDict, Munch and addict have it."""


class Holder:
    """An object of another program, which refers to itself."""

    def __init__(self) -> None:
        self.me = self
        self.options = Options(size=8, inner=Options(a=1))


STRAYS: dict[str, Any] = {
    "options": Options(size=8, inner=Options(a=1)),
    "objects": [Holder(), {"deep": (Holder(),)}],
    "dates": [datetime(2026, 1, 2), timedelta(3), date(2026, 1, 2)],
    "numbers": [Decimal("1.5"), Fraction(1, 3)],
    "partial": partial(dict, a=1),
    "a class": Holder,
    "a function": same,
    "text in NumPy": np.str_("abc"),
    "array of text": np.array(["a", "bcd"]),
    "array of objects": np.array([Holder(), None, [1]], dtype=object),
    "records": np.zeros(3, [("x", "f4"), ("name", "U3")]),
    "a record array": np.rec.array([(1, 2.0)], dtype=[("x", "i4"), ("y", "f4")]),
    "a record": np.zeros(3, [("x", "f4"), ("y", "i2")])[0],
    "a day": np.datetime64("2026-01-02"),
    "random state": np.random.RandomState(1),
    "keys": {Decimal(1): "a", (date(2026, 1, 2), 1): "b"},
    "sets": [{Decimal(1), 2}, frozenset((Decimal(1), 2))],
}


@pytest.mark.parametrize("kind", STRAYS)
@pytest.mark.parametrize("protocol", [2, 4])
def test_strays_beside_the_weights_are_inert(kind: str, protocol: int) -> None:
    content = pickle.dumps({"stray": STRAYS[kind], "weights": np.ones(3, "f4")}, protocol)
    ours = read_pickle(content, name="x.pkl")
    assert same(ours["weights"], np.ones(3, "f4"))
    stray = ours["stray"]
    if kind == "options":
        assert stray == {"size": 8, "inner": {"a": 1}} and isinstance(stray, Stub)
    elif kind == "sets":
        assert stray == ([{2}, {2}] if protocol == 4 else [{}, {}])
    elif kind not in ("a class", "a function"):
        assert not any(
            isinstance(value, Holder | datetime | Decimal | np.ndarray) for value in (stray, *stray)
        )


ORDERED = b"\x80\x02ccollections\nOrderedDict\n)R"
DTYPE = b"\x80\x02cnumpy\ndtype\nX\2\0\0\0%s\x85R"
TENSOR = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n"
BROKEN = {
    "nothing": b"\x80\x04.",
    "no end": b"\x80\x04N",
    "unknown opcode": b"\x80\x04\xff.",
    "extension": b"\x80\x02\x82\x01.",
    "buffer": b"\x80\x05\x97.",
    "text as function": b"\x80\x02X\x02\0\0\0os)R.",
    "dict as function": b"\x80\x02})R.",
    "call of a result": ORDERED + b")R.",
    "state of text": b"\x80\x02X\x01\0\0\0a}b.",
    "state of a list": b"\x80\x02]}b.",
    "state of a name": b"\x80\x02ccollections\nOrderedDict\n}b.",
    "items of a name": b"\x80\x02ccollections\nOrderedDict\nK\x01K\x02s.",
    "list as key": b"\x80\x02}]Ns.",
    "deep tuple as key": b"\x80\x02}(" + b")" + b"\x85" * 1000 + b"Nu.",
    "long key": b"\x80\x02}X\x00\x00\x01\x00" + b"k" * 65536 + b"Ns.",
    "key below the mark": b"\x80\x02}K\x01(0s.",
    "memo of nothing": b"\x80\x02h\x05.",
    "odd items": b"\x80\x02}(K\x01u.",
    "persistent": b"\x80\x02X\x01\0\0\0aQ.",
    "long text": b"\x80\x02X\xff\xff\xff\x7fabc.",
    "long bytes": b"\x80\x04\x8e" + struct.pack("<Q", 1 << 62) + b".",
    "long frame": b"\x80\x04\x95" + struct.pack("<Q", 1 << 62) + b"N.",
    "long number": b"\x80\x02\x8b" + struct.pack("<i", 1 << 30) + b"1.",
    "negative number": b"\x80\x02\x8b" + struct.pack("<i", -5) + b"1.",
    "digits": b"\x80\x02L" + b"9" * 4000 + b"L\n.",
    "no line": b"\x80\x02I" + b"1" * 10_000,
    "no dtype": DTYPE % b"XY" + b".",
    "array too short": b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\1b\x87R"
    b"(K\1K\x7f\x85cnumpy\ndtype\nX\2\0\0\0f4\x85R\x89C\4abcdtb.",
    "array of objects": b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\1b\x87R"
    b"(K\1K\1\x85cnumpy\ndtype\nX\2\0\0\0O8\x85R\x89](Natb.",
    "tensor without storage": TENSOR + b"(NK\0K\1\x85K\1\x85\x89Ntr.",
    "half a network": b"\x80\x02cdnnlib.tflib.network\nNetwork\n)\x81}b.",
    "network of text": b"\x80\x02cdnnlib.tflib.network\nNetwork\n)\x81X\1\0\0\0ab.",
    "no persistent state": b"\x80\x02ctorch_utils.persistence\n_reconstruct_persistent_obj\n}\x85R.",
    "nested rubbish": b"\x80\x04ctorch.storage\n_load_from_bytes\nC\4abcd\x85R.",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_pickle_gets_one_sentence(kind: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        read_pickle(BROKEN[kind], name="x.pkl")
    assert str(caught.value).startswith("x.pkl ")
    assert "\n" not in str(caught.value)


def laughs(depth: int, width: int, opening: bytes = b"]", each: bytes = b"a") -> bytes:
    """Make a list of `width` times a list of `width` times …"""
    content = b"\x80\x04" + opening + b"\x94"
    for i in range(depth):
        content += opening + (b"h" + bytes([i]) + each) * width + b"\x94"
    return content + b"."


def nested(opening: bytes, closing: bytes, depth: int) -> bytes:
    return b"\x80\x04" + opening * depth + b"N" + closing * depth + b"."


BIG = b"X" + struct.pack("<I", 1 << 20) + b"a" * (1 << 20)
ENDLESS = {
    "billion laughs": laughs(100, 10),
    "of tuples": b"\x80\x04)" + b"\x94h\0h\0\x86" * 1 + b"22\x87" * 5000 + b".",
    "itself": b"\x80\x04]\x94h\x00a.",
    "itself in a dict": b"\x80\x04}\x94K\1h\x00s.",
    "lists in lists": nested(b"]", b"a", 50_000),
    "tuples in tuples": nested(b"", b"\x85", 200_000),
    "dicts in dicts": nested(b"}K\1", b"s", 50_000),
    "objects in objects": nested(
        b"ctorch_utils.persistence\n_reconstruct_persistent_obj\n}(X\x0a\0\0\0class_nameX\0\0\0\0X\5\0\0\0state",
        b"u\x85R",
        300,
    ),
    "steps": b"\x80\x04" + b"N0" * 400_000 + b".",
    "sets": b"\x80\x04" + b"\x8f" * 600_000 + b".",
    "marks": b"\x80\x04" + b"(" * 600_000 + b".",
    "memo": b"\x80\x04N" + b"\x94" * 600_000 + b".",
    "encoded again and again": b"\x80\x04c_codecs\nencode\n\x94"
    + BIG
    + b"\x94"
    + b"h\0h\1\x85R" * 10_000
    + b".",
    "mentioned again and again": b"\x80\x04" + BIG + b"\x94](" + b"h\0" * 10_000 + b"e.",
    "wide letters": b"\x80\x04X" + struct.pack("<I", 40_000_004) + b"a" * 40_000_000 + "😀".encode() + b"\x94"
    b"\x8d" + struct.pack("<Q", 5) + b"a" * 5 + b".",
    "items put in again and again": b"\x80\x04]\x94(" + b"N" * 100_000 + b"e" + ORDERED[2:] + b"\x94"
    b"cargparse\nNamespace\n\x94" + b"h\2)\x81}b0" * 20_000 + b"0.",
    "slow keys": b"\x80\x04}\x94\x85" + b"\x94h\0\x86" * 50_000 + b".",
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_pickle_bomb_stays_within_the_limits(kind: str) -> None:
    content = ENDLESS[kind]
    measured = Measured(len(content))
    with measured:  # ends the reading after 5 seconds or at the memory limit
        try:
            read_pickle(content, name="x.pkl")
        except CheckpointError as error:
            assert str(error).startswith("x.pkl ")
    assert measured.memory < 2 * len(content) + 500_000_000


def test_a_small_file_of_endless_content_is_refused() -> None:
    for kind in ("billion laughs", "itself", "lists in lists", "mentioned again and again"):
        with pytest.raises(CheckpointError, match="without end"):
            read_pickle(ENDLESS[kind], name="x.pkl")


def test_bytes_after_the_end_are_not_read() -> None:
    assert read_pickle(pickle.dumps(1) + REACHING["reduce"][0], name="x.pkl") == 1


def test_a_pickle_cut_off_anywhere_is_refused() -> None:
    content = pickle.dumps(PLAIN | {"array": np.ones(3)}, 2)
    for length in range(0, len(content) - 1, 97):
        with pytest.raises(CheckpointError):
            read_pickle(content[:length], name="x.pkl")


def test_a_tensor_must_lie_within_its_storage() -> None:
    for size, stride, offset in [((3,), (1,), 0), ((2,), (1,), 1), ((2,), (-1,), 1), ((2,), (1,), -1)]:
        file = io.BytesIO()
        pickler = pickle.Pickler(file)
        rebuild, (storage, *_) = torch.ones(2).__reduce_ex__(2)[:2]  # type: ignore[misc]
        pickler.dump(Reaching(rebuild, storage, offset, size, stride, False, OrderedDict()))
        with pytest.raises(CheckpointError, match="damaged"):
            read_pickle(file.getvalue(), name="x.pkl")


def test_a_pickle_within_a_pickle_within_a_pickle_is_refused() -> None:
    inner = io.BytesIO()
    torch.save(Reaching(torch.storage._load_from_bytes, b"x"), inner, _use_new_zipfile_serialization=False)
    outer = pickle.dumps(Reaching(torch.storage._load_from_bytes, inner.getvalue()))
    with pytest.raises(CheckpointError, match="_load_from_bytes"):
        read_pickle(outer, name="x.pkl")
