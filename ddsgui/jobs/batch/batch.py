"""A batch: the jobs of a table, those that are done left out, and a manifest of all."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from ddsgui.jobs.batch.engine import Engine
from ddsgui.jobs.batch.mix_job import MixJob
from ddsgui.jobs.batch.results import Entry, ResultFolder

MANIFEST_SECONDS = 10  # at least, between two writings of the manifest


@dataclass(frozen=True)
class BatchProgress:
    """The state of a batch: before its first job, or after one that has ended."""

    entry: Entry | None  # of that job
    ended: int  # in this run, with those that failed
    total: int  # to be run


@dataclass(frozen=True)
class BatchOutcome:
    """The end of a batch."""

    entries: list[Entry]  # in the order of the table
    skipped: int  # that an earlier run had done
    files: list[str]  # in the folder of the batch


def batch_steps(
    jobs: Sequence[MixJob], engine: Engine, folder: ResultFolder
) -> Generator[BatchProgress, None, BatchOutcome]:
    """Run the jobs that are not done yet; yield the progress before the first and after each.

    The manifest is written now and then, and at the end however that comes. Raises DdsError if a result cannot be
    written; the next run continues there.
    """
    folder.open()
    entries = {job.key: folder.entry(job) for job in jobs}
    waiting = [job for job in {job.key: job for job in jobs}.values() if entries[job.key].state != "done"]
    skipped = len(entries) - len(waiting)
    written = time.monotonic()
    results = engine.run(waiting)
    try:
        if waiting:
            yield BatchProgress(None, 0, len(waiting))
        for ended, result in enumerate(results, 1):
            entry = entries[result.job.key] = folder.save(result)
            if time.monotonic() - written > MANIFEST_SECONDS:
                folder.write_manifest(_in_order(jobs, entries))
                written = time.monotonic()
            yield BatchProgress(entry, ended, len(waiting))
    finally:
        results.close()
        lines = _in_order(jobs, entries)
        files = folder.write_manifest(lines)
    return BatchOutcome(lines, skipped, [*files, *folder.write_sheets(lines)])


def _in_order(jobs: Sequence[MixJob], entries: dict[str, Entry]) -> list[Entry]:
    """Return a line for each row of the table; rows that ask for one mix share its result."""
    return [replace(entries[job.key], job=job) for job in jobs]
