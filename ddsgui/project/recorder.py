"""The recording of a window's work in its journal. No widget and no thread in here."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ddsgui.editing.session_state import SessionState
from ddsgui.errors import DdsError
from ddsgui.export.bundle import RESULT, Picture, bundle_documents, bundle_pictures
from ddsgui.images import encode_png
from ddsgui.project.archive import Content, content_bytes
from ddsgui.project.frame_files import encode_frame
from ddsgui.project.frames import Frame
from ddsgui.project.journal import Journal, JournalContent
from ddsgui.project.journal_state import JournalInfo
from ddsgui.project.model_use import ModelUse
from ddsgui.project.project import Project
from ddsgui.project.project_file import project_contents
from ddsgui.project.project_run import ProjectRun
from ddsgui.project.run import Run
from ddsgui.project.run_encoding import FrameFiles, SizedContent, encode_run
from ddsgui.project.run_summary import now_text
from ddsgui.project.stored_session import (
    SESSION,
    SOURCE_MASK,
    TARGET_MASK,
    UNDO,
    encode_pair,
    session_document,
    undo_pieces,
)
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.sample import Sample


@dataclass(frozen=True, eq=False)
class RunRecord:
    """A run of the window for the disk: a copy that does not grow, and the pictures that it was made with."""

    run: Run
    crossover: Crossover  # of whole squares
    size: tuple[int, int]  # width and height of the visible part of the squares
    models: tuple[ModelUse, ...] = ()
    name: str = ""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Everything in a window at one moment."""

    project: Project
    session: SessionState
    shown_run: int | None = None  # the number of the run on the timeline
    models: tuple[ModelUse, ...] = ()  # the domains and parts in use
    runs: tuple[RunRecord, ...] = ()  # under way, or ended and not in `project` yet
    path: Path | None = None  # of the project's file
    base_next: int = 1  # the next number in the project's file
    unsaved: bool = False
    closed: bool = False
    change: int = 0  # the number of the newest change in it


@dataclass(frozen=True, eq=False)
class Recorded:
    """The outcome of recording a snapshot."""

    change: int
    runs: tuple[ProjectRun, ...] = ()  # that have ended, encoded
    error: str | None = None  # why it is not on the disk
    seconds: float = 0.0


@dataclass
class _Memory:
    """The contents that were encoded last, and what they were encoded from."""

    sample: Sample | None = None
    pair: dict[str, Content] = field(default_factory=dict[str, Content])
    masks: dict[str, tuple[np.ndarray, Content]] = field(
        default_factory=dict[str, tuple[np.ndarray, Content]]
    )
    undo: dict[int, tuple[np.ndarray, str]] = field(default_factory=dict[int, tuple[np.ndarray, str]])
    frames: dict[tuple[int, int], FrameFiles] = field(default_factory=dict[tuple[int, int], FrameFiles])


class Recorder:
    """Writes snapshots into a journal; without one it only encodes, and says why there is none. Use it from one thread.

    Nothing is encoded twice, so that a stroke costs its mask and its undo step, and an iteration its frame.
    """

    def __init__(self, journal: Journal | None, problem: str = "", earlier: Recorder | None = None) -> None:
        """problem: why there is no journal. earlier: a recorder that this one replaces, whose frames are copied."""
        self._journal, self._problem, self._earlier = journal, problem, earlier
        self._memory = _Memory()

    def record(self, snapshot: Snapshot) -> Recorded:
        """Encode what is new, and commit the snapshot. An error is returned, not raised: the runs are kept anyway."""
        began = time.perf_counter()
        ended = [record for record in snapshot.runs if not record.run.is_running]
        encoded = {record.run.number: self._encode_run(record) for record in snapshot.runs}
        error = None
        try:
            self._commit(snapshot, encoded.values())
        except DdsError as failure:
            error = str(failure)
        runs = tuple(encoded[record.run.number] for record in ended)
        for run in runs:
            self._forget_frames(run.summary.number)
        return Recorded(snapshot.change, runs, error, time.perf_counter() - began)

    def _commit(self, snapshot: Snapshot, runs: Iterable[ProjectRun]) -> None:
        if self._journal is None:
            raise DdsError(self._problem)
        project = snapshot.project
        for run in runs:
            project = project.with_numbered_run(run)
        project = replace(project, session_files=self._session_files(snapshot))
        info = JournalInfo(
            path=None if snapshot.path is None else str(snapshot.path),
            unsaved=snapshot.unsaved,
            closed=snapshot.closed,
            started=self._journal.info.started or now_text(),
            base_next=snapshot.base_next,
        )
        self._journal.commit(project_contents(project), info)

    # ---- runs

    def _encode_run(self, record: RunRecord) -> ProjectRun:
        run = record.run
        result = None if run.best is None else Picture(run.best.image, run.recipe, run.latent)
        pictures = bundle_pictures(record.crossover, record.size, None)
        if result is not None:
            pictures[RESULT] = result  # already without bars
        files = {name: picture.encode() for name, picture in pictures.items()}
        files |= bundle_documents(run.recipe, run.latent)
        encoded = encode_run(
            run, files, record.models, name=record.name, encode=lambda frame: self._encode_frame(run, frame)
        )
        return replace(encoded, contents={name: self._kept(c) for name, c in encoded.contents.items()})

    def _encode_frame(self, run: Run, frame: Frame) -> FrameFiles:
        key = run.number or 0, frame.iteration
        if key not in self._memory.frames:
            known = {} if self._earlier is None else self._earlier._memory.frames.get(key, {})
            files = {name: content_bytes(c) for name, c in known.items()} or encode_frame(frame)
            self._memory.frames[key] = {name: self._stored(content) for name, content in files.items()}
        return self._memory.frames[key]

    def _forget_frames(self, number: int) -> None:
        self._memory.frames = {key: files for key, files in self._memory.frames.items() if key[0] != number}

    def _kept(self, content: Content) -> Content:
        return self._stored(content) if isinstance(content, bytes) else content

    def _stored(self, content: bytes) -> bytes | SizedContent:
        """Return a content that lies in the journal, or the bytes themselves if they cannot be written."""
        if self._journal is None:
            return content
        try:
            return self._journal.store(content)
        except DdsError:
            return content

    # ---- the session

    def _session_files(self, snapshot: Snapshot) -> dict[str, Content]:
        state, memory = snapshot.session, self._memory
        files: dict[str, Content] = {SESSION: session_document(state, snapshot.shown_run, snapshot.models)}
        if state.sample is not None:
            if memory.sample is not state.sample:
                memory.sample, memory.pair = state.sample, encode_pair(state.sample)
                memory.pair = {name: self._kept(content) for name, content in memory.pair.items()}
            files |= memory.pair
        for name, mask in ((SOURCE_MASK, state.source_mask), (TARGET_MASK, state.target_mask)):
            if mask is not None:
                files[name] = self._mask(name, mask)
        if state.done or state.undone:
            files[UNDO] = self._undo(state)
        return files

    def _mask(self, name: str, mask: np.ndarray) -> Content:
        last, content = self._memory.masks.get(name, (None, b""))
        if last is None or not np.array_equal(last, mask):
            content = self._kept(encode_png(mask))
            self._memory.masks[name] = mask, content
        return content

    def _undo(self, state: SessionState) -> JournalContent:
        """Return the pixels of all undo steps; those of earlier steps are in the journal already.

        The arrays never change, so that each is known by its identity for as long as it is kept here.
        """
        assert self._journal is not None
        known, pieces = self._memory.undo, undo_pieces(state)
        self._memory.undo = {
            id(piece): known.get(id(piece))
            or (piece, self._journal.store_piece(piece.tobytes(), deflate=True))
            for piece in pieces
        }
        return self._journal.content(tuple(self._memory.undo[id(piece)][1] for piece in pieces))
