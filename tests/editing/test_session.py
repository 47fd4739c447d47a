from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ddsgui.editing.mask import Coverage, Stroke
from ddsgui.editing.recipe import Recipe
from ddsgui.editing.session import Role, Session
from ddsgui.editing.tools.base import Modifiers, Surface
from ddsgui.editing.tools.brush import Brush
from ddsgui.errors import ImageError, ProjectError
from ddsgui.rect import Rect
from ddsgui.synthesis.blend_settings import BlendSettings
from ddsgui.synthesis.crossover import compose
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.sample import Sample
from ddsgui.synthesis.settings import OptimizerSettings

SIDE = 48


def sample(seed: int = 3, target_seed: int | None = None, side: int = SIDE) -> Sample:
    rng = np.random.default_rng(seed)
    source, target = rng.integers(0, 256, (2, side, side, 3), dtype=np.uint8)
    source_mask = np.zeros((side, side), np.uint8)
    source_mask[10:30, 12:24] = 255
    target_mask = np.roll(source_mask, 3, axis=1)
    target_latent = None if target_seed is None else Seed(target_seed)
    return Sample(source, target, source_mask, target_mask, Seed(seed), target_latent, truncation=0.7)


@pytest.fixture
def session() -> Session:
    session = Session()
    session.source_domain, session.target_domain, session.part = "portrait", "caricature", "hair"
    session.load(sample())
    return session


class Hand:
    """A brush that paints one gesture on the mask of `role`."""

    def __init__(self, session: Session, role: Role, modifiers: Modifiers = Modifiers.NONE) -> None:
        self.session, self.modifiers = session, modifiers
        self.role: Role = role
        self.brush: Brush | None = None
        session.begin(role, "brush stroke")

    def draw(self, x: float, y: float, radius: float) -> Rect | None:
        if self.brush is None:
            mask = self.session.mask(self.role)
            self.brush = Brush(Surface(np.zeros((*mask.shape, 3), np.uint8), mask))
            rect = self.brush.press((x, y, radius), self.modifiers)
        else:
            rect = self.brush.move((x, y, radius))
        coverage = self.brush.preview()
        return self.session.preview(self.role, coverage, rect) if coverage and rect else None


def composed(session: Session) -> np.ndarray:
    s = session.sample
    assert s is not None
    return compose(s.source, s.target, session.mask("source"), session.mask("target"))


def test_the_crossover_image_follows_everything_that_happens(session: Session) -> None:
    def check() -> None:
        assert np.array_equal(session.crossover_image, composed(session))

    check()
    hand = Hand(session, "source")
    for x in (5.0, 14.0, 33.0):
        assert hand.draw(x, 40.0, 4.5) is not None
        check()
    session.commit()
    Hand(session, "target", Modifiers.ERASE).draw(20.0, 20.0, 6.0)
    check()
    session.abort()
    check()
    session.invert("target")
    check()
    session.undo()
    check()
    session.undo()
    check()
    session.redo()
    check()
    session.swap()
    check()
    session.undo()
    check()


def test_only_the_dirty_rectangle_is_composed_again(session: Session) -> None:
    session.crossover_image[:] = 7
    rect = Hand(session, "source").draw(8.0, 20.0, 3.0)
    assert rect is not None
    fresh = composed(session)
    assert np.array_equal(session.crossover_image[rect.slices], fresh[rect.slices])
    untouched = np.ones((SIDE, SIDE), bool)
    untouched[rect.slices] = False
    assert (session.crossover_image[untouched] == 7).all()


def test_one_gesture_is_one_step_and_one_revision(session: Session) -> None:
    before, revision = session.mask("source").copy(), session.revision
    hand = Hand(session, "source")
    for x in range(4, 44, 5):
        hand.draw(float(x), 40.0, 3.0)
        assert session.revision == revision
    assert session.commit()
    assert session.revision == revision + 1
    session.undo()
    assert np.array_equal(session.mask("source"), before)
    assert not session.can_undo
    assert session.revision == revision
    session.redo()
    assert session.revision == revision + 1
    session.undo()
    session.fill("source")
    assert session.revision == revision + 2  # never one that stood for other masks


def test_a_gesture_without_effect_leaves_no_trace(session: Session) -> None:
    revision = session.revision
    assert Hand(session, "source").draw(-100.0, -100.0, 3.0) is None
    assert not session.commit()
    Hand(session, "source").draw(18.0, 20.0, 3.0)  # well inside the painted area
    assert not session.commit()
    assert (session.revision, session.can_undo) == (revision, False)


def test_a_stroke_in_one_go_or_point_by_point_is_the_same(session: Session) -> None:
    points = ((5.0, 40.0, 2.0), (20.0, 42.0, 5.0), (40.0, 35.0, 3.0))
    dirty = session.paint("source", Stroke(points))
    at_once = session.mask("source").copy()
    session.undo()
    hand, rect = Hand(session, "source"), None
    for point in points:
        part = hand.draw(*point)
        assert part is not None
        rect = part.united(rect)
    session.commit()
    assert np.array_equal(session.mask("source"), at_once)
    assert rect == dirty


def test_undo_during_a_gesture_undoes_the_gesture(session: Session) -> None:
    before = session.mask("target").copy()
    hand = Hand(session, "target")
    hand.draw(5.0, 5.0, 3.0)
    assert session.can_undo and session.undo_label == "brush stroke"
    assert session.undo() is not None
    assert hand.draw(9.0, 9.0, 3.0) is None
    assert not session.commit()
    assert np.array_equal(session.mask("target"), before)


def test_a_second_gesture_ends_the_first(session: Session) -> None:
    hand = Hand(session, "target")
    hand.draw(5.0, 5.0, 3.0)
    Hand(session, "source")
    assert hand.draw(9.0, 9.0, 3.0) is None
    session.commit()
    assert session.mask("target")[5, 5] == 255
    session.undo()
    assert session.mask("target")[5, 5] == 0


def test_a_coverage_is_applied_as_one_named_step(session: Session) -> None:
    before, revision = session.mask("target").copy(), session.revision
    coverage = Coverage(Rect(40, 44, 20, 3), np.full((3, 20), 255, np.uint8))
    assert session.apply("target", coverage, "lasso") == Rect(40, 44, 8, 3), (
        "pixels outside the mask are left out"
    )
    assert (session.mask("target")[44:47, 40:] == 255).all()
    assert np.array_equal(session.crossover_image, composed(session))
    assert (session.undo_label, session.revision) == ("lasso", revision + 1)
    session.undo()
    assert np.array_equal(session.mask("target"), before)
    assert (session.undo_label, session.redo_label) == ("", "lasso")


def test_whole_mask_steps_have_names(session: Session) -> None:
    for act, label in (
        (session.invert, "invert mask"),
        (session.fill, "fill mask"),
        (session.clear, "clear mask"),
    ):
        act("source")
        assert session.undo_label == label


@pytest.mark.parametrize("role", ["source", "target"])
def test_whole_mask_steps(session: Session, role: Role) -> None:
    first = session.mask(role).copy()
    session.invert(role)
    assert np.array_equal(session.mask(role), 255 - first)
    session.fill(role)
    assert (session.mask(role) == 255).all()
    session.clear(role)
    assert not session.mask(role).any()
    assert session.clear(role) is None, "clearing an empty mask is not a step"
    for _ in range(3):
        session.undo()
    assert np.array_equal(session.mask(role), first)
    assert not session.can_undo


def test_setting_a_mask_is_a_step_and_the_mask_must_fit(session: Session) -> None:
    given = session.mask("source").copy()
    given[2:4, 5:9] = 128
    assert session.set_mask("source", given) == Rect(5, 2, 4, 2)
    given[:] = 0
    assert session.mask("source")[3, 6] == 128, "the session has a copy"
    with pytest.raises(ImageError, match=r"64 × 32.*48 × 48"):
        session.set_mask("source", np.zeros((32, 64), np.uint8))
    with pytest.raises(ImageError):
        session.set_mask("source", np.zeros((SIDE, SIDE), np.float32))
    session.undo()
    assert not session.can_undo


@pytest.fixture
def wide() -> Session:
    """A session on pictures of 48 × 24 in the middle of their squares, with a part found in the padding, too."""
    session = Session()
    pair = sample()
    pair.source_mask[2, 7] = 255
    session.load(replace(pair, crop=(48, 24)))
    return session


def test_a_wide_picture_is_shown_without_padding(wide: Session) -> None:
    square = wide.crossover()
    assert wide.sample is not None
    assert np.array_equal(wide.sample.source, square.source[12:36])
    assert np.array_equal(wide.mask("target"), square.target_mask[12:36])
    assert np.array_equal(wide.crossover_image, square.image[12:36])
    assert np.array_equal(wide.cut(square.image), wide.crossover_image)


def test_a_stroke_on_a_wide_picture_lands_in_its_place_in_the_square(wide: Session) -> None:
    before = wide.crossover()
    dirty = wide.paint("source", Stroke(((5.0, 1.0, 2.0), (20.0, 1.0, 2.0))))
    assert dirty is not None and dirty.y == 0
    mask = wide.crossover().source_mask
    assert (mask[12:14, 4:21] == 255).all()
    changed = mask != before.source_mask
    assert not changed[:12].any() and not changed[16:].any(), "the padding cannot be painted"
    assert mask[2, 7] == 255, "the part's mask in the padding stays"
    assert np.array_equal(wide.crossover_image, wide.crossover().image[12:36])
    wide.undo()
    assert wide.crossover().equals(before)


def test_a_wide_picture_accepts_masks_of_its_size_and_of_the_square(wide: Session) -> None:
    given = np.zeros((24, 48), np.uint8)
    given[0, 5:9] = 255
    assert wide.set_mask("target", given) is not None
    assert (wide.crossover().target_mask[12, 5:9] == 255).all()
    square = np.zeros((SIDE, SIDE), np.uint8)
    square[12, 5:9] = 255
    assert wide.set_mask("target", square) is None, "the same mask"
    with pytest.raises(ImageError, match=r"24 × 48.*48 × 24"):
        wide.set_mask("target", given.T)


def test_a_recipe_of_a_wide_picture_holds_square_masks(wide: Session) -> None:
    assert not wide.hand_painted and wide.recipe().masks is None
    wide.swap()
    assert not wide.hand_painted
    wide.invert("source")
    masks = wide.recipe().masks
    assert masks is not None
    again = Session()
    again.load(replace(sample(), crop=(48, 24)))
    again.swap()
    roles: tuple[Role, ...] = ("source", "target")
    for role, mask in zip(roles, masks.decode(), strict=True):
        assert mask.shape == (SIDE, SIDE)
        again.set_mask(role, mask)
        assert np.array_equal(again.mask(role), wide.mask(role))


def test_the_crossover_is_frozen_while_painting_continues(session: Session) -> None:
    crossover = session.crossover()
    image = session.crossover_image.copy()
    session.paint("source", Stroke(((40.0, 40.0, 5.0),)))
    assert not crossover.source_mask[40, 40]
    assert np.array_equal(crossover.image, image)
    assert session.crossover().revision == crossover.revision + 1
    assert session.run_update().weights == session.settings.weights


def test_new_pictures_begin_a_new_history_even_during_a_gesture(session: Session) -> None:
    revision = session.revision
    session.paint("source", Stroke(((40.0, 40.0, 5.0),)))
    hand = Hand(session, "source")
    session.load(sample(seed=9, target_seed=4, side=32))
    assert hand.draw(3.0, 3.0, 2.0) is None
    assert not session.commit()
    assert not session.can_undo
    assert (session.latent, session.target_latent) == (Seed(9), Seed(4))
    assert session.mask("source").shape == (32, 32)
    assert session.revision == revision + 2


def test_pictures_of_two_sizes_are_refused_and_the_old_ones_stay(session: Session) -> None:
    good = session.sample
    a, b = sample(), sample(side=32)
    with pytest.raises(ImageError):
        session.load(Sample(a.source, b.target, a.source_mask, b.target_mask, Seed(1), None, 0.8))
    assert session.sample is good


def test_swap_includes_masks_domains_and_seeds_and_undo_finds_its_mask() -> None:
    session = Session()
    session.source_domain, session.target_domain = "portrait", "engraving"
    session.load(sample(seed=5, target_seed=6))
    session.paint("source", Stroke(((40.0, 40.0, 5.0),)))
    crossover = session.crossover()
    session.swap()
    swapped = session.crossover()
    assert np.array_equal(swapped.source, crossover.target)
    assert np.array_equal(swapped.target_mask, crossover.source_mask)
    assert (session.source_domain, session.target_domain) == ("engraving", "portrait")
    assert (session.latent, session.target_latent) == (Seed(6), Seed(5))
    assert swapped.revision == crossover.revision + 1
    session.undo()
    assert session.mask("target")[40, 40] == 0, "it was painted on the source, which is now the target"


def test_a_paired_seed_stays_paired_when_swapped(session: Session) -> None:
    session.swap()
    assert (session.latent, session.target_latent) == (Seed(3), None)
    assert session.sample is not None
    assert (session.sample.latent, session.sample.target_latent) == (Seed(3), None)


def test_the_recipe_holds_masks_only_when_painted_by_hand(session: Session) -> None:
    session.latent = Seed(99)  # the next seed, not that of the pictures
    recipe = session.recipe()
    assert (recipe.source, recipe.target, recipe.part, recipe.latent) == (
        "portrait",
        "caricature",
        "hair",
        Seed(3),
    )
    assert recipe.settings["truncation"] == 0.7
    assert recipe.masks is None
    session.paint("target", Stroke(((40.0, 40.0, 5.0),)))
    masks = session.recipe().masks
    assert masks is not None
    assert np.array_equal(masks.decode()[1], session.mask("target"))
    session.undo()
    assert session.recipe().masks is None


def test_without_pictures_nothing_is_edited_and_questions_are_errors() -> None:
    session = Session()
    session.begin("source", "brush stroke")
    assert not session.commit()
    assert session.undo() is None
    assert session.redo() is None
    session.swap()
    for ask in (
        session.crossover,
        session.recipe,
        lambda: session.mask("source"),
        lambda: session.crossover_image,
    ):
        with pytest.raises(ProjectError):
            ask()


def test_masks_that_the_parts_cannot_find_again_go_into_the_recipe() -> None:
    session = Session()
    session.load(sample())
    assert session.recipe().masks is None
    session.load(replace(sample(), lacks_parts=True))
    masks = session.recipe().masks
    assert masks is not None and np.array_equal(masks.decode()[0], session.square_mask("source"))


def with_parts() -> Sample:
    """Make a sample of two parts: hair on the left, eyes on the right."""
    plain = sample()
    owners = np.zeros(plain.source_mask.shape, np.uint8)
    owners[:, SIDE // 2 :] = 1
    return replace(plain, owners=owners, part_names=("hair", "eyes"))


def test_parts_are_blended_alike_until_one_has_settings_of_its_own(session: Session) -> None:
    assert session.parts == () and len(session.blend_parts()) == 1
    session.load(with_parts())
    session.set_blend(BlendSettings(strength=0.5))
    assert session.blends == (BlendSettings(strength=0.5),) and len(session.blend_parts()) == 1
    session.set_blend(BlendSettings(depth=16), "eyes")
    hair, eyes = session.blend_parts()
    assert (hair.settings, eyes.settings) == (BlendSettings(strength=0.5), BlendSettings(depth=16))
    assert not hair.source_mask[:, SIDE // 2 :].any() and not eyes.source_mask[:, : SIDE // 2].any()
    assert np.array_equal(np.maximum(hair.source_mask, eyes.source_mask), session.square_mask("source"))
    session.set_blend(BlendSettings())
    assert session.blends == (BlendSettings(),)


def test_settings_of_parts_are_in_the_state_and_in_the_recipe_of_a_live_blend(session: Session) -> None:
    session.load(with_parts())
    session.settings = OptimizerSettings.from_preset("live")
    session.set_blend(BlendSettings(depth=16), "eyes")
    recipe = Recipe.from_dict(session.recipe().as_dict())
    assert OptimizerSettings.from_dict(recipe.settings).live == session.blends
    assert recipe.masks is None and len(recipe.part_masks) == 2
    joined = recipe.mask_arrays()
    assert joined is not None and np.array_equal(joined[0], session.square_mask("source"))
    restored = Session()
    restored.restore(session.state())
    assert restored.blends == session.blends and restored.parts == ("hair", "eyes")
    third = Session()
    third.load(with_parts())
    third.take_blends(session.blends)
    assert third.blends == session.blends


@pytest.fixture
def linked(session: Session) -> Session:
    session.linked = True
    return session


def masks_of(session: Session) -> list[np.ndarray]:
    return [session.mask("source").copy(), session.mask("target").copy()]


def test_painting_changes_both_linked_masks_in_one_step(linked: Session) -> None:
    before = masks_of(linked)
    hand = Hand(linked, "target")
    for x in (5.0, 14.0, 33.0):
        assert hand.draw(x, 40.0, 4.5) is not None
    assert np.array_equal(linked.crossover_image, composed(linked)), "while the brush is down"
    assert linked.commit()
    after = masks_of(linked)
    for was, now in zip(before, after, strict=True):
        painted = now.astype(int) - was
        assert painted.any() and np.array_equal(painted, after[0].astype(int) - before[0])
    linked.undo()
    assert all(map(np.array_equal, masks_of(linked), before)) and not linked.can_undo
    linked.redo()
    assert all(map(np.array_equal, masks_of(linked), after)) and not linked.can_redo
    assert np.array_equal(linked.crossover_image, composed(linked))


def test_no_pixel_of_linked_empty_masks_is_a_sum_or_a_hole(linked: Session) -> None:
    linked.clear("source")
    linked.paint("source", Stroke(((20.0, 20.0, 9.0), (30.0, 28.0, 6.0))))
    assert linked.sample is not None
    pictures = linked.sample.source.astype(int), linked.sample.target.astype(int)
    low, high = np.minimum(*pictures), np.maximum(*pictures)
    image = linked.crossover_image.astype(int)
    assert ((image >= low - 1) & (image <= high + 1)).all()


def test_linked_masks_are_inverted_cleared_filled_and_restored_together(linked: Session) -> None:
    first = masks_of(linked)
    for change in (linked.invert, linked.clear, linked.fill):
        before = masks_of(linked)
        assert change("target") is not None
        changed = masks_of(linked)
        assert not any(map(np.array_equal, changed, before))
        linked.undo()
        assert all(map(np.array_equal, masks_of(linked), before))
        linked.redo()
        assert all(map(np.array_equal, masks_of(linked), changed))
    linked.restore_masks("source")
    assert all(map(np.array_equal, masks_of(linked), first))


def test_a_cancelled_gesture_restores_both_linked_masks(linked: Session) -> None:
    before, revision = masks_of(linked), linked.revision
    Hand(linked, "source").draw(8.0, 40.0, 5.0)
    for mask, was in zip((linked.state().source_mask, linked.state().target_mask), before, strict=True):
        assert mask is not None and np.array_equal(mask, was)
    linked.abort()
    assert all(map(np.array_equal, masks_of(linked), before))
    assert (linked.revision, linked.can_undo) == (revision, False)


def test_an_unlinked_mask_is_painted_alone(linked: Session) -> None:
    linked.linked = False
    target = linked.mask("target").copy()
    linked.paint("source", Stroke(((40.0, 40.0, 5.0),)))
    linked.invert("source")
    assert np.array_equal(linked.mask("target"), target)


def test_steps_of_linked_masks_survive_as_plain_values(linked: Session) -> None:
    before = masks_of(linked)
    linked.invert("source")
    linked.paint("source", Stroke(((18.0, 20.0, 5.0),)))
    linked.undo()
    after = masks_of(linked)
    again = Session()
    again.restore(linked.state())
    assert again.linked and all(map(np.array_equal, masks_of(again), after))
    again.undo()
    assert all(map(np.array_equal, masks_of(again), before)) and not again.can_undo
    again.redo()
    assert all(map(np.array_equal, masks_of(again), after))
    again.redo()
    assert not again.can_redo and not np.array_equal(again.mask("target"), after[1])


def test_masks_that_are_empty_carry_nothing_over(session: Session) -> None:
    assert not Session().has_masks and session.has_masks
    session.clear("source")
    assert session.has_masks
    session.clear("target")
    assert not session.has_masks
