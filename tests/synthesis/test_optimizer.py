from typing import Any, cast

import numpy as np
import pytest
import torch

from ddsgui.errors import OptimizerError
from ddsgui.images import to_tensor, to_uint8
from ddsgui.latest import Latest
from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.backbones import Backbone, load_backbone
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.loss_terms import LossWeights
from ddsgui.synthesis.optimizer import DualDomainOptimizer
from ddsgui.synthesis.perceptual import PerceptualLoss
from ddsgui.synthesis.sampling import ws_of
from ddsgui.synthesis.settings import OptimizerSettings, RunUpdate
from tests.synthesis.conftest import make_generator

Pair = tuple[Generator, Generator]


@pytest.fixture(scope="module")
def perceptual() -> PerceptualLoss:
    return PerceptualLoss(load_backbone("vgg16"), ("relu1_1", "relu1_2", "relu2_2", "relu3_3"))


def settings(**changes) -> OptimizerSettings:
    return OptimizerSettings.from_preset(
        "paper", **{"iterations": 16, "learning_rate": 0.05, "truncation": 1.0, **changes}
    )


def test_the_first_losses_are_the_papers_equations(
    pair: Pair, crossover: Crossover, perceptual: PerceptualLoss
) -> None:
    chosen = settings(iterations=1)
    step = next(DualDomainOptimizer(*pair, crossover, chosen, perceptual).steps())
    z = DualDomainOptimizer(*pair, crossover, chosen, perceptual)._start().detach()
    g_s, g_t = (g.synthesis(g.broadcast(g.mapping(z))) for g in pair)
    x_s, x_t = to_tensor(crossover.source), to_tensor(crossover.target)
    y = torch.from_numpy(crossover.source_mask / 255).float()[None, None]

    def l_p(drawn: torch.Tensor, reference: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return perceptual.compare(drawn, [perceptual.reference(reference, mask)], [1])[0][0, 0]

    l_s = l_p(g_s, x_s, y) + (g_s * y - x_s * y).square().mean()
    l_t = l_p(g_t, x_t, 1 - y) + (g_t * (1 - y) - x_t * (1 - y)).square().mean()
    l_c = (g_s * y + g_t * (1 - y) - (x_s * y + x_t * (1 - y))).square().mean()
    assert step.losses["source"] == pytest.approx(l_s.item(), rel=1e-4)
    assert step.losses["target"] == pytest.approx(l_t.item(), rel=1e-4)
    assert step.losses["crossover"] == pytest.approx(l_c.item(), rel=1e-4)
    assert step.losses["total"] == pytest.approx((0.9 * l_s + l_t + 0.5 * l_c).item(), rel=1e-4)


@pytest.mark.parametrize(
    ("preset", "space"),
    [("paper", "z"), ("paper", "w"), ("paper", "w+"), ("official", "w+"), ("fast", "w+"), ("final", "w+")],
)
def test_the_loss_falls_in_every_space_and_preset(
    pair: Pair, crossover: Crossover, preset: str, space: str
) -> None:
    chosen = OptimizerSettings.from_preset(
        preset, space=space, iterations=12, learning_rate=0.05, truncation=1.0
    )
    if chosen.upscale_to is not None:
        chosen = OptimizerSettings.from_preset(
            preset, space=space, iterations=6, learning_rate=0.05, upscale_to=64
        )
    optimizer = DualDomainOptimizer(*pair, crossover, chosen)
    totals = [step.losses["total"] for step in optimizer.steps()]
    best = optimizer.best
    assert best is not None
    assert best.loss == min(totals) < 0.8 * totals[0]
    assert best.image.shape == (32, 32, 3)
    assert best.latent.shape == {"z": (1, 16), "w": (1, 16), "w+": (1, pair[0].num_ws, 16)}[space]


@pytest.mark.parametrize("space", ["w", "w+"])
def test_the_start_target_is_the_targets_own_picture(pair: Pair, crossover: Crossover, space: str) -> None:
    target_ws = ws_of(pair[1], 5, truncation=0.8)
    chosen = settings(start="target", space=space, generators="target", iterations=1)
    step = next(DualDomainOptimizer(None, pair[1], crossover, chosen, target_ws=target_ws).steps())
    assert step.image is not None
    assert np.array_equal(step.image, to_uint8(pair[1].synthesis(target_ws)[0]))
    unknown = next(DualDomainOptimizer(None, pair[1], crossover, chosen).steps())
    assert unknown.image is not None
    assert np.array_equal(unknown.image, to_uint8(pair[1].synthesis(pair[1].broadcast(pair[1].w_mean))[0]))


def test_coarse_iterations_read_pictures_at_their_own_side(pair: Pair, crossover: Crossover) -> None:
    sides: list[int] = []

    class Recorder(torch.nn.Module):
        """A backbone that notes the sides of the pictures that it reads."""

        def __init__(self) -> None:
            super().__init__()
            self.backbone = load_backbone("vgg16")
            self.choose = self.backbone.choose

        def forward(
            self, image: torch.Tensor, layers: tuple[str, ...], cut: Any = None
        ) -> list[torch.Tensor]:
            if torch.is_grad_enabled():
                sides.append(image.shape[-1])
            return self.backbone(image, layers, cut)

    loss = PerceptualLoss(cast(Backbone, Recorder()), ("relu1_1",), enlargement=2)
    chosen = OptimizerSettings.from_preset("fast", iterations=5, layers=("relu1_1",))
    optimizer = DualDomainOptimizer(None, pair[1], crossover, chosen, loss)
    steps = list(optimizer.steps())
    assert sides == [32, 32, 32, 64, 64]
    best = optimizer.best
    assert best is not None and best.iteration > 3  # losses of the two sides are not compared
    assert steps[3].best
    sides.clear()
    list(DualDomainOptimizer(None, pair[1], crossover, chosen, loss, latent=best.latent).steps())
    assert set(sides) == {64}  # a search that is continued


def test_the_seam_can_be_left_out_of_the_crossover_loss(pair: Pair, crossover: Crossover) -> None:
    target_ws = ws_of(pair[1], 5, truncation=1.0)
    own = to_uint8(pair[1].synthesis(target_ws)[0])
    empty, spot = np.zeros_like(crossover.target_mask), np.zeros_like(crossover.target_mask)
    spot[8:20, 8:20] = 255  # the target's mask: no picture covers it
    ring = Crossover(own, own, empty, spot)

    def crossover_loss(skip_seam: bool) -> float:
        chosen = settings(space="w+", start="target", generators="target", iterations=1, skip_seam=skip_seam)
        optimizer = DualDomainOptimizer(None, pair[1], ring, chosen, target_ws=target_ws)
        return next(optimizer.steps()).losses["crossover"]

    drawn, outside = pair[1].synthesis(target_ws), torch.from_numpy(1 - spot / 255).float()
    difference = drawn - to_tensor(own) * outside
    assert crossover_loss(skip_seam=False) == pytest.approx(difference.square().mean().item(), rel=1e-4)
    expected = (difference * outside).square().mean().item()
    assert crossover_loss(skip_seam=True) == pytest.approx(expected, rel=1e-4)


def test_l_bfgs_comes_nearer_than_adam_with_as_many_iterations(pair: Pair, crossover: Crossover) -> None:
    def lowest(**changes) -> float:
        chosen = settings(space="w+", generators="target", start="mean", iterations=20, **changes)
        optimizer = DualDomainOptimizer(None, pair[1], crossover, chosen)
        return min(step.losses["total"] for step in optimizer.steps())

    assert lowest(algorithm="l-bfgs", learning_rate=0.1) < lowest(learning_rate=0.05)


def test_a_seed_repeats_a_run_and_another_does_not(
    pair: Pair, crossover: Crossover, perceptual: PerceptualLoss
) -> None:
    def totals(seed: int) -> list[float]:
        run = DualDomainOptimizer(*pair, crossover, settings(seed=seed, iterations=3), perceptual)
        return [step.losses["total"] for step in run.steps()]

    assert totals(1) == totals(1) != totals(2)


def test_the_start_is_not_the_picture_of_the_same_seed(pair: Pair, crossover: Crossover) -> None:
    first = next(DualDomainOptimizer(*pair, crossover, settings(seed=5)).steps())
    assert first.losses["target"] > 0.1  # seed 5 made the crossover, so that z* itself would give about 0


def test_an_edit_during_a_run_counts_from_the_next_step_and_keeps_the_latent(
    pair: Pair, crossover: Crossover, perceptual: PerceptualLoss
) -> None:
    edits: Latest[RunUpdate] = Latest()
    run = DualDomainOptimizer(*pair, crossover, settings(), perceptual)
    steps = run.steps(edits)
    before = [next(steps) for _ in range(12)][-1]
    empty = np.zeros_like(crossover.source_mask)
    edited = Crossover(crossover.source, crossover.target, empty, empty, revision=7)
    edits.put(RunUpdate(edited, LossWeights(), 0.05))
    after = next(steps)
    assert (before.revision, after.revision) == (0, 7)
    assert after.iteration == 13
    assert after.losses["source"] == 0  # the mask of the source is empty
    assert before.image is not None
    assert after.image is not None
    moved = np.abs(after.image.astype(int) - before.image.astype(int)).mean()
    start = next(DualDomainOptimizer(*pair, crossover, settings(), perceptual).steps()).image
    assert start is not None
    assert moved < np.abs(after.image.astype(int) - start.astype(int)).mean()
    assert run.best is not None
    assert run.best.iteration == 13  # older losses cannot be compared


def test_weights_change_during_a_run(pair: Pair, crossover: Crossover, perceptual: PerceptualLoss) -> None:
    edits: Latest[RunUpdate] = Latest()
    steps = DualDomainOptimizer(*pair, crossover, settings(), perceptual).steps(edits)
    next(steps)
    edits.put(RunUpdate(crossover, LossWeights(alpha=0, beta=0, gamma=0), 0))
    first, second = next(steps), next(steps)
    assert first.losses["total"] == 0
    assert first.losses["target"] == pytest.approx(
        second.losses["target"], rel=0.05
    )  # Adam's momentum times 0


def test_another_learning_rate_keeps_the_best(
    pair: Pair, crossover: Crossover, perceptual: PerceptualLoss
) -> None:
    edits: Latest[RunUpdate] = Latest()
    run = DualDomainOptimizer(*pair, crossover, settings(iterations=30), perceptual)
    steps = run.steps(edits)
    before = [next(steps).losses["total"] for _ in range(15)]
    c = crossover
    copy = Crossover(c.source.copy(), c.target.copy(), c.source_mask.copy(), c.target_mask.copy(), revision=1)
    edits.put(RunUpdate(copy, settings().weights, 5.0))
    after = [next(steps).losses["total"] for _ in range(2)]
    assert run.best is not None
    assert run.best.loss == min(before + after)
    assert after[-1] > min(before)  # such a rate moves ẑ far away


def test_the_old_best_stays_until_there_is_a_new_one(
    pair: Pair, crossover: Crossover, perceptual: PerceptualLoss
) -> None:
    edits: Latest[RunUpdate] = Latest()
    run = DualDomainOptimizer(*pair, crossover, settings(), perceptual)
    steps = run.steps(edits)
    next(steps)
    edits.put(RunUpdate(crossover, LossWeights(alpha=0.5), 0.05))
    with torch.no_grad():
        pair[1].synthesis.const.mul_(float("nan"))
    with pytest.raises(OptimizerError, match="kept"):
        next(steps)
    assert run.best is not None
    assert run.best.iteration == 1


def test_features_of_fixed_pictures_are_computed_once(
    pair: Pair, crossover: Crossover, perceptual: PerceptualLoss, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    plain = perceptual.backbone.forward
    monkeypatch.setattr(
        perceptual.backbone, "forward", lambda x, *args: calls.append(len(x)) or plain(x, *args)
    )
    edits: Latest[RunUpdate] = Latest()
    steps = DualDomainOptimizer(*pair, crossover, settings(), perceptual).steps(edits)
    next(steps)
    next(steps)
    edits.put(
        RunUpdate(
            Crossover(crossover.source, crossover.target, crossover.source_mask * 0, crossover.target_mask),
            LossWeights(),
            0.01,
        )
    )
    next(steps)
    assert calls == [1] * 8  # x_s, x_t, then both pictures in every iteration, also after the edit


def test_a_loss_that_diverges_gets_one_sentence_and_keeps_the_best(
    pair: Pair, crossover: Crossover, perceptual: PerceptualLoss
) -> None:
    edits: Latest[RunUpdate] = Latest()
    run = DualDomainOptimizer(*pair, crossover, settings(space="w"), perceptual)
    steps = run.steps(edits)
    for _ in range(3):
        next(steps)
    best = run.best
    assert best is not None
    with torch.no_grad():
        pair[1].synthesis.const.mul_(float("nan"))
    with pytest.raises(OptimizerError, match="kept"):
        next(steps)
    assert run.best is not None
    np.testing.assert_array_equal(run.best.image, best.image)


def test_closing_stops_and_keeps_the_best(
    pair: Pair, crossover: Crossover, perceptual: PerceptualLoss
) -> None:
    run = DualDomainOptimizer(*pair, crossover, settings(), perceptual)
    steps = run.steps()
    next(steps)
    steps.close()
    assert run.best is not None


def test_a_run_continues_from_a_result(pair: Pair, crossover: Crossover, perceptual: PerceptualLoss) -> None:
    first = DualDomainOptimizer(*pair, crossover, settings(), perceptual)
    list(first.steps())
    assert first.best is not None
    second = DualDomainOptimizer(*pair, crossover, settings(), perceptual, latent=first.best.latent)
    assert next(second.steps()).losses["total"] == pytest.approx(first.best.loss, rel=1e-4)
    third = DualDomainOptimizer(*pair, crossover, settings(space="w+"), perceptual, latent=first.best.latent)
    with pytest.raises(OptimizerError, match="another latent space"):
        next(third.steps())


def test_frames_are_drawn_every_k_iterations(
    pair: Pair, crossover: Crossover, perceptual: PerceptualLoss
) -> None:
    run = DualDomainOptimizer(*pair, crossover, settings(iterations=8, frame_interval=3), perceptual)
    assert [s.iteration for s in run.steps() if s.image is not None] == [1, 3, 6, 8]


def test_generators_of_another_size_are_refused(pair: Pair, crossover: Crossover) -> None:
    with pytest.raises(OptimizerError, match="64"):
        DualDomainOptimizer(pair[0], make_generator(0, 64), crossover, settings())
    with pytest.raises(OptimizerError, match="32 × 32 pixels"):
        DualDomainOptimizer(make_generator(0, 64), make_generator(0, 64), crossover, settings())


def test_steps_tell_whether_they_beat_the_baseline(pair: Pair, crossover: Crossover) -> None:
    chosen = settings(space="w+", generators="target", start="mean", iterations=25)
    loss = PerceptualLoss(load_backbone("vgg16"), ("relu1_1",))
    before = list(DualDomainOptimizer(None, pair[1], crossover, chosen, loss).steps())
    assert all(step.beats_baseline for step in before)
    middle = before[12].image
    assert middle is not None
    drawn_for: list[Crossover] = []

    def baseline(wanted: Crossover) -> np.ndarray:
        drawn_for.append(wanted)
        return middle

    after = list(DualDomainOptimizer(None, pair[1], crossover, chosen, loss, baseline=baseline).steps())
    assert drawn_for == [crossover]
    assert not after[0].beats_baseline and after[-1].beats_baseline
    assert [step.losses["total"] for step in before] == [step.losses["total"] for step in after]
