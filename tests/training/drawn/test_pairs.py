from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from ddsgui.errors import TrainingError
from ddsgui.images import read_image, write_png
from ddsgui.steps import result_of
from ddsgui.training.drawn.pair_files import INDEX, read_pairs_steps, write_pairs_steps
from ddsgui.training.drawn.pairs import Pairs, paint_steps
from ddsgui.training.drawn.people import find_people_steps


def test_a_painter_redraws_everybody_in_order(parent, seen, inverted):
    people = result_of(find_people_steps(parent, 20, 0))
    progress = []
    pairs = result_of(paint_steps(people, inverted, inverted.values()), progress.append)
    assert progress[-1] == (15, 15)
    assert torch.equal(pairs.w, people.w)
    for face, picture in zip(people.faces, pairs.pictures, strict=True):
        assert np.array_equal(picture.movedim(0, -1).numpy(), 255 - face.image)


def test_a_painter_that_fails_ends_it_with_its_name(parent, seen, inverted):
    people = result_of(find_people_steps(parent, 20, 0))
    broken = dataclasses.replace(inverted, paint=lambda face, values: face.image[:3])
    with pytest.raises(TrainingError, match="inverted drew"):
        result_of(paint_steps(people, broken, inverted.values()))


def test_fewer_than_fifty_pairs_are_refused(parent, pairs):
    few = Pairs(pairs.w[:49], pairs.pictures[:49])
    with pytest.raises(TrainingError, match="49 pairs"):
        few.check(16, 8)
    with pytest.raises(TrainingError, match="another domain"):
        pairs.check(32, 8)


@pytest.fixture
def written(tmp_path, parent):
    """A folder of 52 pictures and their latents."""
    result_of(write_pairs_steps(parent, "a" * 64, 52, tmp_path / "pairs", seed=2))
    return tmp_path / "pairs"


def read(folder, parent, sha="a" * 64) -> Pairs:
    return result_of(read_pairs_steps(folder, parent, sha))


def test_pictures_are_written_with_their_latents_and_read_when_redrawn(written, parent):
    files = sorted(path.name for path in written.iterdir())
    assert files[0] == "0000.png" and files[-1] == INDEX and len(files) == 53
    for path in written.glob("*.png"):
        write_png(path, 255 - read_image(path))
    pairs = read(written, parent)
    drawn = parent.synthesis(parent.broadcast(pairs.w))
    torch.testing.assert_close(pairs.pictures.float(), (1 - drawn.clamp(-1, 1)) * 127.5, atol=1, rtol=0)


def test_pairs_that_do_not_match_are_refused(written, parent):
    with pytest.raises(TrainingError, match="another domain"):
        read(written, parent, "b" * 64)
    write_png(written / "extra.png", np.zeros((16, 16, 3), np.uint8))
    with pytest.raises(TrainingError, match=r"extra\.png"):
        read(written, parent)
    (written / "extra.png").unlink()
    write_png(written / "0003.png", np.zeros((32, 32, 3), np.uint8))
    with pytest.raises(TrainingError, match="32 × 32"):
        read(written, parent)
    (written / "0003.png").unlink()
    with pytest.raises(TrainingError, match=r"1 of 52 .* 0003\.png"):
        read(written, parent)
    (written / INDEX).write_bytes(b"nothing")
    with pytest.raises(TrainingError, match="damaged"):
        read(written, parent)
    (written / INDEX).unlink()
    with pytest.raises(TrainingError, match=INDEX):
        read(written, parent)


def test_pairs_are_neither_too_few_nor_written_over_others(written, parent, tmp_path):
    with pytest.raises(TrainingError, match="already"):
        result_of(write_pairs_steps(parent, "a" * 64, 52, written))
    with pytest.raises(TrainingError, match="49 pairs"):
        result_of(write_pairs_steps(parent, "a" * 64, 49, tmp_path / "few"))
    assert not (tmp_path / "few").exists()
