"""Tables of jobs: what is wrong is named with its row and column before anything runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ddsgui.commands.job_table import grid, jobs_of, read_table
from ddsgui.errors import DdsError, UsageError
from ddsgui.images import encode_png
from ddsgui.jobs.batch.work import run_job
from ddsgui.library.library import Library


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "jobs.csv"


def test_csv_and_json_lines_give_the_same_rows(table: Path, tmp_path: Path) -> None:
    table.write_text('\ufeffsource, target_seed,part\r\none,3,"spot,spot"\r\n\r\ntwo,,spot\r\n', "utf-8")
    lines = tmp_path / "jobs.jsonl"
    lines.write_text(
        '{"source": "one", "target_seed": 3, "part": "spot,spot"}\n{"source": "two", "part": "spot"}'
    )
    expected = [{"source": "one", "target-seed": "3", "part": "spot,spot"}, {"source": "two", "part": "spot"}]
    assert read_table(table) == read_table(lines) == expected


def test_empty_columns_and_lines_are_left_out(table: Path) -> None:
    table.write_bytes(b",,\r\n\r\nseed,part,,\r\n1,spot,,\r\n,,,\r\n2,,,\r\n")
    assert read_table(table) == [{"seed": "1", "part": "spot"}, {"seed": "2"}]


def test_a_grid_has_every_combination() -> None:
    rows = grid([1, 2], ["hair", "eyes"], ["a:b"], ["live"])
    assert len(rows) == 4 and len({tuple(row.items()) for row in rows}) == 4
    with pytest.raises(UsageError, match="SOURCE:TARGET"):
        grid([1], ["hair"], ["a"], ["live"])


def test_jobs_have_keys_by_content(library: Path, tmp_path: Path) -> None:
    row = {"source": "one", "target": "two", "part": "spot", "seed": "3"}
    first, again, differs = jobs_of([row, dict(row), {**row, "seed": "4"}], Library(), "jobs.csv")
    assert first.key == again.key != differs.key
    assert (first.row, again.row, first.options) == (1, 2, row)
    mask = tmp_path / "mask.png"
    keys = []
    for content in (b"one", b"two"):
        mask.write_bytes(content)
        keys.append(jobs_of([{**row, "part": str(mask)}], Library(), "jobs.csv")[0].key)
    assert len({first.key, *keys}) == 3


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"sed": "3"}, ("row 2", "sed", "seed")),
        ({"seed": "three"}, ("row 2", "column seed", "three")),
        ({"out": "x"}, ("row 2", "out")),
        ({"latent": "x.pt"}, ("row 2", "latent")),
        ({"source": "nobody"}, ("row 2", "nobody")),
        ({"part": "tail"}, ("row 2", "tail")),
        ({"part": "gone.png"}, ("row 2", "gone.png")),
        ({"part": "a\0b.png"}, ("row 2", "null")),
        ({"part": "\ud800.png"}, ("row 2",)),
        ({"backbone": "vgg61"}, ("row 2", "vgg61", "squeezenet")),
        ({"backbone": "alexnet=gone.pth"}, ("row 2", "gone.pth")),
        ({"preset": "slow"}, ("row 2", "slow")),
        ({"preset": "live", "lr": "0.1"}, ("row 2", "--lr")),
        ({"truncation": "9"}, ("row 2", "2")),
    ],
)
def test_an_error_is_named_with_row_and_column(
    library: Path, row: dict[str, str], words: tuple[str, ...]
) -> None:
    good = {"source": "one", "target": "two", "part": "spot"}
    with pytest.raises(UsageError) as caught:
        jobs_of([good, {**good, **row}], Library(), "jobs.csv")
    assert all(word in str(caught.value) for word in words) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "no rows"),
        (b"seed,seed\n1,2\n", "twice"),
        (b"seed,,part\n1,,spot\n", "column 2 has no name"),
        (b"seed;part\n1;spot\n", "semicolons"),
        (b"seed\tpart\n1\tspot\n", "tabs"),
        (b'part\nspot\n"' + b"x" * 140_000, "line 3"),
        (b"seed\n1,2\n", "row 1"),
        (b"\xff\xfe\x00", "UTF-8"),
    ],
)
def test_a_file_without_a_table_is_refused(table: Path, content: bytes, word: str) -> None:
    table.write_bytes(content)
    with pytest.raises(DdsError, match=word):
        read_table(table)


@pytest.mark.parametrize(
    ("content", "word"),
    [("{", "row 1"), ('{"a_b": 1, "a-b": 2}', "twice"), ("[1]", "row 1"), ('{"seed": [1]}', "row 1")],
)
def test_lines_that_are_no_objects_are_refused(tmp_path: Path, content: str, word: str) -> None:
    (tmp_path / "jobs.jsonl").write_text(content)
    with pytest.raises(DdsError, match=word):
        read_table(tmp_path / "jobs.jsonl")


def test_a_missing_table_is_reported(table: Path) -> None:
    with pytest.raises(DdsError, match="no file"):
        read_table(table)


def test_a_job_is_not_done_with_another_file_than_the_one_it_was_made_of(
    library: Path, tmp_path: Path
) -> None:
    mask = tmp_path / "mask.png"
    mask.write_bytes(encode_png(np.full((16, 16), 200, np.uint8)))
    row = {"source": "one", "target": "two", "part": str(mask), "preset": "live"}
    (job,) = jobs_of([row], Library(), "table")
    assert not run_job(job, library, "cpu").error
    mask.write_bytes(encode_png(np.full((16, 16), 255, np.uint8)))
    result = run_job(job, library, "cpu")
    assert "mask.png is not the file" in result.error and not result.files


def test_a_backbone_with_other_weights_is_another_job(library: Path, tmp_path: Path) -> None:
    weights, keys = tmp_path / "weights.pth", set()
    for content in (b"1", b"22"):
        weights.write_bytes(content)
        row = {"source": "one", "target": "two", "part": "spot", "backbone": f"alexnet={weights}"}
        keys.add(jobs_of([row], Library(), "table")[0].key)
    assert len(keys) == 2
