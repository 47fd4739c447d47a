"""The files that the fuzzer starts from: small, intact, in every layout, with the offsets of their structure."""

from __future__ import annotations

import io
import pickle
import pickletools
import re
import struct
import sys
import types
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save

from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator
from ddsgui.checkpoints.layouts.nvlabs_pytorch import PersistentModule
from ddsgui.checkpoints.layouts.nvlabs_tensorflow import TflibNetwork
from ddsgui.checkpoints.layouts.registry import read_contents
from ddsgui.checkpoints.native import save_discriminator
from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig
from ddsgui.stylegan.generator import Generator, GeneratorConfig

GOLDEN = Path(__file__).parent / "golden"
GOLDEN_FILES = (
    "rosinality.pt",
    "rosinality_dataparallel.pt",
    "nvlabs_stylegan2_ada.pkl",
    "tensorflow_stylegan2.pkl",
)


@dataclass(frozen=True)
class Seed:
    """An intact file; `structure` holds the offsets of all bytes that do not belong to a tensor."""

    name: str
    content: bytes
    structure: tuple[int, ...]


def make_seeds(folder: Path) -> list[Seed]:
    """Make the seeds, small files first and golden files last; `folder` is for temporary files."""
    contents = {**_small(folder), **{f"golden {name}": (GOLDEN / name).read_bytes() for name in GOLDEN_FILES}}
    return [Seed(name, content, tuple(_structure(content))) for name, content in contents.items()]


def _small(folder: Path) -> dict[str, bytes]:
    torch.manual_seed(0)
    save_generator(
        Generator(GeneratorConfig(8, 4, 4, 2, (4, 4))), folder / "native.safetensors", DomainMetadata("n")
    )
    discriminator = Discriminator(DiscriminatorConfig(8, (4, 4), "box"))
    save_discriminator(discriminator, folder / "discriminator.safetensors")
    rosinality = {k: v for k, v in _golden("rosinality.pt")["g_ema"].items() if _is_small(k)}
    rosinality = {k: _cut(v) for k, v in rosinality.items()}
    state = {"g": rosinality, "d": {}, "g_ema": rosinality, "d_optim": {"state": {0: {"step": 1}}}}
    nvlabs = _cut_object(_golden("nvlabs_stylegan2_ada.pkl")["G_ema"])
    network = _cut_object(_golden("tensorflow_stylegan2.pkl")[2])
    return {
        **{f.name: f.read_bytes() for f in sorted(folder.glob("*.safetensors"))},
        "rosinality.pt": torch_bytes(state),
        "rosinality_stream.pt": torch_bytes(state, _use_new_zipfile_serialization=False),
        "rosinality.safetensors": save({k: v.clone() for k, v in rosinality.items()}),
        "nvlabs.pkl": pickle_bytes({"G_ema": nvlabs, "training_set_kwargs": {"path": "x.zip"}}),
        "tensorflow.pkl": pickle_bytes((network, None, network)),
        "tensorflow_2.pkl": pickle_bytes((network, None, network), protocol=2),
    }


def _golden(name: str) -> Any:
    return read_contents(GOLDEN / name).data


def torch_bytes(content: Any, **options: Any) -> bytes:
    """Return the bytes that torch.save writes."""
    file = io.BytesIO()
    torch.save(content, file, **options)
    return file.getvalue()


def pickle_bytes(content: Any, protocol: int = 4) -> bytes:
    """Return a pickle that holds NVIDIA's objects as NVIDIA's programs write them."""
    file = io.BytesIO()
    _Pickler(file, protocol).dump(content)
    return file.getvalue()


def _named(module: str, name: str, value: Any) -> Any:
    """Make `value` importable by a name, which pickling requires, and return it."""
    parts = module.split(".")
    for i in range(len(parts)):
        sys.modules.setdefault(".".join(parts[: i + 1]), types.ModuleType(".".join(parts[: i + 1])))
    value.__module__, value.__qualname__, value.__name__ = module, name, name
    setattr(sys.modules[module], name, value)
    return value


_reconstruct = _named("torch_utils.persistence", "_reconstruct_persistent_obj", lambda meta: meta)
_Network = _named("dnnlib.tflib.network", "Network", type("Network", (), {}))


class _Pickler(pickle.Pickler):
    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, PersistentModule):
            source = "import os; os.abort()  # what real files hold here is a program as well"
            meta = {"type": "class", "version": 6, "module_src": source, "class_name": obj.class_name}
            return _reconstruct, (meta | {"state": obj.state},)
        return NotImplemented


def _is_small(key: str) -> bool:
    """Return whether a tensor belongs to the levels up to 8 px, by rosinality's or TensorFlow's names."""
    above = (r"convs\.[2-9]", r"to_rgbs\.[1-9]", r"noises\.noise_[3-9]", r"noise[3-9]$", r"(16|32)x")
    return not any(re.match(pattern, key) for pattern in above)


def _cut(value: Any) -> Any:
    """Cut every dimension longer than 8 to 4."""
    if not isinstance(value, torch.Tensor | np.ndarray) or not value.ndim:
        return value
    small = value[tuple(slice(4 if n > 8 else n) for n in value.shape)]
    return small.clone() if isinstance(small, torch.Tensor) else small.copy()


def _cut_object(value: Any) -> Any:
    if isinstance(value, PersistentModule):
        return PersistentModule(value.class_name, _cut_object(value.state))
    if isinstance(value, TflibNetwork):
        written = _Network()
        written.__dict__ = {
            "version": 4,
            "name": value.name,
            "static_kwargs": value.static_kwargs,
            "components": {k: _cut_object(v) for k, v in value.components.items()},
            "build_module_src": "import os; os.abort()",
            "build_func_name": value.build_function,
            "variables": [(k, _cut(v)) for k, v in value.variables.items() if _is_small(k)],
        }
        return written
    if isinstance(value, dict):
        return {k: _cut_object(v) for k, v in value.items() if k not in ("b16", "b32")}
    return _cut(value)


def _structure(content: bytes) -> list[int]:
    if content[8:9] == b"{":
        return list(range(8 + struct.unpack("<Q", content[:8])[0]))
    if content[:4] != b"PK\3\4":
        return _opcodes(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        heads = [i for e in entries for i in range(e.header_offset, e.header_offset + 30 + len(e.filename))]
        return [*heads, *range(archive.start_dir, len(content))]


def _opcodes(content: bytes) -> list[int]:
    """Return the offsets of all opcodes of concatenated pickles."""
    file, positions = io.BytesIO(content), []
    try:
        while True:
            positions += [position for _, _, position in pickletools.genops(file) if position is not None]
    except ValueError:
        return positions
