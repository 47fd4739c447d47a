"""Undo and redo of mask edits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ddsgui.editing.mask import Coverage, Mask
from ddsgui.rect import Rect

MAX_BYTES = 64 * 2**20  # of the pixels in the undo steps


@dataclass(frozen=True, eq=False)
class MaskEdit:
    """One undo step: the rectangle of one mask that changed, before and after.

    It refers to the mask itself, not to its role, so that it stays valid when source and target are swapped.
    """

    label: str  # completes "Undo …": "brush stroke"
    mask: Mask
    rect: Rect
    before: np.ndarray  # uint8 [h, w]
    after: np.ndarray  # uint8 [h, w]

    @classmethod
    def between(cls, label: str, mask: Mask, before: np.ndarray, dirty: Rect) -> MaskEdit | None:
        """Return the step from `before` (the whole mask, uint8 [H, W]) to the mask as it is; None if they are equal.

        Only the pixels within `dirty` are compared, and only the rectangle around those that differ is stored.
        """
        changed = before[dirty.slices] != mask.array[dirty.slices]
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        if not rows.size:
            return None
        x, y = dirty.x + int(columns[0]), dirty.y + int(rows[0])
        rect = Rect(x, y, int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)
        return cls(label, mask, rect, before[rect.slices].copy(), mask.array[rect.slices].copy())

    @property
    def nbytes(self) -> int:
        return self.before.nbytes + self.after.nbytes

    def undo(self) -> None:
        self.mask.array[self.rect.slices] = self.before

    def redo(self) -> None:
        self.mask.array[self.rect.slices] = self.after


@dataclass(eq=False)
class Gesture:
    """A gesture that has not ended yet and will become an undo step."""

    label: str
    mask: Mask
    before: np.ndarray  # uint8 [H, W]
    dirty: Rect | None = None  # holds all pixels that have changed so far

    def preview(self, coverage: Coverage, rect: Rect) -> Rect | None:
        """Draw the coverage within `rect` in place of the earlier one. Return the changed rectangle, if any."""
        height, width = self.before.shape
        visible = rect.intersected(Rect(0, 0, width, height))
        if visible is None:
            return None
        part = coverage.drawn_on(self.before, visible)
        if np.array_equal(part, self.mask.array[visible.slices]):
            return None
        self.mask.array[visible.slices] = part
        self.dirty = visible.united(self.dirty)
        return visible


class UndoStack:
    """The steps that are done and undone. Beyond `max_bytes` the oldest are dropped, but never the newest."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._done: list[MaskEdit] = []
        self._undone: list[MaskEdit] = []
        self._gesture: Gesture | None = None

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    @property
    def undo_label(self) -> str:
        """The label of the step that undo() would undo; "" if there is none."""
        return self._done[-1].label if self._done else ""

    @property
    def redo_label(self) -> str:
        """The label of the step that redo() would redo; "" if there is none."""
        return self._undone[-1].label if self._undone else ""

    def push(self, step: MaskEdit) -> None:
        """Add a step that is already done."""
        self._undone.clear()
        self._done.append(step)
        size = sum(s.nbytes for s in self._done)
        while size > self._max_bytes and len(self._done) > 1:
            size -= self._done.pop(0).nbytes

    def undo(self) -> MaskEdit | None:
        """Undo the newest step and return it; None if there is none."""
        if not self._done:
            return None
        step = self._done.pop()
        step.undo()
        self._undone.append(step)
        return step

    def redo(self) -> MaskEdit | None:
        """Redo the step that was undone last and return it; None if there is none."""
        if not self._undone:
            return None
        step = self._undone.pop()
        step.redo()
        self._done.append(step)
        return step

    def steps(self) -> tuple[tuple[MaskEdit, ...], tuple[MaskEdit, ...]]:
        """Return the steps that undo() would undo and those that redo() would redo, the next of each last."""
        return tuple(self._done), tuple(self._undone)

    def restore(self, done: Iterable[MaskEdit], undone: Iterable[MaskEdit]) -> None:
        """Replace the history by what steps() returned."""
        self.clear()
        self._done.extend(done)
        self._undone.extend(undone)

    def clear(self) -> None:
        self._done.clear()
        self._undone.clear()
        self._gesture = None

    @property
    def gesture(self) -> Gesture | None:
        """The gesture that has not ended yet, if there is one."""
        return self._gesture

    def begin(self, label: str, mask: Mask) -> None:
        """Start a gesture: all changes to `mask` until commit() or abort() are one step."""
        self._gesture = Gesture(label, mask, mask.array.copy())

    def commit(self) -> MaskEdit | None:
        """End the gesture and return its step, None if nothing changed."""
        gesture, self._gesture = self._gesture, None
        if gesture is None or gesture.dirty is None:
            return None
        step = MaskEdit.between(gesture.label, gesture.mask, gesture.before, gesture.dirty)
        if step:
            self.push(step)
        return step

    def abort(self) -> Rect | None:
        """End the gesture, restore the mask and return the restored rectangle."""
        gesture, self._gesture = self._gesture, None
        if gesture is None or gesture.dirty is None:
            return None
        gesture.mask.array[gesture.dirty.slices] = gesture.before[gesture.dirty.slices]
        return gesture.dirty
