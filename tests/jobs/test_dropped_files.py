"""Dropped files are sorted by content."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from ddsgui import paths
from ddsgui.images import encode_png
from ddsgui.jobs.dropped_files import DroppedFile, sort_steps
from ddsgui.steps import result_of

GOLDEN = Path(__file__).parents[1] / "checkpoints/golden"


def sort(*files: Path) -> dict[str, DroppedFile]:
    return {file.path.name: file for file in result_of(sort_steps(files))}


def test_files_are_sorted_by_content_and_not_by_name(tmp_path: Path) -> None:
    black = np.zeros((4, 4, 3), np.uint8)
    (tmp_path / "result.dat").write_bytes(encode_png(black, {"version": 1}))
    Image.new("L", (2, 2)).save(tmp_path / "picture.pt", "PNG")
    Image.new("L", (2, 2)).save(tmp_path / "photo", "JPEG")
    shutil.copy(GOLDEN / "rosinality.pt", tmp_path / "model.png")
    shutil.copy(paths.assets() / "upscalers/faces-and-drawings.safetensors", tmp_path / "upscaler.dat")
    (tmp_path / "recipe").write_text(json.dumps({"version": 1}))
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "broken.pkl").write_bytes(b"nothing")
    (tmp_path / "half.png").write_bytes(encode_png(black)[:40])
    (tmp_path / "folder").mkdir()
    files = sort(*tmp_path.iterdir(), tmp_path / "gone.png")
    assert {name: file.kind for name, file in files.items()} == {
        "result.dat": "result",
        "picture.pt": "picture",
        "photo": "picture",
        "model.png": "model",
        "upscaler.dat": "upscaler",
        "recipe": "result",
        "notes.txt": "other",
        "broken.pkl": "model",
        "half.png": "other",
        "folder": "folder",
        "gone.png": "other",
    }
    for name in ("notes.txt", "half.png", "gone.png"):
        assert name in files[name].problem


def test_a_project_is_known_without_its_ending(tmp_path: Path) -> None:
    shutil.make_archive(str(tmp_path / "faces"), "zip", GOLDEN.parent, "fuzz.py")
    assert sort(tmp_path / "faces.zip")["faces.zip"].kind == "project"
