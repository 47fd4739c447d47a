"""The order of the queue, and its files in a project."""

from __future__ import annotations

import json

import pytest

from ddsgui.editing.recipe import Recipe
from ddsgui.errors import ProjectError
from ddsgui.jobs.batch import queue as queue_module
from ddsgui.jobs.batch.mix_job import MixJob
from ddsgui.jobs.batch.queue import ORDER, Queue, QueueEntry, queue_files, read_queue
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.settings import OptimizerSettings


def key(number: int) -> str:
    return f"{number:016x}"


def entry(number: int, **values) -> QueueEntry:
    settings = OptimizerSettings.from_preset("fast").as_dict()
    recipe = Recipe("one", "two", "spot", Seed(number), None, settings)
    return QueueEntry(MixJob(0, key(number), recipe.as_dict()), **values)


def numbers(queue: Queue) -> list[int]:
    return [int(entry.key, 16) for entry in queue.entries]


@pytest.fixture
def queue() -> Queue:
    return Queue().added(map(entry, (1, 2, 3)))


def test_entries_move_as_far_as_there_are_places(queue):
    assert numbers(queue.moved(key(3), -1)) == [1, 3, 2]
    assert numbers(queue.moved(key(1), 5)) == [2, 3, 1]
    assert numbers(queue.moved(key(1), -1)) == [1, 2, 3]
    assert numbers(queue.ordered([key(3), key(1)])) == [3, 1, 2]


def test_the_next_one_is_the_first_that_has_not_failed(queue):
    failed = queue.failed(key(1), "Memory ran out.")
    assert failed.next == entry(2) and failed.entries[0].error
    assert failed.failed(key(1), "").next == entry(1)
    assert Queue().next is None


def test_a_mix_waits_once_and_a_queue_has_an_end(queue, monkeypatch):
    assert queue.added([entry(2)]) == queue
    assert numbers(queue.added([entry(4)], first=True)) == [4, 1, 2, 3]
    monkeypatch.setattr(queue_module, "MAX_QUEUED", 3)
    with pytest.raises(ProjectError, match="3"):
        queue.added([entry(4)])


def test_the_other_direction_learns_the_number_of_the_run(queue):
    queue = queue.added([entry(4, other=key(1))])
    assert queue.linked(key(1), 7).entries[-1].other == 7


def test_an_entry_is_described_in_two_lines():
    domains, words = entry(7).lines
    assert domains == "one → two" and words == "spot · fast · seed 7"


def test_the_files_give_the_queue_back_and_jobs_are_written_once(queue):
    queue = queue.failed(key(2), "No.").added([entry(4, other=key(1)), entry(5, other=3)])
    files = queue_files(queue, {})
    assert read_queue(files) == (queue, [])
    again = queue_files(queue.moved(key(5), -4), files)
    assert all(again[name] is files[name] for name in files if name != ORDER)
    assert queue_files(Queue(), files) == {} and read_queue({}) == (Queue(), [])


def test_damaged_entries_are_left_out_with_a_sentence(queue):
    files = queue_files(queue, {})
    for damage in (b"{", b"[]", json.dumps({"recipe": {"version": 1}}).encode()):
        read, problems = read_queue({**files, f"{key(2)}.json": damage})
        assert numbers(read) == [1, 3] and len(problems) == 1
    read, problems = read_queue({name: content for name, content in files.items() if name != ORDER})
    assert numbers(read) == [1, 2, 3] and not problems
    odd = [{"key": "../x"}, 3, {"key": key(1), "error": 5}, {"key": key(1), "other": "x"}]
    read, problems = read_queue({**files, ORDER: json.dumps({"entries": odd}).encode()})
    assert read.entries == (entry(1),) and problems
