"""Thousands of damaged model files, each opened: python -m tests.checkpoints.fuzz --files 20000

A file must give a generator or one sentence: no crash, no other error, no more than 5 seconds of computing, and no
more memory than twice the file and 500 MB. Each process opens one file after the other; one that dies is replaced.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import multiprocessing
import os
import re
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.checkpoints.measured import SECONDS, Measured, Overtime


@dataclass
class Figures:
    """The outcome of a run: counts, extremes, and how often each sentence was given."""

    files: int = 0
    refused: int = 0
    loaded: int = 0
    crashes: list[str] = field(default_factory=list)  # neither loaded nor refused in one sentence
    slowest_seconds: float = 0  # CPU time
    slowest_file: str = ""
    most_memory_bytes: int = 0  # at the peak, beyond name the process had before
    most_memory_file: str = ""
    sentences: dict[str, int] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """True if nothing crashed and no file took too long."""
        return not self.crashes and self.slowest_seconds < SECONDS


def run(numbers: range, workers: int) -> Figures:
    """Open the files of these numbers in `workers` processes."""
    figures, sentences = Figures(), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        for number, result in _results(numbers, workers, folder):
            figures.files += 1
            outcome, text, seconds, memory = result
            name = f"{number}: {text.split('|')[0]}"
            if outcome == "crash":
                figures.crashes.append(f"{number}: {text}")
            elif outcome == "loaded":
                figures.loaded += 1
            else:
                figures.refused += 1
                sentences[_general(text.split("|", 1)[1])] += 1
            if seconds > figures.slowest_seconds:
                figures.slowest_seconds, figures.slowest_file = seconds, name
            if memory > figures.most_memory_bytes:
                figures.most_memory_bytes, figures.most_memory_file = memory, name
    figures.sentences = dict(sentences.most_common())
    return figures


Result = tuple[str, str, float, int]


def _results(numbers: range, workers: int, folder: str) -> Iterator[tuple[int, Result]]:
    context = multiprocessing.get_context("spawn")
    waiting: dict[Connection, tuple[range, int, BaseProcess]] = {}

    def start(left: range) -> None:
        if left:
            receiver, sender = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(left, folder, sender), daemon=True)
            process.start()
            sender.close()
            waiting[receiver] = (left, 0, process)

    for i in range(workers):
        start(numbers[i::workers])
    while waiting:
        for ready in wait(list(waiting)):
            assert isinstance(ready, Connection)
            left, done, process = waiting.pop(ready)
            try:
                yield left[done], ready.recv()
            except EOFError:
                process.join()
                if not done and process.exitcode == 1:
                    raise RuntimeError("The undamaged files cannot be made or opened.") from None
                yield left[done], ("crash", f"the process ended with {process.exitcode}", 0, 0)
                start(left[done + 1 :])
            else:
                if done + 1 < len(left):
                    waiting[ready] = (left, done + 1, process)


def _work(numbers: range, folder: str, results: Connection) -> None:
    import torch

    from tests.checkpoints.fuzz_mutations import mutated
    from tests.checkpoints.fuzz_seeds import make_seeds

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(dir=folder) as work_folder:
        seeds = make_seeds(Path(work_folder))
        for seed in seeds:
            assert open_file(Path(work_folder), seed.content)[0] in ("loaded", "refused"), (
                seed.name
            )  # warms up imports and caches
        for number in numbers:
            faulthandler.dump_traceback_later(60, exit=True)
            name, content = mutated(seeds, number)
            outcome, text, seconds, memory = open_file(Path(work_folder), content)
            results.send((outcome, f"{name}|{text}", seconds, memory))
    faulthandler.cancel_dump_traceback_later()


def open_file(folder: Path, content: bytes) -> Result:
    """Open a file of this content; return its outcome, sentence, seconds of computing and peak of memory in bytes."""
    from ddsgui.checkpoints.checkpoint import read_generator
    from ddsgui.errors import CheckpointError

    path = folder / "file.pt"
    path.write_bytes(content)
    measured = Measured(len(content))
    try:
        with measured:
            read_generator(path)
        outcome, text = "loaded", ""
    except CheckpointError as error:
        text = str(error)
        is_one_sentence = "\n" not in text and len(text) < 400 and text.endswith(".")
        outcome = "refused" if is_one_sentence else "crash"
    except (Exception, Overtime):
        outcome, text = "crash", traceback.format_exc(limit=-3)
    return outcome, text, measured.seconds, measured.memory


def _general(sentence: str) -> str:
    """Return the sentence without the parts that differ from file to file."""
    sentence = re.sub(r"reaches for .*?\)", "reaches for …)", sentence)
    sentence = re.sub(r"unknown (tensor|variable) .*?;", r"unknown \1 …;", sentence)
    sentence = re.sub(r"file\.pt: \S+", "file.pt: …", sentence)
    return re.sub(r"-?\d[\d,.e+-]*|\[.*?\]|\(.*\)", "…", sentence)[:160]


def main() -> None:
    """Run, print the figures, and exit with 1 if a file broke a rule."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first file")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    figures = run(range(args.first, args.first + args.files), args.workers)
    if args.json:
        print(json.dumps(asdict(figures)))
    else:
        for key, value in asdict(figures).items():
            if key not in ("crashes", "sentences"):
                print(f"{key.replace('_', ' ')}: {value:,}" if isinstance(value, int) else f"{key}: {value}")
        print(f"crashes: {len(figures.crashes)}", *figures.crashes[:20], sep="\n  ")
        for sentence, count in figures.sentences.items():
            print(f"{count:6} {sentence}")
    sys.exit(0 if figures.passed else 1)


if __name__ == "__main__":
    main()
