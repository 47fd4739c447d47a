"""Latents are read from files of every format and shape, and other files are refused."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from ddsgui.errors import DdsError
from ddsgui.images import encode_png
from ddsgui.stylegan.generator_config import GeneratorConfig
from ddsgui.synthesis import latent_files
from ddsgui.synthesis.latent_files import load_latent
from ddsgui.synthesis.latents import StoredLatent

CONFIG = GeneratorConfig(16, 12, 8, 2, (4, 4, 4))  # z 12, w 8, w+ 6 × 8
Z = np.random.default_rng(0).standard_normal((1, 12)).astype(np.float32)

WRITERS: dict[str, Callable[[Path, np.ndarray], object]] = {
    "torch": lambda path, a: torch.save(torch.from_numpy(a), path),
    "torch_old": lambda path, a: torch.save(torch.from_numpy(a), path, _use_new_zipfile_serialization=False),
    "torch_dict": lambda path, a: torch.save({"face.png": {"img": 1, "latent": torch.from_numpy(a)}}, path),
    "npy": lambda path, a: path.write_bytes(npy(a)),
    "npz": lambda path, a: path.write_bytes(npz(w=a, loss=np.zeros(3))),
    "safetensors": lambda path, a: save_file({"z": torch.from_numpy(a)}, path),
    "pickle": lambda path, a: path.write_bytes(pickle.dumps(a)),
}


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


@pytest.mark.parametrize("kind", WRITERS)
def test_every_kind_of_file_is_recognised_by_its_content(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "anything.xyz"
    WRITERS[kind](path, Z)
    latent = load_latent(str(path), CONFIG)
    assert np.array_equal(latent.array, Z)
    assert (latent.space, latent.name) == ("z", "anything.xyz")


@pytest.mark.parametrize(
    ("shape", "asked", "space", "expected"),
    [
        ((12,), None, "z", (1, 12)),
        ((1, 12), None, "z", (1, 12)),
        ((8,), "w", "w", (1, 8)),
        ((1, 8), "w", "w", (1, 8)),
        ((6, 8), None, "w+", (1, 6, 8)),
        ((1, 6, 8), None, "w+", (1, 6, 8)),
        ((1, 6, 8), "w", "w+", (1, 6, 8)),
    ],
)
def test_the_batch_may_be_missing_and_w_plus_is_recognised_by_its_shape(
    shape: tuple[int, ...], asked, space: str, expected: tuple[int, ...], tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(npy(np.ones(shape, np.float64)))
    latent = load_latent(str(tmp_path / "a"), CONFIG, asked)
    assert (latent.space, latent.array.shape, latent.array.dtype) == (space, expected, np.float32)


def test_one_of_several_latents_is_chosen_by_its_number(tmp_path: Path) -> None:
    many = np.arange(4 * 12, dtype=np.float32).reshape(4, 12)
    path = tmp_path / "many.npy"
    path.write_bytes(npy(many))
    assert np.array_equal(load_latent(f"{path}#3", CONFIG).array, many[3:])
    with pytest.raises(DdsError, match=r"4 latents; choose one, as in many\.npy#0"):
        load_latent(str(path), CONFIG)
    with pytest.raises(DdsError, match="no latent 4"):
        load_latent(f"{path}#4", CONFIG)


@pytest.mark.parametrize("space", ["z", "w+"])
def test_the_latent_of_a_result_has_its_space(space, tmp_path: Path) -> None:
    array = Z if space == "z" else np.ones((1, 6, 8), np.float32)
    stored = StoredLatent(array, space, "x")
    path = tmp_path / "result.jpg"
    path.write_bytes(encode_png(np.zeros((4, 4, 3), np.uint8), None, stored.as_dict()))
    assert load_latent(str(path), CONFIG) == stored


class Evil:
    def __reduce__(self) -> tuple:
        return (print, ("executed",))


BAD: dict[str, bytes] = {
    "empty file": b"",
    "text": b"hello, this is a note, not a latent",
    "picture without": encode_png(np.zeros((4, 4, 3), np.uint8)),
    "jpeg": b"\xff\xd8\xff" + bytes(100),
    "code": pickle.dumps(Evil()),
    "objects": pickle.dumps({"a": [1, 2]}),
    "object array": npy(np.array([{}], object)),
    "whole numbers": npy(np.zeros((1, 12), np.int64)),
    "complex": npy(np.zeros((1, 12), np.complex64)),
    "nothing": npy(np.zeros((0, 12), np.float32)),
    "nan": npy(np.full((1, 12), np.nan, np.float32)),
    "inf": npy(np.full((1, 12), np.inf, np.float32)),
    "wrong size": npy(np.zeros((1, 13), np.float32)),
    "four axes": npy(np.zeros((1, 1, 6, 8), np.float32)),
    "one number": npy(np.array(3, np.float32)),
    "cut short": npy(Z)[:-8],
    "huge claim": npy(Z).replace(b"(1, 12)", b"(9**9,)"),
    "cut npz": npz(z=Z)[:-30],
    "several": npz(a=Z, b=Z),
    "empty zip": b"PK\5\6" + bytes(18),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_file_that_is_not_a_latent_gets_one_sentence(kind: str, tmp_path: Path, capsys) -> None:
    path = tmp_path / "mine.pt"
    path.write_bytes(BAD[kind])
    with pytest.raises(DdsError, match=r"mine\.pt.*\.$") as caught:
        load_latent(str(path), CONFIG)
    assert "\n" not in str(caught.value) and "executed" not in capsys.readouterr().out


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DdsError, match="There is no file"):
        load_latent(str(tmp_path / "gone.npy"), CONFIG)


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latent_files, "MAX_ARRAY_BYTES", 4 << 20)
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("z.npy", "w") as file:
        for _ in range(5):
            file.write(bytes(1 << 20))
    with pytest.raises(DdsError, match=r"bomb\.npz"):
        load_latent(str(path), CONFIG)
