"""Undo and redo of what was painted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ddsgui.editing.mask import Mask, Rect

MAX_BYTES = 64 * 2**20  # bytes of pixels kept


@dataclass(frozen=True, eq=False)
class MaskEdit:
    """One undo step: the rectangle of one mask that changed, before and after.

    It names the mask itself and not its role, so that it holds when source and target are swapped.
    """

    mask: Mask
    rect: Rect
    before: np.ndarray  # uint8 [h, w]
    after: np.ndarray  # uint8 [h, w]

    @classmethod
    def between(cls, mask: Mask, before: np.ndarray, dirty: Rect) -> MaskEdit | None:
        """The step from `before` (the whole mask, uint8 [H, W]) to the mask as it is; None if they are alike.

        Only the pixels within `dirty` are looked at, only the rectangle around those that differ is kept.
        """
        changed = before[dirty.slices] != mask.array[dirty.slices]
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        if not rows.size:
            return None
        x, y = dirty.x + int(columns[0]), dirty.y + int(rows[0])
        rect = Rect(x, y, int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)
        return cls(mask, rect, before[rect.slices].copy(), mask.array[rect.slices].copy())

    @property
    def nbytes(self) -> int:
        return self.before.nbytes + self.after.nbytes

    def undo(self) -> None:
        self.mask.array[self.rect.slices] = self.before

    def redo(self) -> None:
        self.mask.array[self.rect.slices] = self.after


class UndoStack:
    """Steps done and undone. The oldest are forgotten beyond `memory` bytes, the newest never."""

    def __init__(self, memory: int = MAX_BYTES) -> None:
        self._memory = memory
        self._done: list[MaskEdit] = []
        self._undone: list[MaskEdit] = []
        self._gesture: _Gesture | None = None

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    def push(self, step: MaskEdit) -> None:
        """Add a step that is done already."""
        self._undone.clear()
        self._done.append(step)
        size = sum(s.nbytes for s in self._done)
        while size > self._memory and len(self._done) > 1:
            size -= self._done.pop(0).nbytes

    def undo(self) -> MaskEdit | None:
        """Take back the newest step and return it; None if there is none."""
        if not self._done:
            return None
        step = self._done.pop()
        step.undo()
        self._undone.append(step)
        return step

    def redo(self) -> MaskEdit | None:
        """Do again the step that was undone last and return it; None if there is none."""
        if not self._undone:
            return None
        step = self._undone.pop()
        step.redo()
        self._done.append(step)
        return step

    def clear(self) -> None:
        self._done.clear()
        self._undone.clear()
        self._gesture = None

    @property
    def gesture_mask(self) -> Mask | None:
        """The mask that is being painted, if one is."""
        return self._gesture.mask if self._gesture else None

    def begin(self, mask: Mask) -> None:
        """From here to commit() or abort() all changes of `mask` are one step."""
        self._gesture = _Gesture(mask, mask.array.copy())

    def touch(self, rect: Rect) -> None:
        """Tell which pixels changed within the gesture."""
        if self._gesture:
            self._gesture.dirty = rect.united(self._gesture.dirty)

    def commit(self) -> MaskEdit | None:
        """End the gesture; its step, None if nothing changed."""
        gesture, self._gesture = self._gesture, None
        if gesture is None or gesture.dirty is None:
            return None
        step = MaskEdit.between(gesture.mask, gesture.before, gesture.dirty)
        if step:
            self.push(step)
        return step

    def abort(self) -> Rect | None:
        """End the gesture and put everything back; the rectangle that was touched."""
        gesture, self._gesture = self._gesture, None
        if gesture is None or gesture.dirty is None:
            return None
        gesture.mask.array[gesture.dirty.slices] = gesture.before[gesture.dirty.slices]
        return gesture.dirty


@dataclass
class _Gesture:
    mask: Mask
    before: np.ndarray  # uint8 [H, W]
    dirty: Rect | None = None
