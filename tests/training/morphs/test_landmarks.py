from __future__ import annotations

import io
import pickle
from pathlib import Path

import numpy as np
import pytest

from ddsgui.errors import TrainingError
from ddsgui.training.morphs.landmarks import points_known, read_landmarks

NAMES = ["a/0.png", "a/1.png", "2.png"]
HEAD = "file,x0,y0,x1,y1,x2,y2\n"


def csv(folder: Path, text: str) -> Path:
    path = folder / "points.csv"
    path.write_text(text, encoding="utf-8")
    return path


def npz(folder: Path, **arrays: object) -> Path:
    path = folder / "points.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def test_a_csv_gives_every_picture_its_points_in_any_order(tmp_path):
    path = csv(
        tmp_path,
        HEAD + '"2.png",0,0.1,0.2,0.3,0.4,0.5\n1.png,,,,,,\na\\0.png,1,1,1,1,1,0.5\nother.png,0,0,0,0,0,0\n',
    )
    points = read_landmarks(path, NAMES)
    assert points.shape == (3, 3, 2)
    assert points[2].tolist() == [[0, 0.1], [0.2, 0.3], [0.4, 0.5]]
    assert points[0, 2].tolist() == [1, 0.5]
    assert points_known(points).tolist() == [True, False, True]


def test_a_header_may_be_missing_and_a_byte_order_mark_present(tmp_path):
    points = read_landmarks(csv(tmp_path, "\ufeff2.png,0,0,0.5,0.5,1,1\n"), NAMES)
    assert points_known(points).tolist() == [False, False, True]


def test_an_npz_gives_the_same_points(tmp_path):
    own = np.random.default_rng(0).random((2, 4, 2), np.float32)
    points = read_landmarks(npz(tmp_path, names=np.array(["2.png", "0.png"]), points=own), NAMES)
    np.testing.assert_array_equal(points[[2, 0]], own)
    assert points_known(points).tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "holds no landmarks"),
        (HEAD, "holds no landmarks"),
        ("just some words\n", "holds no landmarks"),
        (HEAD + "2.png,0,0,1,1,one,1\n", "holds no landmarks"),
        (HEAD + "2.png,0,0,1,1,1\n", "holds no landmarks"),
        ("2.png,0,0,1\n", "holds no landmarks"),
        ("2.png,0,0,1,1\n", "2 points per picture"),
        (HEAD + "2.png,0,0,1,1,1,1\n2.png,0,0,1,1,1,1\n", "names 2.png twice"),
        (HEAD + "2.png,0,0,64,64,99,99\n", "fractions of the side"),
        (HEAD + "nobody.png,0,0,1,1,1,1\n", "such as a/0.png"),
    ],
)
def test_a_bad_csv_gets_one_sentence(tmp_path, text, sentence):
    with pytest.raises(TrainingError, match=sentence) as caught:
        read_landmarks(csv(tmp_path, text), NAMES)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_or_not_text_gets_one_sentence(tmp_path):
    path = tmp_path / "points.csv"
    path.write_bytes(bytes(range(256)) * 9)
    with pytest.raises(TrainingError, match="holds no landmarks"):
        read_landmarks(path, NAMES)
    with pytest.raises(TrainingError, match="no file of landmarks"):
        read_landmarks(tmp_path / "gone.csv", NAMES)
    with pytest.raises(TrainingError, match="cannot be read"):
        read_landmarks(tmp_path, NAMES)


class Bang:
    def __reduce__(self):
        return pytest.fail, ("a pickle was run",)


def test_a_bad_npz_gets_one_sentence_and_nothing_in_it_is_run(tmp_path):
    names, points = np.array(["2.png"]), np.zeros((1, 3, 2))
    bad = [
        {"names": names},
        {"names": names, "points": points[0]},
        {"names": np.arange(1), "points": points},
        {"names": names, "points": np.array([[["a", "b"]] * 3])},
        {"names": names, "points": np.full((1, 3, 2), Bang(), object)},
    ]
    for arrays in bad:
        with pytest.raises(TrainingError, match="holds no landmarks"):
            read_landmarks(npz(tmp_path, **arrays), NAMES)
    whole = npz(tmp_path, names=names, points=points).read_bytes()
    array = io.BytesIO()
    np.save(array, points)
    for content in (b"", pickle.dumps(Bang()), whole[:300], array.getvalue()):
        path = tmp_path / "points.npz"
        path.write_bytes(content)
        with pytest.raises(TrainingError, match="holds no landmarks"):
            read_landmarks(path, NAMES)
