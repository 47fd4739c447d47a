"""The state of the artist's work: two pictures, two masks, the settings, and the undo history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np

from ddsgui.editing.history import MaskEdit, UndoStack, joined
from ddsgui.editing.mask import Coverage, Mask, Stroke
from ddsgui.editing.recipe import MaskPair, Recipe
from ddsgui.editing.session_state import MaskStep, Role, SessionState
from ddsgui.errors import ImageError, ProjectError
from ddsgui.rect import Rect
from ddsgui.synthesis.blend_settings import BlendPart, BlendSettings, split_parts
from ddsgui.synthesis.crossover import Crossover, compose
from ddsgui.synthesis.latents import LatentSource, Seed
from ddsgui.synthesis.sample import Sample
from ddsgui.synthesis.settings import OptimizerSettings, RunUpdate

NO_SAMPLE = "There are no pictures yet. Choose a seed first."


class Session:
    """The state behind the window. It has no widgets and no threads; use it from one thread.

    Some domains draw bars around their pictures to fill a square. The artist sees and paints the pictures without
    bars: `sample`, the masks and the crossover picture. The optimiser and the recipes get the whole squares, with the
    masks in place: crossover(), run_update() and recipe().
    """

    def __init__(self, settings: OptimizerSettings | None = None) -> None:
        self.settings = settings or OptimizerSettings()
        self.blend = BlendSettings()  # of all parts but those in `part_blends`
        self.part_blends: dict[str, BlendSettings] = {}  # by part, as the command line writes it
        self.source_domain = ""
        self.target_domain = ""
        self.part = ""  # of both pictures, or of the source only
        self.target_part: str | None = None  # None: `part` is used for both
        self.latent: LatentSource = Seed(0)
        self.target_latent: LatentSource | None = None  # None: both pictures come from `latent`
        self.linked = False  # whether what is painted on one mask is painted on the other too
        # Of pictures and masks: a change gives a new one, undo returns to the one before. Fixed during a gesture.
        self.revision = 0
        self._newest_revision = 0
        self._revisions: WeakKeyDictionary[MaskEdit, tuple[int, int]] = WeakKeyDictionary()  # before, after
        self._square: Sample | None = None  # the pair as the generators drew it
        self._masks: dict[Role, Mask] = {}
        self._crossover_image = np.zeros((0, 0, 3), np.uint8)
        self._history = UndoStack()

    def load(self, sample: Sample) -> None:
        """Replace the pictures and their masks, all of whole squares, and clear the history.

        Raises ImageError if sizes differ.
        """
        sizes = {a.shape[:2] for a in (sample.source, sample.target, sample.source_mask, sample.target_mask)}
        if len(sizes) != 1:
            raise ImageError("The pictures and masks of the two domains differ in size and cannot be mixed.")
        seen = sample.visible
        masks: dict[Role, Mask] = {"source": Mask(seen.source_mask), "target": Mask(seen.target_mask)}
        self._history.clear()
        self._square, self._masks = sample, masks
        self.latent, self.target_latent = sample.latent, sample.target_latent
        self._crossover_image = np.empty_like(seen.source)
        self._changed(self._whole)

    # ---- painting: one gesture, one undo step

    def begin(self, role: Role, label: str) -> None:
        """Start a gesture on the mask of `role`, or on both if they are linked; does nothing before load().

        `label` names its undo step.
        """
        self.commit()
        if self.sample is not None:
            self._history.begin(label, *(self._masks[each] for each in self.painted_roles(role)))

    def preview(self, role: Role, coverage: Coverage, rect: Rect) -> Rect | None:
        """Show the gesture's coverage so far within `rect`, in place of the earlier one.

        Return the rectangle that changed; None if nothing changed or if `role` has no gesture.
        """
        gesture = self._history.gesture
        if gesture is None or gesture.masks[0] is not self._masks[role]:
            return None
        changed = gesture.preview(coverage, rect)
        if changed is not None:
            self._recompose(changed)
        return changed

    def commit(self) -> bool:
        """End the gesture; return True if it changed the mask, and so the revision."""
        step = self._history.commit()
        if not step:
            return False
        self._advance(step[0])
        return True

    def abort(self) -> Rect | None:
        """End the gesture and restore the mask. Return the rectangle that was restored."""
        rect = self._history.abort()
        if rect:
            self._recompose(rect)
        return rect

    def apply(self, role: Role, coverage: Coverage, label: str) -> Rect | None:
        """Draw a coverage as one undo step. Return the rectangle that changed."""
        self.begin(role, label)
        rect = self.preview(role, coverage, coverage.rect)
        self.commit()
        return rect

    def paint(self, role: Role, stroke: Stroke, label: str = "brush stroke") -> Rect | None:
        """Draw a whole stroke as one undo step. Return the rectangle that changed."""
        covered = Mask(np.zeros_like(self.mask(role)))
        rect = covered.draw(Stroke(stroke.points))
        if rect is None:
            return None
        return self.apply(role, Coverage(rect, covered.array[rect.slices], stroke.value), label)

    # ---- whole-mask steps

    def set_mask(self, role: Role, array: np.ndarray, label: str = "new mask") -> Rect | None:
        """Replace a mask (uint8 [H, W]) as one undo step. Return the rectangle that changed.

        The mask is of the visible picture or of the whole square. Raises ImageError if it has another size.
        """
        return self.set_masks({role: array}, label)

    def set_masks(self, arrays: Mapping[Role, np.ndarray], label: str = "new mask") -> Rect | None:
        """Replace one mask or both as one undo step: see set_mask()."""
        square = self._require_square()
        new: dict[Role, np.ndarray] = {r: self._fitting(array, square) for r, array in arrays.items()}
        self.commit()
        edits: list[MaskEdit | None] = []
        for role, array in new.items():
            mask = self._masks[role]
            before, mask.array = mask.array, array
            edits.append(MaskEdit.between(label, mask, before, self._whole))
        step = joined(edits)
        if not step:
            return None
        self._history.push(step)
        rect = _united(step)
        self._recompose(rect)
        self._advance(step[0])
        return rect

    def painted_roles(self, role: Role) -> tuple[Role, ...]:
        """Return the masks that painting on `role` changes: that one first, and the other too if they are linked."""
        if not self.linked:
            return (role,)
        return (role, "target" if role == "source" else "source")

    def fill(self, role: Role) -> Rect | None:
        """Fill a mask, or both if they are linked."""
        return self.set_masks(
            {each: np.full_like(self.mask(each), 255) for each in self.painted_roles(role)}, "fill mask"
        )

    def clear(self, role: Role) -> Rect | None:
        """Clear a mask, or both if they are linked."""
        return self.set_masks(
            {each: np.zeros_like(self.mask(each)) for each in self.painted_roles(role)}, "clear mask"
        )

    def invert(self, role: Role) -> Rect | None:
        """Invert a mask, or both if they are linked."""
        return self.set_masks(
            {each: 255 - self.mask(each) for each in self.painted_roles(role)}, "invert mask"
        )

    def restore_masks(self, role: Role) -> Rect | None:
        """Restore the mask that the part predicted, or both if they are linked."""
        sample = self._require_square().visible
        predicted: dict[Role, np.ndarray] = {"source": sample.source_mask, "target": sample.target_mask}
        return self.set_masks(
            {each: predicted[each] for each in self.painted_roles(role)}, "mask of the part"
        )

    @property
    def has_masks(self) -> bool:
        """False if there is nothing to carry over: before load(), or while both masks are empty."""
        return any(mask.array.any() for mask in self._masks.values())

    # ---- history

    @property
    def is_painting(self) -> bool:
        """True during a gesture."""
        return self._history.gesture is not None

    @property
    def can_undo(self) -> bool:
        return self._history.can_undo or self._history.gesture is not None

    @property
    def can_redo(self) -> bool:
        return self._history.can_redo and self._history.gesture is None

    @property
    def undo_label(self) -> str:
        """The label of the step that undo() would undo, "brush stroke"; "" if there is none."""
        gesture = self._history.gesture
        return gesture.label if gesture is not None else self._history.undo_label

    @property
    def redo_label(self) -> str:
        """The label of the step that redo() would redo; "" if there is none."""
        return self._history.redo_label if self.can_redo else ""

    def undo(self) -> Rect | None:
        """Undo the newest step, or the gesture that has not ended. Return the rectangle that changed."""
        if self._history.gesture is not None:
            return self.abort()
        step = self._history.undo()
        return self._restored(step, 0) if step else None

    def redo(self) -> Rect | None:
        """Redo the step that was undone last. Return the rectangle that changed."""
        step = self._history.redo() if self._history.gesture is None else ()
        return self._restored(step, 1) if step else None

    # ---- read by others

    @property
    def sample(self) -> Sample | None:
        """The pair as the artist sees it: without bars."""
        return None if self._square is None else self._square.visible

    @property
    def square(self) -> Sample | None:
        """The pair as the generators drew it: with bars."""
        return self._square

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that a live blend may draw with settings of their own; () if there are fewer than two."""
        return () if self._square is None or self._square.owners is None else self._square.part_names

    @property
    def blends(self) -> tuple[BlendSettings, ...]:
        """The settings of a live blend: one for everything, or one for each of `parts`."""
        settings = tuple(self.part_blends.get(part, self.blend) for part in self.parts)
        return settings if len(set(settings)) > 1 else settings[:1] or (self.blend,)

    def blend_parts(self) -> tuple[BlendPart, ...]:
        """Return frozen copies of the masks, in their squares, with their settings in a live blend.

        Where parts differ in their settings, a pixel that was painted by hand belongs to the nearest of them.
        """
        square = self._require_square()
        return split_parts(self.square_mask("source"), self.square_mask("target"), self.blends, square.owners)

    def take_blends(self, settings: Sequence[BlendSettings]) -> None:
        """Use the settings of a recipe: one for everything or one for each of `parts`; () changes nothing."""
        if settings:
            self.set_blend(settings[0])
        if len(settings) == len(self.parts):
            self.part_blends = dict(zip(self.parts, settings, strict=True))

    def set_blend(self, settings: BlendSettings, part: str | None = None) -> None:
        """Choose the settings of a part in a live blend, or of all parts alike."""
        if part is None:
            self.blend = settings
            self.part_blends.clear()
        else:
            self.part_blends[part] = settings

    def mask(self, role: Role) -> np.ndarray:
        """Return the current mask, uint8 [H, W], not a copy, only to read. Raises ProjectError before load()."""
        self._require_square()
        return self._masks[role].array

    def square_mask(self, role: Role) -> np.ndarray:
        """Return a copy of the mask in the whole square, uint8 [R, R]. Raises ProjectError before load()."""
        square = self._require_square()
        # Around the picture, where nobody paints, it is as the segmenter predicted it.
        part_mask = square.source_mask if role == "source" else square.target_mask
        return square.paste(self._masks[role].array, part_mask)

    @property
    def crossover_image(self) -> np.ndarray:
        """The current x_c, uint8 [H, W, 3], not a copy, only to read. Raises ProjectError before load()."""
        self._require_square()
        return self._crossover_image

    def crossover(self) -> Crossover:
        """Return a frozen copy of the whole squares for other threads."""
        square = self._require_square()
        masks = self.square_mask("source"), self.square_mask("target")
        return Crossover(square.source, square.target, *masks, self.revision)

    def run_update(self) -> RunUpdate:
        """Return the current values of everything that may change while the optimiser runs."""
        return RunUpdate(self.crossover(), self.settings.weights, self.settings.learning_rate)

    def cut(self, picture: np.ndarray) -> np.ndarray:
        """Return the visible part of a picture or mask of the whole square. Raises ProjectError before load()."""
        return self._require_square().crop_to_visible(picture)

    @property
    def mismatch(self) -> str | None:
        """The sentence that says why these domains cannot be searched with these settings; None if they can."""
        return (
            None if self._square is None or not self.settings.uses_source_generator else self._square.mismatch
        )

    @property
    def hand_painted(self) -> bool:
        """True if a mask differs from the segmenter's prediction."""
        sample = self._require_square().visible
        return not (
            np.array_equal(self._masks["source"].array, sample.source_mask)
            and np.array_equal(self._masks["target"].array, sample.target_mask)
        )

    @property
    def run_settings(self) -> OptimizerSettings:
        """The settings of a run that starts now: those of the search, or of the live blend for its preset."""
        return replace(self.settings, live=self.blends) if self.settings.live else self.settings

    def recipe(self, settings: OptimizerSettings | None = None) -> Recipe:
        """Return all that is needed to restore this state.

        It has masks, of whole squares, only if they are painted by hand or cannot be found again by its parts, or if
        parts are blended live with settings of their own.
        settings: of another run than one that starts now.
        """
        square = self._require_square()
        settings = self.run_settings if settings is None else settings
        masks, part_masks = None, ()
        if len(settings.live) > 1:
            pairs = ((part.source_mask, part.target_mask) for part in self.blend_parts())
            part_masks = tuple(MaskPair.encode(*pair) for pair in pairs)
        elif self.hand_painted or square.lacks_parts:
            masks = MaskPair.encode(self.square_mask("source"), self.square_mask("target"))
        return Recipe(
            source=self.source_domain,
            target=self.target_domain,
            part=self.part,
            target_part=self.target_part,
            latent=square.latent,
            target_latent=square.target_latent,
            settings=replace(settings, truncation=square.truncation).as_dict(),
            masks=masks,
            part_masks=part_masks,
        )

    def state(self) -> SessionState:
        """Return copies of everything that restore() needs. A gesture that has not ended is not part of it."""
        recipe = Recipe(
            source=self.source_domain,
            target=self.target_domain,
            part=self.part,
            latent=self.latent,
            target_latent=self.target_latent,
            settings=self.settings.as_dict(),
            target_part=self.target_part,
        )
        if self._square is None:
            return SessionState(recipe, self.blend, dict(self.part_blends), linked=self.linked)
        masks = {role: mask.array.copy() for role, mask in self._masks.items()}
        if (gesture := self._history.gesture) is not None:
            befores = dict(zip(map(id, gesture.masks), gesture.befores, strict=True))
            masks |= {r: befores[id(m)].copy() for r, m in self._masks.items() if id(m) in befores}
        done, undone = (tuple(map(self._plain_step, steps)) for steps in self._history.steps())
        return SessionState(
            recipe,
            self.blend,
            dict(self.part_blends),
            self._square,
            masks["source"],
            masks["target"],
            done,
            undone,
            self.linked,
        )

    def restore(self, state: SessionState) -> None:
        """Restore what state() returned, with its history. Raises OptimizerError if its settings are not valid.

        Without pictures in it, only domains, parts, latents and settings are restored; the pictures are to be drawn.
        """
        recipe, sample = state.recipe, state.sample
        settings = OptimizerSettings.from_dict(recipe.settings)
        if sample is not None:
            self.load(sample)
            masks: dict[Role, np.ndarray | None] = {"source": state.source_mask, "target": state.target_mask}
            for role, array in masks.items():
                if array is not None:
                    self._masks[role].array[:] = array
            done, undone = ([self._edit(step) for step in steps] for steps in (state.done, state.undone))
            self._history.restore(done, undone)
            self._changed(self._whole)
        self.settings, self.blend, self.part_blends = settings, state.blend, dict(state.part_blends)
        self.source_domain, self.target_domain = recipe.source, recipe.target
        self.part, self.target_part = recipe.part, recipe.target_part
        self.latent, self.target_latent = recipe.latent, recipe.target_latent
        self.linked = state.linked

    def swap(self) -> None:
        """Swap source and target: pictures, masks, domains, seeds. Earlier steps can still be undone."""
        self.commit()
        self.source_domain, self.target_domain = self.target_domain, self.source_domain
        if self.target_part is not None:
            self.part, self.target_part = self.target_part, self.part
        self.latent, self.target_latent = _swapped_latents(self.latent, self.target_latent)
        if self._square is None:
            return
        self._square = _swapped(self._square)
        self._masks = {"source": self._masks["target"], "target": self._masks["source"]}
        self._revisions.clear()
        self._changed(self._whole)

    # ---- internals

    def _plain_step(self, step: MaskEdit) -> MaskStep:
        role: Role = "source" if step.mask is self._masks["source"] else "target"
        return MaskStep(step.label, role, step.rect, step.before, step.after, step.joined)

    def _edit(self, step: MaskStep) -> MaskEdit:
        return MaskEdit(step.label, self._masks[step.role], step.rect, step.before, step.after, step.joined)

    @staticmethod
    def _fitting(array: np.ndarray, square: Sample) -> np.ndarray:
        """Return a copy of a mask of the visible picture. Raises ImageError if it has another size."""
        new = Mask(square.crop_to_visible(array) if array.shape == square.source_mask.shape else array).array
        visible = square.visible.source_mask.shape
        if new.shape != visible:
            (have_h, have_w), (h, w) = new.shape, visible
            raise ImageError(
                f"The mask has {have_w} × {have_h} pixels; the picture has {w} × {h}. Choose a mask of that size."
            )
        return new

    def _require_square(self) -> Sample:
        if self._square is None:
            raise ProjectError(NO_SAMPLE)
        return self._square

    @property
    def _whole(self) -> Rect:
        height, width = self._masks["source"].array.shape
        return Rect(0, 0, width, height)

    def _changed(self, rect: Rect) -> None:
        self._recompose(rect)
        self._advance()

    def _advance(self, step: MaskEdit | None = None) -> None:
        """Count a change; `step` if it can be undone."""
        self._newest_revision += 1
        if step is not None:
            self._revisions[step] = self.revision, self._newest_revision
        self.revision = self._newest_revision

    def _restored(self, step: tuple[MaskEdit, ...], end: Literal[0, 1]) -> Rect:
        """Follow a step that was undone (0) or redone (1). After a swap its revision belongs to other pictures."""
        rect = _united(step)
        self._recompose(rect)
        if step[0] in self._revisions:
            self.revision = self._revisions[step[0]][end]
        else:
            self._advance()
        return rect

    def _recompose(self, rect: Rect) -> None:
        sample, part = self._require_square().visible, rect.slices
        source_mask, target_mask = self._masks["source"].array[part], self._masks["target"].array[part]
        self._crossover_image[part] = compose(
            sample.source[part], sample.target[part], source_mask, target_mask
        )


def _united(step: tuple[MaskEdit, ...]) -> Rect:
    rect = step[0].rect
    for edit in step[1:]:
        rect = edit.rect.united(rect)
    return rect


def _swapped(sample: Sample) -> Sample:
    latent, target_latent = _swapped_latents(sample.latent, sample.target_latent)
    return replace(
        sample,
        source=sample.target,
        target=sample.source,
        source_mask=sample.target_mask,
        target_mask=sample.source_mask,
        latent=latent,
        target_latent=target_latent,
    )


def _swapped_latents(
    latent: LatentSource, target_latent: LatentSource | None
) -> tuple[LatentSource, LatentSource | None]:
    return (latent, None) if target_latent is None else (target_latent, latent)
