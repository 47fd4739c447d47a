from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor

from ddsgui.errors import TrainingError
from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.training.borders import frame_strength
from ddsgui.training.few_shot import adaptation as adaptation_module
from ddsgui.training.few_shot.adaptation import AdaptationSettings, FewShotAdaptation
from ddsgui.training.state import load_state, save_state

SIDE = 16


def make_source(noise: float = 0.0) -> Generator:
    torch.manual_seed(0)
    source = Generator(GeneratorConfig(SIDE, 8, 8, 2, (8, 8, 8)))
    source.estimate_w_mean()
    with torch.no_grad():
        for name, parameter in source.named_parameters():
            if name.endswith("noise_strength"):
                parameter.fill_(noise)
    return source.freeze()


def make_discriminator() -> Discriminator:
    torch.manual_seed(1)
    return Discriminator(DiscriminatorConfig(SIDE, (8, 8, 8))).freeze()


def make_examples(count: int = 10) -> Tensor:
    return torch.randint(0, 256, (count, 3, SIDE, SIDE), generator=torch.Generator().manual_seed(2)).byte()


def make(discriminator: Discriminator | None = None, noise: float = 0.0, **settings) -> FewShotAdaptation:
    chosen = AdaptationSettings(**{"steps": 20, "warm_up": 3, **settings})
    return FewShotAdaptation(make_source(noise), make_examples(), discriminator, chosen, seed=5)


def draw(generator: Generator) -> Tensor:
    z = torch.randn(2, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return generator.synthesis(generator.broadcast(generator.mapping(z)))


def run(adaptation: FewShotAdaptation, steps: int) -> list[dict[str, float]]:
    iterator = adaptation.steps()
    return [next(iterator).losses for _ in range(steps)]


def test_both_networks_start_as_those_of_the_source():
    source, judge = make_source(), make_discriminator()
    adaptation = FewShotAdaptation(source, make_examples(), judge, AdaptationSettings(steps=1))
    assert torch.equal(draw(adaptation.generator), draw(source))
    x = torch.randn(4, 3, SIDE, SIDE)
    torch.testing.assert_close(adaptation.discriminator(x), judge(x))
    losses = run(adaptation, 1)[0]
    assert losses["consistency"] == pytest.approx(0, abs=1e-3)  # weighted with 1000
    assert losses["adversarial"] > 0


def test_the_given_networks_are_not_changed():
    source, judge = make_source(), make_discriminator()
    before = [copy.deepcopy(net.state_dict()) for net in (source, judge)]
    adaptation = FewShotAdaptation(source, make_examples(), judge, AdaptationSettings(steps=3))
    list(adaptation.steps())
    for net, state in zip((source, judge), before, strict=True):
        assert all(torch.equal(net.state_dict()[key], value) for key, value in state.items())
        assert not any(p.requires_grad for p in net.parameters())


def test_the_mapping_and_the_noise_strengths_are_not_trained():
    adaptation = make(make_discriminator(), noise=0.1)
    run(adaptation, 2)
    before, after = adaptation.source.state_dict(), adaptation.generator.state_dict()
    unchanged = {k for k in before if torch.equal(before[k], after[k])}
    shared = {k for k in before if k.startswith("mapping.") or k.endswith(("noise_strength", "noise_const"))}
    assert unchanged == shared | {"w_mean"}


def test_without_a_discriminator_a_fresh_one_warms_up_alone():
    adaptation = make(steps=2)
    assert adaptation.total == 5
    steps = list(adaptation.steps())
    assert [s.is_warming_up for s in steps] == [True] * 3 + [False] * 2
    assert [s.step for s in steps] == [1, 2, 3, 4, 5]
    assert {s.steps for s in steps} == {5}
    assert steps[0].losses["adversarial"] == 0
    assert all(s.losses["discriminator"] > 0 and s.seconds > 0 for s in steps)
    warmed = make()
    run(warmed, 3)
    assert torch.equal(draw(warmed.generator), draw(make_source()))
    assert make(make_discriminator()).total == 20


@pytest.mark.parametrize(("noise", "stop"), [(0.0, 2), (0.1, 5)])
def test_a_resumed_adaptation_equals_an_unbroken_one_bit_for_bit(tmp_path, noise, stop):
    unbroken = make(noise=noise)
    run(unbroken, stop)
    save_state(tmp_path / "s.safetensors", *unbroken.state())
    losses = run(unbroken, 5)
    torch.manual_seed(12345)  # the global random numbers must not matter
    resumed = FewShotAdaptation(
        make_source(noise), make_examples(), None, AdaptationSettings(steps=20, warm_up=3), seed=77
    )
    resumed.load(*load_state(tmp_path / "s.safetensors"))
    assert resumed.step == stop
    assert run(resumed, 5) == losses
    ours, theirs = resumed.state(), unbroken.state()
    assert ours[1] == theirs[1]
    assert ours[0].keys() == theirs[0].keys()
    for key, value in theirs[0].items():
        assert torch.equal(ours[0][key], value), key
    assert torch.equal(draw(resumed.generator), draw(unbroken.generator))


def test_a_seed_repeats_a_run_without_the_global_random_numbers():
    first, second = make(noise=0.1), make(noise=0.1)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    losses = run(first, 4)
    assert torch.equal(torch.get_rng_state(), before)
    assert run(second, 4) == losses


def test_a_state_of_another_training_is_refused():
    tensors, document = make().state()
    adaptation = make(anchors=3)
    with pytest.raises(TrainingError, match="other networks"):
        adaptation.load(tensors, document)
    with pytest.raises(TrainingError, match="not a few-shot"):
        make().load({}, document)
    with pytest.raises(TrainingError, match="not a few-shot"):
        make().load(tensors, {})
    with pytest.raises(TrainingError, match="other networks"):
        make().load({k: v for k, v in tensors.items() if k != "patch.weight"}, document)


def test_whole_pictures_are_judged_around_anchors_and_patches_elsewhere(monkeypatch):
    adaptation = make(make_discriminator())
    judged: list[str] = []
    monkeypatch.setattr(Discriminator, "forward", spy(judged, "whole", Discriminator.forward), raising=True)
    monkeypatch.setattr(Discriminator, "features", spy(judged, "patches", Discriminator.features))
    run(adaptation, 8)
    # Generated and real pictures, once each: the gradient penalty uses the same logits.
    one_round = ["whole"] * 2 + ["patches"] * 6
    assert judged == one_round * 2


def spy(calls: list[str], name: str, method):
    def called(self, *args):
        calls.append(name)
        return method(self, *args)

    return called


def test_patches_are_judged_at_a_quarter_of_the_side():
    adaptation = make(make_discriminator())
    x = torch.rand(4, 3, SIDE, SIDE)
    assert adaptation._discriminator_for(anchored=False)(x).shape == (4, 1, SIDE // 4, SIDE // 4)
    assert adaptation._discriminator_for(anchored=True)(x).shape == (4, 1)


@pytest.mark.parametrize(("half_life", "follows_with"), [(8, 8), (1e6, 0.5 * 4)])
def test_the_average_follows_with_its_half_life_and_quickly_at_first(half_life, follows_with, monkeypatch):
    monkeypatch.setattr(adaptation_module, "HALF_LIFE_SHARE", 0.5 if half_life > 8 else 9)
    adaptation = make(make_discriminator(), half_life=half_life, batch=4)
    weight = "synthesis.layers.2.conv.weight"
    before = adaptation._networks.average.get_parameter(weight).clone()
    run(adaptation, 1)
    moved = adaptation._networks.generator.get_parameter(weight) - before
    share = 1 - 0.5 ** (4 / follows_with)
    torch.testing.assert_close(
        adaptation._networks.average.get_parameter(weight) - before, moved * share, rtol=1e-3, atol=1e-6
    )


def test_the_pictures_get_the_colour_of_the_examples():
    red = torch.zeros(10, 3, SIDE, SIDE, dtype=torch.uint8)
    red[:, 0] = 255
    settings = AdaptationSettings(
        steps=20, warm_up=8, consistency=10.0, half_life=12, learning_rate=0.01, borders=0
    )
    adaptation = FewShotAdaptation(make_source(), red, None, settings)
    list(adaptation.steps())
    before, after = (draw(g).mean((0, 2, 3)) for g in (make_source(), adaptation.generator))
    assert after[0] - after[1:].mean() > before[0] - before[1:].mean() + 0.5


def test_lines_along_the_borders_fade_if_the_examples_have_none():
    smooth = torch.linspace(60, 180, SIDE).byte().expand(10, 3, SIDE, SIDE).clone()
    frames = {}
    for weight in (0, 200):
        settings = AdaptationSettings(steps=12, half_life=4, learning_rate=0.01, borders=weight)
        adaptation = FewShotAdaptation(make_source(), smooth, make_discriminator(), settings, seed=5)
        list(adaptation.steps())
        frames[weight] = float(frame_strength(draw(adaptation.generator)).mean())
    assert frames[200] < 0.6 * frames[0]


def test_diverged_losses_end_the_training_before_the_average_changes():
    adaptation = make(make_discriminator())
    run(adaptation, 2)
    average = draw(adaptation.generator)
    with torch.no_grad():
        adaptation._networks.generator.synthesis.const.fill_(float("nan"))
    with pytest.raises(TrainingError, match="diverged at step 3"):
        run(adaptation, 1)
    assert torch.equal(draw(adaptation.generator), average)
    assert adaptation.step == 2


@pytest.mark.parametrize(
    ("examples", "words"),
    [
        (torch.zeros(0, 3, SIDE, SIDE, dtype=torch.uint8), "one example"),
        (torch.zeros(2, 3, SIDE, SIDE), "one example"),
        (torch.zeros(2, 3, 8, 8, dtype=torch.uint8), "must be 16 × 16"),
    ],
)
def test_examples_that_do_not_fit_are_refused(examples, words):
    with pytest.raises(TrainingError, match=words):
        FewShotAdaptation(make_source(), examples)


def test_a_discriminator_of_another_size_is_refused():
    with pytest.raises(TrainingError, match="judges 8 pixels; the domain draws 16"):
        FewShotAdaptation(make_source(), make_examples(), Discriminator(DiscriminatorConfig(8, (8, 8))))


def test_one_example_is_enough():
    adaptation = FewShotAdaptation(
        make_source(), make_examples(1), None, AdaptationSettings(steps=2, warm_up=1)
    )
    assert len(list(adaptation.steps())) == 3
