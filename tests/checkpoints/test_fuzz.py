"""A sample of the fuzzer's files. All of them: python -m tests.checkpoints.fuzz --files 20000"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkpoints.fuzz_mutations import mutated
from tests.checkpoints.fuzz_seeds import make_seeds
from tests.checkpoints.measured import SPARE_BYTES

FILES = 150


@pytest.mark.skipif(sys.platform != "linux", reason="the limits are Linux's")
def test_a_sample_of_damaged_files_crashes_nothing() -> None:
    command = [
        sys.executable,
        "-m",
        "tests.checkpoints.fuzz",
        "--files",
        str(FILES),
        "--workers",
        "1",
        "--json",
    ]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    figures = json.loads(done.stdout)
    assert figures["crashes"] == []
    assert done.returncode == 0
    assert figures["files"] == figures["refused"] + figures["loaded"] == FILES
    assert figures["loaded"] > 0  # damage to a tensor's numbers alone is not noticed
    assert figures["slowest_seconds"] < 5
    assert figures["most_memory_bytes"] < SPARE_BYTES


def test_the_same_number_gives_the_same_file(tmp_path: Path) -> None:
    first, second = make_seeds(tmp_path), make_seeds(tmp_path)
    assert [seed.name for seed in first] == [seed.name for seed in second]
    assert mutated(first, 7) == mutated(first, 7)
    assert len({mutated(first, number)[1] for number in range(50)}) > 45
