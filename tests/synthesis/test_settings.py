import json

import pytest

from ddsgui.errors import OptimizerError
from ddsgui.synthesis.loss_terms import LossWeights
from ddsgui.synthesis.preset_uses import PRESET_USES, preset_help
from ddsgui.synthesis.settings import ARTISTS_STRENGTH, PRESETS, OptimizerSettings, artists_preset


def test_presets_have_the_values_of_the_paper_and_the_authors_program() -> None:
    paper, official = PRESETS["paper"], PRESETS["official"]
    assert (paper.space, paper.generators, paper.iterations) == ("z", "both", 1000)
    assert (paper.weights, paper.learning_rate) == (LossWeights(0.9, 1.0, 0.5), 0.01)
    assert (official.space, official.start, official.generators, official.upscale_to) == (
        "w+",
        "mean",
        "target",
        256,
    )
    assert (official.perceptual_weight, official.pixel_weight, official.weights.gamma) == (2, 1, 3)


def test_changes_of_a_preset_apply_to_fields_and_weights() -> None:
    settings = OptimizerSettings.from_preset("paper", alpha=0.1, iterations=7, space="w")
    assert (settings.weights.alpha, settings.iterations, settings.space) == (0.1, 7, "w")
    assert settings.weights.beta == PRESETS["paper"].weights.beta


def test_artists_get_more_of_the_part_except_where_they_compare_with_the_publication() -> None:
    changed = [name for name, preset in PRESETS.items() if artists_preset(name) != preset]
    assert changed == ["fast", "final"] and ARTISTS_STRENGTH > 1
    assert artists_preset("fast").weights.alpha == ARTISTS_STRENGTH * PRESETS["fast"].weights.alpha


def test_every_preset_has_a_line_that_says_what_it_is_for() -> None:
    assert list(PRESET_USES) == list(PRESETS)
    assert all(f"{name}: {use}" in preset_help() for name, use in PRESET_USES.items())


def test_only_a_live_blend_is_written_with_its_settings() -> None:
    assert [name for name, settings in PRESETS.items() if "live" in settings.as_dict()] == ["live"]


@pytest.mark.parametrize("name", PRESETS)
def test_settings_survive_json(name: str) -> None:
    settings = PRESETS[name]
    assert OptimizerSettings.from_dict(json.loads(json.dumps(settings.as_dict()))) == settings


@pytest.mark.parametrize(
    "change",
    [
        {"iterations": 0},
        {"iterations": 10**9},
        {"learning_rate": float("nan")},
        {"learning_rate": -1.0},
        {"alpha": float("inf")},
        {"seed": 10**30},
        {"truncation": 3.0},
        {"space": "x"},
        {"upscale_to": 5},
        {"frame_interval": 0},
        {"colour": "red"},
    ],
)
def test_absurd_numbers_get_a_sentence(change: dict) -> None:
    with pytest.raises(OptimizerError) as caught:
        OptimizerSettings.from_preset("paper", **change)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "change",
    [
        {"iterations": 5.5},
        {"seed": True},
        {"lift": 100.5},
        {"backbone": 5},
        {"layers": "relu"},
        {"layers": [1]},
        {"preset": 7},
        {"perceptual_weight": "x"},
        {"pixel_weight": None},
        {"pixel_weight": -1e300},
        {"truncation": "x"},
    ],
)
def test_settings_of_the_wrong_kind_are_refused(change: dict) -> None:
    with pytest.raises(OptimizerError):
        OptimizerSettings.from_dict({**PRESETS["paper"].as_dict(), **change})


@pytest.mark.parametrize("data", [{}, {"dials": 3}, {"dials": {}, "layers": 5}, {"dials": {"lr": 10**400}}])
def test_foreign_data_is_refused(data: dict) -> None:
    with pytest.raises(OptimizerError):
        OptimizerSettings.from_dict(data)


def test_a_missing_weight_has_its_default() -> None:
    data = PRESETS["official"].as_dict()
    assert data["dials"].keys() >= {"alpha", "beta", "gamma", "lr"}
    del data["dials"]["gamma"]
    assert OptimizerSettings.from_dict(data).weights == LossWeights(1.0, 1.0)
