"""Files that are not a model, or only a piece of one, and what the error calls each of them."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ddsgui.checkpoints.checkpoint import inspect_file, load_generator
from ddsgui.errors import CheckpointError

GOLDEN = Path(__file__).parent / "golden"
DRIVE = (
    b"<!DOCTYPE html><html><head><title>Google Drive - Virus scan warning</title></head><body>ffhq.pkl (364M) "
    b"is too large for Google to scan for viruses.</body></html>"
)
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 381673535\n"
SAFE = b'{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'


def picture(kind: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, kind)
    return file.getvalue()


def array() -> bytes:
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    return file.getvalue()


FILES = {
    "drive.pt": (DRIVE, "is a page of Google Drive, not the model: open the link"),
    "page.pkl": (b"\n <html><body>404</body></html>", "is a web page, not the model"),
    "denied.pkl": (
        b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
        "is an error message of a server",
    ),
    "error.pt": (b'{"error": "not found"}', "is an error message of a server"),
    "pointer.pt": (LFS, "is a Git LFS pointer to a file of 382 MB"),
    "words.pt": (("Grüße, this is not a model.\n" * 9).encode(), "is a text file, not a model file"),
    "code.py": (b"import torch\n", "is a text file, not a model file"),
    "zeros.pt": (bytes(100_000), "holds only zeros"),
    "none.pt": (b"", "is empty"),
    "noise.pt": (bytes(range(128, 256)) * 9, "is not a model file that ddsgui can read"),
    "picture.pt": (picture("PNG"), "is a PNG picture, not a model file"),
    "photo.pt": (picture("JPEG"), "is a JPEG picture, not a model file"),
    "web.pt": (picture("WEBP"), "is a WebP picture, not a model file"),
    "moving.pt": (picture("GIF"), "is a GIF picture, not a model file"),
    "paper.pkl": (b"%PDF-1.7\n%\xff\xff", "is a PDF document, not a model file"),
    "clip.pt": (b"\0\0\0\x18ftypmp42" + bytes(50), "is a video"),
    "x.pt.gz": (b"\x1f\x8b\x08\0" + bytes(20), "is a gzip archive, not a model file; unpack it"),
    "x.tar": (b"x" * 257 + b"ustar\0" + bytes(300), "is a tar archive, not a model file; unpack it"),
    "x.7z": (b"7z\xbc\xaf\x27\x1c\0", "is a 7-Zip archive"),
    "x.h5": (b"\x89HDF\r\n\x1a\n", "is an HDF5 file, perhaps a Keras model"),
    "x.npy": (array(), "is a NumPy array"),
    "x.gguf": (b"GGUF\3\0\0\0" + bytes(20), "is a GGUF language model"),
    "x.exe": (b"MZ\x90\0" + bytes(60), "is a Windows program"),
    "x.safetensors": (struct.pack("<Q", 1 << 30) + SAFE, "ends too early"),
    "y.safetensors": (struct.pack("<Q", len(SAFE)) + SAFE + bytes(7), "ends after 70 of 79 bytes"),
    "z.safetensors": (struct.pack("<Q", len(SAFE)) + SAFE[:-1] + b" " + bytes(16), "damaged"),
    "w.safetensors": (struct.pack("<Q", 1 << 62) + SAFE, "damaged"),
    "half.pt.part": ((GOLDEN / "rosinality.pt").read_bytes()[:9999], "is an unfinished download"),
    "half.crdownload": (b"\x80\x04\x95\xff\xff\0\0\0\0\0\0}", "is an unfinished download"),
    "half.pkl": ((GOLDEN / "nvlabs_stylegan2_ada.pkl").read_bytes()[:9999], "was not downloaded completely"),
    "half_tf.pkl": ((GOLDEN / "tensorflow_stylegan2.pkl").read_bytes()[:-9], "was not downloaded completely"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_a_model_is_named_in_one_sentence(name: str, tmp_path: Path) -> None:
    content, words = FILES[name]
    (tmp_path / name).write_bytes(content)
    for act in (load_generator, inspect_file):
        with pytest.raises(CheckpointError, match=words) as caught:
            act(tmp_path / name)
        assert str(caught.value).startswith(name)
        assert "\n" not in str(caught.value)
        assert str(caught.value).endswith(".")


@pytest.mark.parametrize("ending", ["png", "zip", "txt", "safetensors", ""])
def test_the_ending_of_the_name_means_nothing(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"model.{ending}"
    path.write_bytes((GOLDEN / "tensorflow_stylegan2.pkl").read_bytes())
    assert inspect_file(path).format == "NVLabs TensorFlow"
