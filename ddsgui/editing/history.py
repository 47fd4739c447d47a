"""Undo and redo of mask edits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

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
    joined: bool = False  # whether it is undone and redone together with the step before it

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
    masks: tuple[Mask, ...]  # all that it draws on, the one under the pointer first
    befores: tuple[np.ndarray, ...]  # of each mask, uint8 [H, W]
    dirty: Rect | None = None  # holds all pixels that have changed so far

    def preview(self, coverage: Coverage, rect: Rect) -> Rect | None:
        """Draw the coverage within `rect` in place of the earlier one. Return the changed rectangle, if any."""
        height, width = self.befores[0].shape
        visible = rect.intersected(Rect(0, 0, width, height))
        if visible is None:
            return None
        changed = False
        for mask, before in zip(self.masks, self.befores, strict=True):
            part = coverage.drawn_on(before, visible)
            if not np.array_equal(part, mask.array[visible.slices]):
                mask.array[visible.slices] = part
                changed = True
        if not changed:
            return None
        self.dirty = visible.united(self.dirty)
        return visible

    def edits(self) -> tuple[MaskEdit, ...]:
        """Return the changes of all masks so far, which are undone together."""
        if self.dirty is None:
            return ()
        pairs = zip(self.masks, self.befores, strict=True)
        return joined(MaskEdit.between(self.label, mask, before, self.dirty) for mask, before in pairs)


def joined(edits: Iterable[MaskEdit | None]) -> tuple[MaskEdit, ...]:
    """Return those edits that changed something as one step."""
    changes = [edit for edit in edits if edit is not None]
    return tuple(replace(edit, joined=i > 0) for i, edit in enumerate(changes))


class UndoStack:
    """The steps that are done and undone. Beyond `max_bytes` the oldest are dropped, but never the newest.

    A step may consist of several edits, of which all but the first are joined to the one before.
    """

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

    def push(self, step: tuple[MaskEdit, ...]) -> None:
        """Add a step that is already done."""
        self._undone.clear()
        self._done.extend(step)
        size = sum(edit.nbytes for edit in self._done)
        while len(self._done) > len(step) and (size > self._max_bytes or self._done[0].joined):
            size -= self._done.pop(0).nbytes

    def undo(self) -> tuple[MaskEdit, ...]:
        """Undo the newest step and return its edits, the first one first; () if there is none."""
        edits: list[MaskEdit] = []
        while self._done:
            edit = self._done.pop()
            edit.undo()
            self._undone.append(edit)
            edits.insert(0, edit)
            if not edit.joined:
                break
        return tuple(edits)

    def redo(self) -> tuple[MaskEdit, ...]:
        """Redo the step that was undone last and return its edits, the first one first; () if there is none."""
        edits: list[MaskEdit] = []
        while self._undone and (not edits or self._undone[-1].joined):
            edit = self._undone.pop()
            edit.redo()
            self._done.append(edit)
            edits.append(edit)
        return tuple(edits)

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

    def begin(self, label: str, *masks: Mask) -> None:
        """Start a gesture: all changes to these masks until commit() or abort() are one step."""
        self._gesture = Gesture(label, masks, tuple(mask.array.copy() for mask in masks))

    def commit(self) -> tuple[MaskEdit, ...]:
        """End the gesture and return the edits of its step, () if nothing changed."""
        gesture, self._gesture = self._gesture, None
        step = () if gesture is None else gesture.edits()
        if step:
            self.push(step)
        return step

    def abort(self) -> Rect | None:
        """End the gesture, restore the masks and return the restored rectangle."""
        gesture, self._gesture = self._gesture, None
        if gesture is None or gesture.dirty is None:
            return None
        for mask, before in zip(gesture.masks, gesture.befores, strict=True):
            mask.array[gesture.dirty.slices] = before[gesture.dirty.slices]
        return gesture.dirty
