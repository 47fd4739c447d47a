"""The table of a batch: a mix for each row, with the options of `ddsgui mix` as columns, checked before any runs."""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import NoReturn

from ddsgui.checkpoints.hashing import file_sha256
from ddsgui.commands import mix
from ddsgui.errors import DdsError, UsageError
from ddsgui.jobs.batch.mix_job import MixJob, make_job
from ddsgui.library.library import Library
from ddsgui.paths import reason_of

JSON_LINES = (".jsonl", ".ndjson")
NO_COLUMNS = ("latent", "target-latent", "latent-space", "start-latent")  # read while a mix is made

Row = dict[str, str]  # the options of one mix by column, without those that are empty


class _RowParser(argparse.ArgumentParser):
    """Reads the options of one row; what is wrong with them is raised, not printed."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def read_table(path: Path) -> list[Row]:
    """Return the rows of a CSV file, or of JSON lines. Raises DdsError if it is neither, or has no rows."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise DdsError(f"There is no file {path}.") from error
    except OSError as error:
        raise DdsError(f"{path} cannot be read: {reason_of(error)}.") from error
    except UnicodeDecodeError as error:
        raise DdsError(f"{path} is not a table: it is not text in UTF-8.") from error
    rows = _json_lines(path, text) if path.suffix.lower() in JSON_LINES else _csv(path, text)
    if not rows:
        raise DdsError(f"{path} has no rows.")
    return rows


def grid(
    seeds: Sequence[int], parts: Iterable[str], pairs: Iterable[str], presets: Iterable[str]
) -> list[Row]:
    """Return a row for each combination. pairs: SOURCE:TARGET. Raises UsageError on another pair."""
    rows = []
    for pair, part, preset, seed in itertools.product(pairs, parts, presets, seeds):
        source, colon, target = pair.partition(":")
        if not (source and colon and target):
            raise UsageError(f"A pair is SOURCE:TARGET, such as portrait:caricature, not {pair}.")
        rows.append({"source": source, "target": target, "part": part, "preset": preset, "seed": str(seed)})
    return rows


def jobs_of(rows: Sequence[Row], library: Library, table: str) -> list[MixJob]:
    """Return a job for each row. Raises DdsError that names the row and the column of what cannot be done.

    table: the name of the table, for errors.
    """
    hash_of = cache(file_sha256)
    parser = _RowParser(prog="", add_help=False, allow_abbrev=False)
    mix.add_recipe_options(parser)
    parser.set_defaults(gif=False, frame_interval=None)
    columns = {option.removeprefix("--") for action in parser._actions for option in action.option_strings}
    columns -= set(NO_COLUMNS)
    jobs = []
    for number, row in enumerate(rows, 1):
        place = f"{table}, row {number}"
        for column in row:
            if column not in columns:
                near = get_close_matches(column, columns, n=1)
                hint = f" Did you mean {near[0]}?" if near else ""
                raise UsageError(f"{place}: there is no column {column}.{hint}")
        args = _parsed(parser, row, place)
        try:
            recipe, _ = mix.plan(args)
            job = make_job(number, recipe, library, hash_of)
        except DdsError as error:
            raise UsageError(f"{place}: {error}") from error
        except OSError as error:
            raise UsageError(f"{place}: {error.filename} cannot be read: {reason_of(error)}.") from error
        jobs.append(MixJob(job.row, job.key, job.recipe, row))
    return jobs


def _parsed(parser: _RowParser, row: Row, place: str) -> argparse.Namespace:
    """Return the options of a row. Raises UsageError with the column that is wrong."""
    try:
        return parser.parse_args([f"--{column}={value}" for column, value in row.items()])
    except UsageError:
        for column, value in row.items():
            try:
                parser.parse_args([f"--{column}={value}"])
            except UsageError as error:
                reason = str(error).partition(": ")[2] or str(error)
                raise UsageError(f"{place}, column {column}: {reason.rstrip('.')}.") from error
        raise


def _csv(path: Path, text: str) -> list[Row]:
    lines = list(csv.reader(io.StringIO(text, newline="")))
    if not lines or not any(lines[0]):
        return []
    head = [name.strip().replace("_", "-") for name in lines[0]]
    twice = next((name for name in head if head.count(name) > 1), None)
    if twice is not None:
        raise DdsError(f"{path} has the column {twice or 'without a name'} twice.")
    rows = []
    for number, cells in enumerate((line for line in lines[1:] if any(cell.strip() for cell in line)), 1):
        if len(cells) > len(head):
            raise DdsError(f"{path}, row {number}: there are {len(cells)} cells for {len(head)} columns.")
        rows.append({name: cell.strip() for name, cell in zip(head, cells, strict=False) if cell.strip()})
    return rows


def _json_lines(path: Path, text: str) -> list[Row]:
    return list(_objects(path, (line for line in text.splitlines() if line.strip())))


def _objects(path: Path, lines: Iterable[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DdsError(f"{path}, row {number}: it is not JSON.") from error
        if not isinstance(data, dict) or not all(
            isinstance(v, str | int | float | None) for v in data.values()
        ):
            raise DdsError(f"{path}, row {number}: a row is a JSON object of texts and numbers.")
        yield {name.replace("_", "-"): str(value) for name, value in data.items() if value not in (None, "")}
