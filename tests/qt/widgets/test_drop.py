from pathlib import Path

from PIL import Image

from ddsgui.qt.projects.actions import may_be_openable
from ddsgui.qt.widgets.drop import may_be_model


def test_a_dropped_file_is_known_by_its_content(tmp_path: Path) -> None:
    Image.new("L", (2, 2)).save(tmp_path / "picture.pt", "PNG")
    (tmp_path / "model.png").write_bytes(b"\x80\x04N.")
    (tmp_path / "model.dat").write_bytes(b"\x80\x04N.")
    (tmp_path / "recipe").write_text('{"seed": 1}')
    (tmp_path / "notes.txt").write_text("hello")
    answers = {path.name: (may_be_model(path), may_be_openable(path)) for path in tmp_path.iterdir()}
    assert answers == {
        "picture.pt": (False, True),
        "model.png": (True, False),
        "model.dat": (True, False),
        "recipe": (False, True),
        "notes.txt": (False, False),
    }


def test_a_file_that_cannot_be_read_is_known_by_its_name(tmp_path: Path) -> None:
    assert may_be_model(tmp_path / "a.pt") and not may_be_openable(tmp_path / "a.pt")
    assert may_be_openable(tmp_path / "a.png") and not may_be_model(tmp_path / "a.png")
