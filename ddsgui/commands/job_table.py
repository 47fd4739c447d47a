"""The table of a batch: a mix for each row, with the options of `ddsgui mix` as columns, checked before any runs."""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from ddsgui.commands import mix
from ddsgui.errors import DdsError, UsageError
from ddsgui.jobs.batch.mix_job import MixJob, make_job
from ddsgui.library.checksums import sha256_of
from ddsgui.library.library import Library
from ddsgui.paths import reason_of

JSON_LINES = (".jsonl", ".ndjson")
NO_COLUMNS = ("latent", "target-latent", "latent-space", "start-latent")  # read while a mix is made

Row = dict[str, str]  # the options of one mix by column, without those that are empty


class _RowParser(argparse.ArgumentParser):
    """Reads the options of one row; what is wrong with them is raised, not printed."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


class _TwiceError(Exception):
    """A column stands twice in a row."""


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
            if "backbone" in row:
                from ddsgui.synthesis.backbones import check_backbone  # imports torch

                check_backbone(row["backbone"])
            job = make_job(number, recipe, library, sha256_of)
        except DdsError as error:
            raise UsageError(f"{place}: {error}") from error
        except (OSError, ValueError) as error:  # ValueError: a character that no path can have
            raise UsageError(f"{place}: a file cannot be read: {error}.") from error
        jobs.append(replace(job, options=row))
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
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        lines = [line for line in reader if any(cell.strip() for cell in line)]
    except csv.Error as error:
        raise DdsError(f"{path}, line {reader.line_num}: {error}.") from error
    if not lines:
        return []
    head = [name.strip().replace("_", "-") for name in lines[0]]
    while not head[-1]:  # spreadsheets add columns that are empty
        head.pop()
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(head) == 1 and mark in head[0]:
            raise DdsError(f"{path} has {name} between its columns; use commas.")
    if "" in head:
        raise DdsError(f"{path}: column {head.index('') + 1} has no name.")
    twice = next((name for name in head if head.count(name) > 1), None)
    if twice is not None:
        raise DdsError(f"{path} has the column {twice} twice.")
    rows = []
    for number, line in enumerate(lines[1:], 1):
        cells = line[: len(head)] if not any(cell.strip() for cell in line[len(head) :]) else line
        if len(cells) > len(head):
            raise DdsError(f"{path}, row {number}: there are {len(cells)} cells for {len(head)} columns.")
        rows.append({name: cell.strip() for name, cell in zip(head, cells, strict=False) if cell.strip()})
    return rows


def _json_lines(path: Path, text: str) -> list[Row]:
    return list(_objects(path, (line for line in text.split("\n") if line.strip())))


def _objects(path: Path, lines: Iterable[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        try:
            data = json.loads(line, object_pairs_hook=_unique)
        except _TwiceError as error:
            raise DdsError(f"{path}, row {number}: it has the column {error} twice.") from error
        except (ValueError, RecursionError) as error:
            raise DdsError(f"{path}, row {number}: it is not JSON.") from error
        if not isinstance(data, dict) or not all(
            isinstance(v, str | int | float | None) for v in data.values()
        ):
            raise DdsError(f"{path}, row {number}: a row is a JSON object of texts and numbers.")
        yield {name: str(value) for name, value in data.items() if value not in (None, "")}


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return the object of a JSON line by column. Raises _TwiceError if two names are of one column."""
    row: dict[str, object] = {}
    for name, value in pairs:
        column = name.replace("_", "-")
        if column in row:
            raise _TwiceError(column)
        row[column] = value
    return row
