"""What a pickle may name, and what is made of it instead: the whole list. Nothing else is looked up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ddsgui.checkpoints.messages import printable_text
from ddsgui.checkpoints.pickles.interpreter import Constructor, Placeholder
from ddsgui.checkpoints.pickles.numpy_values import (
    PickledArray,
    PickledDtype,
    rebuild_array,
    rebuild_scalar,
    short_text,
)
from ddsgui.checkpoints.pickles.torch_values import (
    DTYPES,
    STORAGES,
    StorageType,
    rebuild_tensor,
    rebuild_untyped,
)
from ddsgui.errors import CheckpointError


@dataclass
class PersistentModule:
    """An object of NVIDIA's torch_utils.persistence: its class and state. Its source code is dropped."""

    class_name: str
    state: dict[str, Any] = field(default_factory=dict)


@dataclass
class TflibNetwork:
    """A network of NVIDIA's dnnlib.tflib: what it was built with and its variables. Its source code is dropped."""

    name: str
    static_kwargs: dict[str, Any] = field(default_factory=dict)
    components: dict[str, TflibNetwork] = field(default_factory=dict)
    variables: dict[str, np.ndarray] = field(default_factory=dict)
    build_function: str = ""  # G_style in StyleGAN, G_main in StyleGAN2


class _Attributes(Placeholder):
    """An object that is no more than its attributes."""

    def __init__(self, *_: Any) -> None:
        pass

    def build(self, state: Any) -> dict[str, Any]:
        if not isinstance(state, dict):
            raise TypeError("no attributes")
        return state


class _NetworkState(Placeholder):
    def build(self, state: Any) -> TflibNetwork:
        variables = {}
        for name, value in state["variables"]:
            if not isinstance(name, str) or not isinstance(value, np.ndarray | int | float):
                raise TypeError("no variable")
            variables[name] = np.asarray(value)
        parts, built_by = state.get("components", {}), state.get("build_func_name", "")
        if not isinstance(state["name"], str) or not isinstance(built_by, str):
            raise TypeError("no name")
        if not all(isinstance(k, str) and isinstance(v, TflibNetwork) for k, v in parts.items()):
            raise TypeError("no component")
        return TflibNetwork(
            state["name"],
            dict(state["static_kwargs"]),
            parts,
            variables,
            built_by,
        )


def _encode(text: str, encoding: str = "utf-8") -> memoryview:
    """Protocol 2 writes bytes as text and has it encoded."""
    if encoding not in ("latin1", "latin-1", "utf-8", "ascii"):
        raise ValueError(encoding)
    return memoryview(bytearray(text, encoding))


def _persistent(meta: Any) -> PersistentModule:
    state = meta.get("state")
    if not isinstance(meta.get("class_name"), str) or not isinstance(state, dict):
        raise TypeError("no state")
    return PersistentModule(meta["class_name"], state)


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
    "numpy.dtype": PickledDtype,
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
_VALUES: dict[str, Any] = {
    **{f"torch.{name}": StorageType(dtype) for name, dtype in STORAGES.items()},
    "torch.storage.UntypedStorage": StorageType(None),
    **{f"torch.{name}": dtype for name, dtype in DTYPES.items()},
}
_OLD_MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}


class Allowlist:
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
            raise unsafe_error(self._name, full)
        return self._known[full]


def unsafe_error(name: str, reached: str) -> CheckpointError:
    """What is said of a pickle that names something that could act."""
    return CheckpointError(
        f"{name} would run code when opened (it reaches for {printable_text(reached, 80)}), so it was left closed; "
        "ask its author for a file that holds tensors only."
    )
