"""What a pickle may name, and what is made of it instead: the whole list. Nothing else is looked up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import torch

from ddsgui.errors import CheckpointError
from ddsgui.gan.damage import plain_words
from ddsgui.gan.pickle_machine import Constructor, Unbuilt
from ddsgui.gan.tensors import DTYPES, STORAGES, Storage, StorageType, rebuild_tensor, rebuild_untyped

MAX_DEPTH = 200


@dataclass
class Persistent:
    """An object of NVIDIA's torch_utils.persistence: its class and state. Its source code is dropped."""

    class_name: str
    state: dict[str, Any] = field(default_factory=dict)


@dataclass
class Network:
    """A network of NVIDIA's dnnlib.tflib: what it was built with and its variables. Its source code is dropped."""

    name: str
    static_kwargs: dict[str, Any] = field(default_factory=dict)
    components: dict[str, Network] = field(default_factory=dict)
    variables: dict[str, np.ndarray] = field(default_factory=dict)
    build_function: str = ""  # G_style in StyleGAN, G_main in StyleGAN2


class _Attributes(Unbuilt):
    """An object that is no more than its attributes."""

    def __init__(self, *_: Any) -> None:
        pass

    def build(self, state: Any) -> dict[str, Any]:
        if not isinstance(state, dict):
            raise TypeError("no attributes")
        return state


class _NetworkState(Unbuilt):
    def build(self, state: Any) -> Network:
        variables = {}
        for name, value in state["variables"]:
            if not isinstance(name, str) or not isinstance(value, np.ndarray | int | float):
                raise TypeError("no variable")
            variables[name] = np.asarray(value)
        parts, built_by = state.get("components", {}), state.get("build_func_name", "")
        if not isinstance(state["name"], str) or not isinstance(built_by, str):
            raise TypeError("no name")
        if not all(isinstance(k, str) and isinstance(v, Network) for k, v in parts.items()):
            raise TypeError("no component")
        return Network(
            state["name"],
            dict(state["static_kwargs"]),
            parts,
            variables,
            built_by,
        )


class _Dtype(Unbuilt):
    """A NumPy dtype: its byte order comes with the state."""

    def __init__(self, code: Any, *_: Any) -> None:
        self.dtype = np.dtype(_text(code))
        if self.dtype.kind not in "biufc":
            raise TypeError("no numbers")

    def build(self, state: Any) -> np.dtype[Any]:
        if state[2] is not None or state[3] is not None:  # subarrays and records
            raise TypeError("no numbers")
        order = _text(state[1])
        return self.dtype if order == "|" else self.dtype.newbyteorder(cast(Any, order))


class _Array(Unbuilt):
    def __init__(self, *_: Any) -> None:
        pass

    def build(self, state: Any) -> np.ndarray:
        _, shape, dtype, fortran, data = state
        return _array(data, dtype, shape, "F" if fortran else "C")


def _array(data: Any, dtype: Any, shape: Any, order: str = "C") -> np.ndarray:
    """An array over the bytes where they lie. ValueError unless they are as many as it takes."""
    dtype = _dtype(dtype)
    raw = data.encode("latin-1") if isinstance(data, str) else data
    if not isinstance(raw, memoryview | bytes) or order not in ("C", "F"):
        raise TypeError("no bytes")
    if not isinstance(shape, tuple) or len(shape) > 16 or not all(type(n) is int and n >= 0 for n in shape):
        raise TypeError("no shape")
    count = 1
    for n in shape:
        count *= n
    if count * dtype.itemsize != len(raw):
        raise ValueError("an array and its bytes differ in size")
    flat = np.frombuffer(raw, dtype) if count else np.empty(0, dtype)
    return flat.reshape(shape, order="F" if order == "F" else "C")


def _scalar(dtype: Any, data: Any) -> Any:
    return _array(data, dtype, ()).item()


def _dtype(value: Any) -> np.dtype[Any]:
    value = value.dtype if isinstance(value, _Dtype) else value
    if not isinstance(value, np.dtype):
        raise TypeError("no dtype")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str | memoryview) or len(value) > 16:
        raise TypeError("no text")
    return value if isinstance(value, str) else str(value, "ascii")


def _encode(text: str, encoding: str = "utf-8") -> memoryview:
    """Protocol 2 writes bytes as text and has it encoded."""
    if encoding not in ("latin1", "latin-1", "utf-8", "ascii"):
        raise ValueError(encoding)
    return memoryview(bytearray(text, encoding))


def _persistent(meta: Any) -> Persistent:
    state = meta.get("state")
    if not isinstance(meta.get("class_name"), str) or not isinstance(state, dict):
        raise TypeError("no state")
    return Persistent(meta["class_name"], state)


def _plain_dict(items: Any = (), *_: Any) -> dict[Any, Any]:
    made = {}
    for key, value in items.items() if isinstance(items, dict) else items:
        if not isinstance(key, str | int):
            raise TypeError("no key")
        made[key] = value
    return made


def _unchanged(value: Any = None, *_: Any) -> Any:
    return value


def _from_type(make: Any, _type: Any, arguments: Any, _state: Any) -> Any:
    if not isinstance(make, Constructor) or make.make not in (rebuild_tensor, rebuild_untyped):
        raise TypeError("no tensor")
    return make.make(*arguments)


def _refused(*_: Any) -> Any:
    """Types that are named, as those of tensors are, but that nothing is made of."""
    raise TypeError("only named")


def _container(make: Callable[[Any], Any], allowed: type) -> Callable[..., Any]:
    def build(items: Any = ()) -> Any:
        flat = isinstance(items, list | tuple | set | frozenset)
        if not flat or not all(isinstance(item, str | int | float | allowed) for item in items):
            raise TypeError("no items")
        return make(items)

    return build


def _path(*parts: Any) -> str:
    if not all(isinstance(part, str) for part in parts):
        raise TypeError("no path")
    return "/".join(parts).replace("//", "/")


_MADE: dict[str, Callable[..., Any]] = {
    "collections.OrderedDict": _plain_dict,
    "collections.defaultdict": lambda *_: {},
    "collections.Counter": _plain_dict,
    "argparse.Namespace": _Attributes,
    "types.SimpleNamespace": _Attributes,
    "dnnlib.EasyDict": _plain_dict,
    "dnnlib.util.EasyDict": _plain_dict,
    "torch_utils.persistence._reconstruct_persistent_obj": _persistent,
    "dnnlib.tflib.network.Network": _NetworkState,
    "tfutil.Network": _NetworkState,  # progressive GANs, which are told apart later
    "builtins.set": _container(set, str),
    "builtins.frozenset": _container(frozenset, str),
    **{f"builtins.{kind}": _refused for kind in ("list", "dict", "int", "float", "str")},  # of a defaultdict
    "builtins.slice": lambda *numbers: slice(*(n for n in numbers if n is None or type(n) is int)),
    "builtins.complex": lambda real, imaginary=0.0: complex(float(real), float(imaginary)),
    "builtins.bytearray": lambda data=b"": memoryview(
        bytearray(data if isinstance(data, memoryview) else b"")
    ),
    "builtins.bytes": lambda data=b"": memoryview(bytearray(data if isinstance(data, memoryview) else b"")),
    "_codecs.encode": _encode,
    "numpy.dtype": _Dtype,
    "numpy.ndarray": _refused,
    "torch._utils._rebuild_tensor": rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": rebuild_tensor,
    "torch._utils._rebuild_tensor_v3": rebuild_untyped,
    "torch._utils._rebuild_parameter": _unchanged,
    "torch._utils._rebuild_parameter_with_state": _unchanged,
    "torch._tensor._rebuild_from_type_v2": _from_type,
    "torch.Tensor": _refused,
    "torch.nn.parameter.Parameter": _unchanged,
    "torch.nn.parameter.Buffer": _refused,
    "torch.device": lambda kind, *_: _text(kind),
    "torch.Size": _container(tuple, str),
    "pytorch_lightning.utilities.parsing.AttributeDict": _plain_dict,
    "lightning.fabric.utilities.data.AttributeDict": _plain_dict,
    "lightning_fabric.utilities.data.AttributeDict": _plain_dict,
    **{
        f"numpy.{core}.{name}": make
        for core in ("core", "_core")
        for name, make in (
            ("multiarray._reconstruct", _Array),
            ("multiarray.scalar", _scalar),
            ("numeric._frombuffer", _array),
        )
    },
    **{
        f"pathlib.{flavour}{kind}": _path
        for flavour in ("", "_local.")
        for kind in ("Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath")
    },
}
_VALUES: dict[str, Any] = {
    **{f"torch.{name}": StorageType(dtype) for name, dtype in STORAGES.items()},
    "torch.storage.UntypedStorage": StorageType(None),
    **{f"torch.{name}": dtype for name, dtype in DTYPES.items()},
}
_OLD_MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}


class PlainData:
    """Looks names up for the unpickler of one file. `nested` reads what a pickle holds of torch's own files."""

    def __init__(self, name: str, nested: Callable[[memoryview], Any] | None = None) -> None:
        self._name = name
        self._known = _VALUES | {key: Constructor(make) for key, make in _MADE.items()}
        if nested is not None:
            self._known["torch.storage._load_from_bytes"] = Constructor(nested)

    def find(self, module: str, attribute: str) -> Any:
        """What stands for this name. CheckpointError, with the name, if nothing does."""
        full = f"{_OLD_MODULES.get(module, module)}.{attribute}"
        if full not in self._known:
            raise would_run(self._name, full)
        return self._known[full]


def would_run(name: str, reached: str) -> CheckpointError:
    """What is said of a pickle that names something that could act."""
    return CheckpointError(
        f"{name} would run code when opened (it reaches for {plain_words(reached, 80)}), so it was left closed; "
        "ask its author for a file that holds tensors only."
    )


def check_plain(content: Any, name: str, size: int) -> Any:
    """`content`, if it is plain data, no deeper than 200 and, with all that is mentioned followed, not endless.

    A thing can be mentioned many times in a file of a few bytes, and mention others that do the same: whoever
    walks through it would never come back, or copy it until the memory is full. `size` is the file's, in bytes.
    """
    limit = 2 * size + (64 << 20)
    seen: dict[
        int, tuple[int, int] | None
    ] = {}  # bytes and height of what was followed; None: being followed

    def follow(node: Any, depth: int) -> tuple[int, int]:
        children = _inside(node, name)
        if not children:
            return _weight(node), 0
        found = seen.get(id(node), (0, 0))
        if found is None or depth + found[1] > MAX_DEPTH:
            raise CheckpointError(f"{name} holds things within things without end; it is no model file.")
        if found[0]:
            return found
        seen[id(node)] = None
        parts = [follow(child, depth + 1) for child in children]
        whole = sum(part[0] for part in parts) + 64, max(part[1] for part in parts) + 1
        if whole[0] > limit:
            raise CheckpointError(f"{name} holds things within things without end; it is no model file.")
        seen[id(node)] = whole
        return whole

    follow(content, 0)
    return content


def _inside(node: Any, name: str) -> list[Any]:
    if isinstance(node, dict):
        return [*node.keys(), *node.values()]
    if isinstance(node, list | tuple | set | frozenset):
        return list(node)
    if isinstance(node, Persistent):
        return [node.state]
    if isinstance(node, Network):
        return [node.static_kwargs, node.components, node.variables]
    if node is None or isinstance(node, _LEAVES):
        return []
    raise CheckpointError(f"{name} holds something that is no data; it is damaged.")


def _weight(node: Any) -> int:
    if isinstance(node, np.ndarray | torch.Tensor):
        return 64 + node.nbytes
    return 64 + (len(node) if isinstance(node, str | memoryview) else 0)


_LEAVES = (str, int, float, complex, slice, memoryview, np.ndarray, np.dtype, torch.Tensor, torch.dtype)
_LEAVES = (*_LEAVES, Storage, StorageType)
