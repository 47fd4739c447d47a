"""The list of names that any pickle may use, and our functions that stand in for them. Nothing else is looked up.

What only one layout of checkpoints needs, that layout allows: see `globals` in layouts/layout.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ddsgui.checkpoints.messages import printable_text
from ddsgui.checkpoints.pickles.interpreter import Constructor, Placeholder
from ddsgui.checkpoints.pickles.numpy_values import (
    PickledArray,
    pickled_dtype,
    rebuild_array,
    rebuild_scalar,
    short_text,
)
from ddsgui.checkpoints.pickles.stubs import Stub, would_act
from ddsgui.checkpoints.pickles.torch_values import (
    DTYPES,
    STORAGES,
    StorageType,
    rebuild_tensor,
    rebuild_untyped,
)
from ddsgui.errors import CheckpointError

MAX_NAME_LENGTH = 120  # of a stub


class _Attributes(Placeholder):
    """An object without methods that matter: a dict of its attributes."""

    def __init__(self, *_: Any) -> None:
        pass

    def build(self, state: Any) -> dict[str, Any]:
        if not isinstance(state, dict):
            raise TypeError("attributes that are not a dict")
        return state


def _encode(text: str, encoding: str = "utf-8") -> memoryview:
    """Return the bytes of a text: protocol 2 writes bytes in this way."""
    if encoding not in ("latin1", "latin-1", "utf-8", "ascii"):
        raise ValueError(encoding)
    return memoryview(bytearray(text, encoding))


def _plain_dict(items: Any = (), *_: Any) -> dict[Any, Any]:
    plain = {}
    for key, value in items.items() if isinstance(items, dict) else items:
        if not isinstance(key, str | int):
            raise TypeError("a key that is neither text nor a number")
        plain[key] = value
    return plain


def _unchanged(value: Any = None, *_: Any) -> Any:
    return value


def _from_type(make: Any, _type: Any, arguments: Any, _state: Any) -> Any:
    if not isinstance(make, Constructor) or make.make not in (rebuild_tensor, rebuild_untyped):
        raise TypeError("not a tensor")
    return make.make(*arguments)


def _named_only(*_: Any) -> Any:
    """Raise TypeError: this stands in for types that a pickle may name, but not call."""
    raise TypeError("a type that may only be named")


def _container(make: Callable[[Any], Any], allowed: type) -> Callable[..., Any]:
    def build(items: Any = ()) -> Any:
        flat = isinstance(items, list | tuple | set | frozenset)
        if not flat or not all(isinstance(item, str | int | float | allowed) for item in items):
            raise TypeError("items of another type")
        return make(items)

    return build


def _path(*parts: Any) -> str:
    if not all(isinstance(part, str) for part in parts):
        raise TypeError("a path that is not text")
    return "/".join(parts).replace("//", "/")


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "collections.OrderedDict": _plain_dict,
    "collections.defaultdict": lambda *_: {},
    "collections.Counter": _plain_dict,
    "argparse.Namespace": _Attributes,
    "types.SimpleNamespace": _Attributes,
    "dnnlib.EasyDict": _plain_dict,
    "dnnlib.util.EasyDict": _plain_dict,
    "builtins.set": _container(set, str),
    "builtins.frozenset": _container(frozenset, str),
    **{
        f"builtins.{kind}": _named_only for kind in ("list", "dict", "int", "float", "str")
    },  # named by a defaultdict
    "builtins.slice": lambda *numbers: slice(*(n for n in numbers if n is None or type(n) is int)),
    "builtins.complex": lambda real, imaginary=0.0: complex(float(real), float(imaginary)),
    "builtins.bytearray": lambda data=b"": memoryview(
        bytearray(data if isinstance(data, memoryview) else b"")
    ),
    "builtins.bytes": lambda data=b"": memoryview(bytearray(data if isinstance(data, memoryview) else b"")),
    "_codecs.encode": _encode,
    "numpy.dtype": pickled_dtype,
    "numpy.ndarray": _named_only,
    "torch._utils._rebuild_tensor": rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": rebuild_tensor,
    "torch._utils._rebuild_tensor_v3": rebuild_untyped,
    "torch._utils._rebuild_parameter": _unchanged,
    "torch._utils._rebuild_parameter_with_state": _unchanged,
    "torch._tensor._rebuild_from_type_v2": _from_type,
    "torch.Tensor": _named_only,
    "torch.nn.parameter.Parameter": _unchanged,
    "torch.nn.parameter.Buffer": _named_only,
    "torch.device": lambda kind, *_: short_text(kind),
    "torch.Size": _container(tuple, str),
    "pytorch_lightning.utilities.parsing.AttributeDict": _plain_dict,
    "lightning.fabric.utilities.data.AttributeDict": _plain_dict,
    "lightning_fabric.utilities.data.AttributeDict": _plain_dict,
    **{
        f"numpy.{core}.{name}": make
        for core in ("core", "_core")
        for name, make in (
            ("multiarray._reconstruct", PickledArray),
            ("multiarray.scalar", rebuild_scalar),
            ("numeric._frombuffer", rebuild_array),
        )
    },
    **{
        f"pathlib.{flavour}{kind}": _path
        for flavour in ("", "_local.")
        for kind in ("Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath")
    },
}
_CONSTANTS: dict[str, Any] = {
    **{f"torch.{name}": StorageType(dtype) for name, dtype in STORAGES.items()},
    "torch.storage.UntypedStorage": StorageType(None),
    **{f"torch.{name}": dtype for name, dtype in DTYPES.items()},
}
_OLD_MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}


class Allowlist:
    """The names that the pickle of one file may use.

    globals: names beyond the general ones, and their functions. nested: reads a file of torch's inside the pickle.
    """

    def __init__(
        self,
        name: str,
        globals: Mapping[str, Callable[..., Any]] | None = None,
        nested: Callable[[memoryview], Any] | None = None,
    ) -> None:
        self._name = name
        functions = {**_FUNCTIONS, **(globals or {})}
        if nested is not None:
            functions["torch.storage._load_from_bytes"] = nested
        self._known = _CONSTANTS | {key: Constructor(make) for key, make in functions.items()}

    def find(self, module: str, attribute: str) -> Any:
        """Return what stands in for a name; stubs if there is nothing. Raises CheckpointError if it would act."""
        module = _OLD_MODULES.get(module, module)
        full = f"{module}.{attribute}"
        if full in self._known:
            return self._known[full]
        if would_act(module, attribute):
            raise unsafe_error(self._name, full)
        return Constructor(Stub, printable_text(full, MAX_NAME_LENGTH) or "an object")


def unsafe_error(name: str, reached: str) -> CheckpointError:
    """Return the error for a pickle that names something that would act."""
    return CheckpointError(
        f"{name} would run code when opened (it reaches for {printable_text(reached, 80)}), so it was not opened; "
        "ask its author for a file that holds tensors only."
    )
