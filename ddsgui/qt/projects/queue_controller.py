"""The queue of a project: mixes that are made one after another while the artist works."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from ddsgui.editing.recipe import Recipe
from ddsgui.errors import DdsError
from ddsgui.jobs.batch.mix_job import JobResult, MixJob, make_job
from ddsgui.jobs.batch.queue import Queue, QueueEntry, queue_files, read_queue
from ddsgui.jobs.batch.work import queued_steps
from ddsgui.library.checksums import Checksums
from ddsgui.project.opening import OpenedProject
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Channel, Task
from ddsgui.qt.core.io_threads import IoThreads
from ddsgui.qt.projects.controller import ProjectController
from ddsgui.synthesis.settings import OptimizerStep
from ddsgui.text import plural

SHARE = 0.5  # of the engine's time that a run of the artist has


@dataclass
class _Running:
    """The entry that is being mixed."""

    key: str
    task: Task
    is_cancelled: bool = False


class QueueController(QObject):
    """Mixes the entries of the queue in their order; each becomes a run of the project.

    The queue belongs to the project, and is recorded and saved with it. One that is opened waits until the artist
    continues it, so that a mix that brought the program down does not do so again.
    """

    changed = Signal()  # the entries, their order, or whether they are made
    progressed = Signal()
    offered = Signal(str)  # a sentence about runs that wait for the artist to continue
    ended = Signal(str)  # a sentence about the whole queue
    failed = Signal(str)  # a sentence for the user

    def __init__(self, controller: MixController, projects: ProjectController, parent: QObject) -> None:
        super().__init__(parent)
        self._controller, self._projects = controller, projects
        self._threads = IoThreads(self)
        self.queue = Queue()
        self.paused = False
        self.both_directions = False  # a run of the window is followed by the one in the other direction
        self.progress = ""  # of the entry that is being mixed
        self._running: _Running | None = None
        self._project_count = 0  # of the projects that were opened, to tell answers for an earlier one
        self._made = self._failures = 0  # since the queue was empty
        projects.opened.connect(self._open)
        controller.run_changed.connect(self._follow_run)

    # ---- state

    @property
    def running_key(self) -> str | None:
        """The key of the entry that is being mixed."""
        return None if self._running is None else self._running.key

    def state_of(self, entry: QueueEntry) -> str:
        """Return how far an entry is, in words."""
        if entry.key == self.running_key:
            return self.progress or "Starting…"
        if entry.error:
            return f"Failed: {entry.error}"
        return "Paused" if self.paused else "Waiting"

    # ---- the artist's changes

    def add_present(self) -> None:
        """Add a mix of what is shown: people, masks and settings."""
        recipe = self._controller.session.recipe()
        self.add([recipe, recipe.swapped] if self.both_directions else [recipe])

    def add(self, recipes: Sequence[Recipe], in_pairs: bool | None = None) -> None:
        """Add mixes. in_pairs: each two that follow one another are the two directions of one pair."""
        in_pairs = self.both_directions if in_pairs is None else in_pairs
        self._make_jobs(recipes, partial(self._take_jobs, in_pairs))

    def cancel(self, key: str) -> None:
        """Take an entry out; one that is being mixed ends, and its best picture so far becomes a run."""
        if self._running is not None and self._running.key == key:
            self._running.is_cancelled = True
            self._running.task.cancel()
        else:
            self._set(self.queue.without(key))

    def cancel_all(self) -> None:
        """Take all entries out: see cancel()."""
        key = self.running_key
        self._set(Queue(tuple(entry for entry in self.queue.entries if entry.key == key)))
        if key is not None:
            self.cancel(key)

    def move(self, key: str, by: int) -> None:
        """Move an entry down, or up if `by` is negative."""
        self._set(self.queue.moved(key, by))

    def reorder(self, keys: Sequence[str]) -> None:
        """Put the entries into the order of these keys."""
        self._set(self.queue.ordered(keys))

    def try_again(self, key: str) -> None:
        """Let an entry that failed wait again."""
        self._set(self.queue.failed(key, ""))
        self._continue()

    def set_paused(self, paused: bool) -> None:
        """Pause the queue, with the mix that is under way, or continue it."""
        self.paused = paused
        if self._running is not None:
            self._running.task.pause() if paused else self._running.task.resume()
        self.changed.emit()
        self._continue()

    def set_both_directions(self, both: bool) -> None:
        """Let each run of the window be followed by the one in the other direction, with its masks and settings."""
        self.both_directions = both
        self.changed.emit()

    def shut_down(self) -> None:
        """End all threads. What waits, or is under way, is in the project."""
        self._drop()
        self._threads.shut_down()

    # ---- internals

    def _make_jobs(self, recipes: Sequence[Recipe], take: partial[None]) -> None:
        """Check and freeze recipes in a thread, since the files of domains are read; then call `take` with the jobs."""
        library, project = self._controller.library, self._project_count

        def job() -> Generator[None, None, list[MixJob]]:
            sums, jobs = Checksums(library.folder), list[MixJob]()
            for recipe in recipes:
                yield
                jobs.append(make_job(0, recipe, library, sums.of))
            return jobs

        task = self._threads.submit(job)
        task.returned.connect(lambda jobs: take(jobs) if project == self._project_count else None)
        task.failed.connect(self.failed)

    def _take_jobs(self, in_pairs: bool, jobs: list[MixJob]) -> None:
        entries = [QueueEntry(job) for job in jobs]
        if in_pairs:
            partners = [jobs[i ^ 1] for i in range(len(jobs))]
            entries = [replace(e, other=job.key) for e, job in zip(entries, partners, strict=True)]
        self._add(entries)

    def _take_reverse(self, number: int, jobs: list[MixJob]) -> None:
        self._add([QueueEntry(job, other=number) for job in jobs], first=True)

    def _add(self, entries: Sequence[QueueEntry], first: bool = False) -> None:
        try:
            queue = self.queue.added(entries, first)
        except DdsError as error:
            self.failed.emit(str(error))
            return
        if queue == self.queue:
            self.failed.emit("This is in the queue already. The same settings give the same result.")
            return
        self._set(queue)
        self._continue()

    def _follow_run(self) -> None:
        """Let a run of the window that has ended by itself be followed by the other direction."""
        run = self._controller.run
        if not self.both_directions or run is None or run.state != "done" or run.opened_from:
            return
        is_new = run.number is None or run.number not in self._numbers()
        if run.best is not None and is_new and run.reverse_of is None:
            self._projects.recording.number_runs()
            if run.number is not None:
                self._make_jobs([run.recipe.swapped], partial(self._take_reverse, run.number))

    def _numbers(self) -> set[int]:
        return {run.summary.number for run in self._projects.project.runs}

    def _set(self, queue: Queue) -> None:
        if queue == self.queue:
            return
        self.queue = queue
        project = self._projects.project
        files = queue_files(queue, project.queue_files)
        self._projects.set_project(replace(project, queue_files=files))
        self.changed.emit()

    def _open(self, opened: OpenedProject) -> None:
        """Take the queue of a project that was opened."""
        self._drop()
        self._project_count += 1
        project, files = self._project_count, opened.project.queue_files
        self.queue, self._made, self._failures = Queue(), 0, 0
        self.paused = bool(files)
        self.changed.emit()

        def job() -> Generator[None, None, tuple[Queue, list[str]]]:
            yield
            return read_queue(files)

        def take(outcome: tuple[Queue, list[str]]) -> None:
            queue, problems = outcome
            if project == self._project_count:
                added, self.queue = self.queue.entries, queue
                self._set(queue.added(added))
                self.paused = queue.next is not None
                self.changed.emit()
                self._continue()
                for problem in problems:
                    self.failed.emit(problem)
                if waiting := sum(entry.waits for entry in self.queue.entries):
                    self.offered.emit(f"The queue of this project has {plural(waiting, 'run')} to do.")

        if files:
            task = self._threads.submit(job)
            task.returned.connect(take)
            task.failed.connect(self.failed)

    def _continue(self) -> None:
        """Mix the next entry, if nothing is under way."""
        entry = self.queue.next
        if self.paused or self._running is not None or entry is None:
            return
        task = self._controller.engine.submit(
            Channel.QUEUE, partial(queued_steps, self._controller.jobs, entry.job), share=SHARE
        )
        self._running, self.progress = _Running(entry.key, task), ""
        task.progressed.connect(self._show_progress)
        task.returned.connect(partial(self._take_result, entry.key))
        task.failed.connect(partial(self._fail, entry.key))
        task.ended.connect(self._end)
        self.changed.emit()

    def _show_progress(self, value: str | OptimizerStep) -> None:
        if isinstance(value, str):
            self.progress = value
        else:
            self.progress = f"Iteration {value.iteration} of {value.iterations}"
        self.progressed.emit()

    def _take_result(self, key: str, result: JobResult) -> None:
        entry = next(entry for entry in self.queue.entries if entry.key == key)
        record, queue = result.record, self.queue
        if record is not None:
            if isinstance(entry.other, int):
                record.run.reverse_of = entry.other
            number = self._projects.recording.add_run(record)
            queue = queue.linked(key, number)
        if result.error:
            self._failures += 1
            self._set(queue.failed(key, result.error))
        else:
            self._made += 1
            self._set(queue.without(key))

    def _fail(self, key: str, sentence: str) -> None:
        self._failures += 1
        self._set(self.queue.failed(key, sentence))

    def _end(self) -> None:
        running, self._running = self._running, None
        if running is not None and running.is_cancelled and running.key in self.queue:
            self._set(self.queue.without(running.key))
        if self.queue.next is None and (self._made or self._failures):
            sentence = f"The queue is done: {plural(self._made, 'run')}"
            sentence += f", and {self._failures} failed." if self._failures else "."
            self._made = self._failures = 0
            self.ended.emit(sentence)
        self.changed.emit()
        self._continue()

    def _drop(self) -> None:
        if self._running is not None:
            self._running.task.drop()
            self._running = None
