from __future__ import annotations

import numpy as np

from ddsgui.editing.history import MaskEdit, UndoStack
from ddsgui.editing.mask import Coverage, Mask, Stroke
from ddsgui.rect import Rect


def extend(stack: UndoStack, x: float, y: float, radius: float) -> None:
    """Let the current gesture cover a disc."""
    assert stack.gesture is not None
    covered = Mask(np.zeros_like(stack.gesture.befores[0]))
    rect = covered.draw(Stroke(((x, y, radius),)))
    if rect:
        stack.gesture.preview(Coverage(rect, covered.array[rect.slices]), rect)


def paint(stack: UndoStack, mask: Mask, x: float, y: float, radius: float = 4.0) -> tuple[MaskEdit, ...]:
    stack.begin("brush stroke", mask)
    extend(stack, x, y, radius)
    return stack.commit()


def blank() -> Mask:
    return Mask(np.zeros((64, 64), np.uint8))


def test_undo_and_redo_walk_through_the_states() -> None:
    stack, mask = UndoStack(), blank()
    states = [mask.array.copy()]
    for x in (10.0, 13.0, 40.0):
        paint(stack, mask, x, 20.0)
        states.append(mask.array.copy())
    for state in reversed(states[:-1]):
        stack.undo()
        assert np.array_equal(mask.array, state)
    assert not stack.undo()
    assert not stack.can_undo
    for state in states[1:]:
        stack.redo()
        assert np.array_equal(mask.array, state)
    assert not stack.redo()
    assert not stack.can_redo


def test_a_step_keeps_only_what_changed() -> None:
    stack, mask = UndoStack(), blank()
    (step,) = paint(stack, mask, 20.0, 30.0, radius=3.0)
    assert step.rect == Rect(17, 27, 6, 6)
    assert step.nbytes == 2 * 36


def test_a_gesture_that_changes_nothing_adds_no_step() -> None:
    stack, mask = UndoStack(), blank()
    paint(stack, mask, 20.0, 30.0)
    stack.undo()
    stack.redo()
    assert not paint(stack, mask, 20.0, 30.0)
    assert not paint(stack, mask, -500.0, 30.0)
    stack.undo()
    assert not stack.can_undo
    assert not mask.array.any()


def test_a_new_step_discards_undone_steps() -> None:
    stack, mask = UndoStack(), blank()
    paint(stack, mask, 10.0, 10.0)
    stack.undo()
    paint(stack, mask, 50.0, 50.0)
    assert not stack.can_redo


def test_abort_restores_the_mask_and_leaves_no_step() -> None:
    stack, mask = UndoStack(), blank()
    paint(stack, mask, 10.0, 10.0)
    before = mask.array.copy()
    stack.begin("brush stroke", mask)
    for x in (12.0, 30.0, 60.0):
        extend(stack, x, 12.0, 5.0)
    assert stack.abort() == Rect(6, 6, 58, 12)
    assert np.array_equal(mask.array, before)
    assert not stack.commit()
    stack.undo()
    assert not mask.array.any()


def test_memory_is_bounded_and_the_newest_step_stays() -> None:
    mask = blank()
    stack = UndoStack(max_bytes=300)
    for x in (10.0, 25.0, 40.0, 55.0):
        paint(stack, mask, x, 20.0, radius=3.0)  # 72 bytes and more each
    paint(stack, mask, 32.0, 32.0, radius=40.0)  # more than all the memory
    stack.undo()
    assert mask.array.any()
    assert not stack.can_undo


def test_steps_have_names() -> None:
    stack, mask = UndoStack(), blank()
    assert (stack.undo_label, stack.redo_label) == ("", "")
    for label, x in (("brush stroke", 10.0), ("lasso", 40.0)):
        stack.begin(label, mask)
        extend(stack, x, 10.0, 4.0)
        stack.commit()
    assert (stack.undo_label, stack.redo_label) == ("lasso", "")
    stack.undo()
    assert (stack.undo_label, stack.redo_label) == ("brush stroke", "lasso")


def test_a_preview_that_shrinks_leaves_nothing_behind() -> None:
    """Shapes are drawn from corner to corner and may become smaller again."""
    stack, mask = UndoStack(), blank()
    mask.array[30, 30] = 255
    stack.begin("ellipse", mask)
    assert stack.gesture is not None
    large, small = Rect(10, 10, 40, 40), Rect(12, 12, 5, 5)
    for rect in (large, small):
        coverage = Coverage(rect, np.full((rect.h, rect.w), 200, np.uint8))
        assert stack.gesture.preview(coverage, large) == large
        assert stack.gesture.preview(coverage, large) is None, "nothing new"
    (step,) = stack.commit()
    assert step.rect == small
    assert mask.array[30, 30] == 255 and not mask.array[40:, 40:].any()


def test_old_steps_are_dropped_whole_and_the_newest_stays_whole() -> None:
    masks = blank(), blank()
    stack = UndoStack(max_bytes=300)
    for x in (10.0, 40.0):
        stack.begin("brush stroke", *masks)
        extend(stack, x, 20.0, 4.0)  # 128 bytes for each mask
        assert [edit.joined for edit in stack.commit()] == [False, True]
    assert len(stack.undo()) == 2 and not stack.can_undo
    assert masks[0].array.any() and np.array_equal(masks[0].array, masks[1].array)
