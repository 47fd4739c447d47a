"""Latents in files: .pt, .npy, .npz, .safetensors, or the PNG of a result, told apart by content, not by name."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ddsgui.checkpoints.file_format import ARCHIVE_MAGIC, file_kind
from ddsgui.checkpoints.pickle_file import read_pickle
from ddsgui.checkpoints.safetensors_file import read_safetensors
from ddsgui.checkpoints.torch_save import map_file, read_torch_bytes
from ddsgui.errors import CheckpointError, OptimizerError
from ddsgui.images import read_latent
from ddsgui.paths import expanded
from ddsgui.stylegan.generator_config import GeneratorConfig
from ddsgui.synthesis.latents import Space, StoredLatent

PNG_MAGIC, NUMPY_MAGIC = b"\x89PNG", b"\x93NUMPY"
MAX_ARRAY_BYTES = 256 << 20
# The array to read where a file holds several, the likeliest name first.
ARRAY_NAMES = ("latent", "w_plus", "ws", "w", "z")


@dataclass(frozen=True, eq=False)
class _Content:
    """The array of a file, and its space if the file states it, as results of ddsgui do."""

    array: np.ndarray
    space: Space | None = None


def load_latent(text: str, config: GeneratorConfig, space: Space | None = None) -> StoredLatent:
    """Return the latent in FILE, or the fourth of several in FILE#3, as the generator of `config` takes it.

    space: "z" or "w"; by default the space that the file states, w+ if the shape is [num_ws, w_dim], and else z.
    "w" accepts w+ by its shape as well. The batch dimension may be missing. Raises DdsError, in one sentence, if the
    file cannot be read, holds something else, or several latents without saying which.
    """
    path, index = _split(text)
    content = _read(path)
    array = content.array
    if not array.size or not array.ndim:
        raise OptimizerError(f"{path.name} does not hold a latent: it has no row of numbers.")
    if array.dtype.kind != "f":
        raise OptimizerError(f"{path.name} holds {array.dtype} instead of the real numbers of a latent.")
    if not np.isfinite(array).all():
        raise OptimizerError(f"{path.name} holds numbers that are not finite, so it is not a latent.")
    latents, actual_space = _batch(array.astype(np.float32), config, space or content.space, path.name)
    if index is None and len(latents) > 1:
        raise OptimizerError(
            f"{path.name} holds {len(latents)} latents; choose one, as in {path.name}#0 (0 to {len(latents) - 1})."
        )
    if index is not None and index >= len(latents):
        raise OptimizerError(f"{path.name} has no latent {index}; it holds 0 to {len(latents) - 1}.")
    at = index or 0
    return StoredLatent(np.ascontiguousarray(latents[at : at + 1]), actual_space, Path(text).name)


def _batch(
    array: np.ndarray, config: GeneratorConfig, space: Space | None, name: str
) -> tuple[np.ndarray, Space]:
    """Return latents [N, z_dim], [N, w_dim] or [N, num_ws, w_dim], and their space."""
    stack = (config.num_ws, config.w_dim)
    if space != "z" and array.shape[-2:] == stack and array.ndim <= 3:
        return array.reshape(-1, *stack), "w+"
    flat: Space = "w" if space == "w" else "z"
    width = config.w_dim if flat == "w" else config.z_dim
    if space == "w+" or array.ndim > 2 or array.shape[-1] != width:
        wanted = f"{width} numbers in {flat}" + (
            "" if space == "z" else f", or {stack[0]} × {stack[1]} in w+"
        )
        raise OptimizerError(
            f"{name} has the shape {' × '.join(map(str, array.shape))}; this domain draws from {wanted}."
        )
    return array.reshape(-1, width), flat


def _split(text: str) -> tuple[Path, int | None]:
    """Return the file and, after a #, the number of a latent in it; a file whose name has a # wins."""
    file, mark, number = text.rpartition("#")
    if mark and number.isdecimal() and not Path(text).is_file():
        return expanded(file), int(number)
    return expanded(text), None


def _read(path: Path) -> _Content:
    view = map_file(path)
    try:
        head = bytes(view[:8])
        if head.startswith(PNG_MAGIC):
            return _from_png(path)
        if head.startswith(NUMPY_MAGIC):
            return _Content(_numpy(view, path.name))
        if head.startswith(ARCHIVE_MAGIC):
            names = zipfile.ZipFile(path).namelist()
            if names and all(name.endswith(".npy") for name in names):
                return _Content(_npz(path))
        kind = file_kind(view, path.name)
        if kind == "safetensors":
            tensors, document = read_safetensors(path)
            return _Content(_pick(tensors, path.name), _stated_space(document))
        data = read_pickle(path, name=path.name) if kind == "pickle" else read_torch_bytes(view, path.name)
        return _Content(_pick(data, path.name))
    except CheckpointError as error:
        raise OptimizerError(f"{path.name} holds no readable latent. {error}") from error
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, OSError, KeyError) as error:
        raise OptimizerError(f"{path.name} is damaged and holds no readable latent.") from error


def _from_png(path: Path) -> _Content:
    data = read_latent(path)
    if data is None:
        raise OptimizerError(f"{path.name} was not exported by ddsgui, so it holds no latent.")
    latent = StoredLatent.from_dict(data)
    return _Content(latent.array, latent.space)


def _stated_space(document: Mapping[str, Any]) -> Space | None:
    """Return the space that a file of ddsgui states; None if it states none."""
    space = document.get("space") if document.get("kind") == "latent" else None
    return space if space in ("z", "w", "w+") else None


def _numpy(view: memoryview, name: str) -> np.ndarray:
    """Return the array of a .npy file. Raises OptimizerError if it claims more bytes than it has."""
    damaged = OptimizerError(f"{name} is damaged and holds no readable latent.")
    file = io.BytesIO(view)
    try:
        major, _ = np.lib.format.read_magic(file)
        read_header = (
            np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read_header(file)
    except Exception as error:  # NumPy raises many kinds for a broken header
        raise damaged from error
    if dtype.hasobject or math.prod(shape) * dtype.itemsize > min(len(view), MAX_ARRAY_BYTES):
        raise damaged
    return np.load(io.BytesIO(view), allow_pickle=False)


def _npz(path: Path) -> np.ndarray:
    arrays: dict[str, np.ndarray] = {}
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.file_size > MAX_ARRAY_BYTES:
                raise OptimizerError(f"{path.name} holds far more numbers than a latent has.")
            arrays[entry.filename.removesuffix(".npy")] = _numpy(memoryview(archive.read(entry)), path.name)
    return _pick(arrays, path.name)


def _pick(data: Any, name: str) -> np.ndarray:
    """Return the array to read from the content of a file. Raises OptimizerError if that is ambiguous."""
    if isinstance(data, torch.Tensor):
        return _plain(data, name)
    if isinstance(data, np.ndarray):
        if data.nbytes > MAX_ARRAY_BYTES:
            raise OptimizerError(f"{name} holds far more numbers than a latent has.")
        return data
    if isinstance(data, list | tuple) and len(data) == 1:
        return _pick(data[0], name)
    if isinstance(data, Mapping):
        arrays = {str(k): v for k, v in data.items() if isinstance(v, torch.Tensor | np.ndarray | Mapping)}
        if len(arrays) == 1:
            return _pick(next(iter(arrays.values())), name)
        for key in ARRAY_NAMES:
            if key in arrays:
                return _pick(arrays[key], name)
        if arrays:
            keys = ", ".join(sorted(arrays)[:5])
            raise OptimizerError(
                f"{name} holds several arrays ({keys}), and none is called {' or '.join(ARRAY_NAMES)}."
            )
    raise OptimizerError(f"{name} holds no latent: no array of numbers is in it.")


def _plain(tensor: torch.Tensor, name: str) -> np.ndarray:
    """Return a tensor as an array. Raises OptimizerError if it is not one, or claims more numbers than it has."""
    plain = tensor.layout == torch.strided and tensor.is_floating_point()
    if not plain or tensor.numel() * tensor.element_size() > min(
        tensor.untyped_storage().nbytes(), MAX_ARRAY_BYTES
    ):
        raise OptimizerError(f"{name} holds no latent: no plain array of real numbers is in it.")
    return tensor.detach().to(torch.float32).contiguous().numpy()
