"""The mixes that wait in a project, in their order, and how a project keeps them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ddsgui.editing.recipe import Recipe
from ddsgui.errors import ProjectError
from ddsgui.jobs.batch.mix_job import KEY_LENGTH, MixJob
from ddsgui.project.archive import Content, content_bytes
from ddsgui.project.json_text import json_bytes
from ddsgui.project.run_list import part_words, seed_words
from ddsgui.project.run_summary import RunSummary
from ddsgui.text import plural

MAX_QUEUED = 1000
ORDER = "order.json"  # the keys in their order; the job of each is in a file of its own
_KEY = re.compile(rf"[0-9a-f]{{{KEY_LENGTH}}}", re.ASCII)


@dataclass(frozen=True)
class QueueEntry:
    """A mix that waits, or the sentence that says why it failed.

    `other` is the other direction of the same pair: the number of its run or, while it waits too, the key of its job.
    """

    job: MixJob
    error: str = ""
    other: int | str | None = None

    @property
    def key(self) -> str:
        """The key of the job."""
        return self.job.key

    @property
    def waits(self) -> bool:
        """True unless it has failed."""
        return not self.error

    @cached_property
    def lines(self) -> tuple[str, str]:
        """The domains; the part, the method and the person."""
        recipe = Recipe.from_dict(self.job.recipe)
        summary = RunSummary.of(
            recipe,
            number=0,
            space="w+",
            state="paused",
            iterations=0,
            loss=None,
            best_iteration=None,
            date="",
        )
        domains = f"{Path(summary.source).stem} → {Path(summary.target).stem}"
        return domains, f"{part_words(summary)} · {summary.preset} · {seed_words(summary)}"


@dataclass(frozen=True)
class Queue:
    """Entries by their order; each mix is in it once. A change gives a new value."""

    entries: tuple[QueueEntry, ...] = ()

    @property
    def next(self) -> QueueEntry | None:
        """The first entry that waits."""
        return next((entry for entry in self.entries if entry.waits), None)

    def __contains__(self, key: object) -> bool:
        return any(entry.key == key for entry in self.entries)

    def added(self, entries: Iterable[QueueEntry], first: bool = False) -> Queue:
        """Return the queue with more entries at the end, or at the beginning, without those that are in it already.

        Raises ProjectError if there would be too many.
        """
        new = {entry.key: entry for entry in entries if entry.key not in self}
        joined = (*new.values(), *self.entries) if first else (*self.entries, *new.values())
        if len(joined) > MAX_QUEUED:
            raise ProjectError(
                f"The queue would have {plural(len(joined), 'run')}; it takes {MAX_QUEUED:,} at most."
            )
        return Queue(joined)

    def without(self, key: str) -> Queue:
        """Return the queue without an entry."""
        return Queue(tuple(entry for entry in self.entries if entry.key != key))

    def moved(self, key: str, by: int) -> Queue:
        """Return the queue with an entry `by` places further down, up if negative, as far as there are places."""
        keys = [entry.key for entry in self.entries]
        place = keys.index(key)
        keys.insert(min(max(place + by, 0), len(keys) - 1), keys.pop(place))
        return self.ordered(keys)

    def ordered(self, keys: Sequence[str]) -> Queue:
        """Return the queue in the order of these keys; entries that they do not name come last."""
        places = {key: place for place, key in enumerate(keys)}
        return Queue(tuple(sorted(self.entries, key=lambda entry: places.get(entry.key, len(places)))))

    def failed(self, key: str, sentence: str) -> Queue:
        """Return the queue with an entry that failed; "" lets it wait again."""
        return self._changed(key, error=sentence)

    def linked(self, key: str, number: int) -> Queue:
        """Return the queue with the number of the run that a job has become, wherever its key stands for it."""
        return Queue(
            tuple(replace(entry, other=number) if entry.other == key else entry for entry in self.entries)
        )

    def _changed(self, key: str, **values: Any) -> Queue:
        return Queue(tuple(replace(entry, **values) if entry.key == key else entry for entry in self.entries))


def queue_files(queue: Queue, known: Mapping[str, Content]) -> dict[str, Content]:
    """Return the files of a queue by name. `known`: the files before, which those of jobs are taken from."""
    if not queue.entries:
        return {}
    order = [{"key": entry.key, "error": entry.error, "other": entry.other} for entry in queue.entries]
    files: dict[str, Content] = {ORDER: json_bytes({"entries": order})}
    for entry in queue.entries:
        name = f"{entry.key}.json"
        files[name] = known.get(name) or json_bytes({"recipe": entry.job.recipe})
    return files


def read_queue(files: Mapping[str, Content]) -> tuple[Queue, list[str]]:
    """Return what queue_files() wrote, and a sentence about what is lost."""
    if not files:
        return Queue(), []
    try:
        entries = json.loads(content_bytes(files[ORDER]))["entries"]
        if not isinstance(entries, list):
            raise ValueError
    except (ProjectError, KeyError, TypeError, ValueError, RecursionError):
        names = sorted(name for name in files if name != ORDER)  # the jobs without their order
        entries = [{"key": name.removesuffix(".json")} for name in names]
    read = [_entry(data, files) for data in entries[:MAX_QUEUED]]
    queue = Queue().added(entry for entry in read if entry is not None)
    lost = len(entries) - len(queue.entries)
    return queue, [f"{plural(lost, 'run')} of the queue could not be read."] if lost else []


def _entry(data: object, files: Mapping[str, Content]) -> QueueEntry | None:
    """Return an entry with its job; None if it is damaged or lost."""
    values = data if isinstance(data, dict) else {}
    key, error, link = values.get("key"), values.get("error", ""), values.get("other")
    if not isinstance(key, str) or not _KEY.fullmatch(key) or not isinstance(error, str):
        return None
    try:
        recipe = Recipe.from_dict(json.loads(content_bytes(files[f"{key}.json"]))["recipe"])
    except (ProjectError, KeyError, TypeError, ValueError, RecursionError):
        return None
    is_link = type(link) is int or (isinstance(link, str) and _KEY.fullmatch(link) is not None)
    return QueueEntry(MixJob(0, key, recipe.as_dict()), error, link if is_link else None)
