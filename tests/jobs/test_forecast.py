"""Forecasts come from runs of the same kind, and say so where they are guessed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ddsgui.jobs.forecast import (
    MAX_RUNS,
    USUAL_START_SECONDS,
    Forecast,
    ForecastStore,
    MeasuredRun,
    run_kind,
)
from ddsgui.synthesis.run_cost import run_cost
from ddsgui.synthesis.settings import OptimizerSettings

FAST = OptimizerSettings.from_preset("fast")
SMALL = {"resolution": 128, "channels": [64, 64, 64, 64, 48, 32], "w_dim": 64, "mapping_layers": 2}
LARGE = {"resolution": 256, "channels": [64, 64, 64, 64, 48, 32, 24], "w_dim": 64, "mapping_layers": 2}
DEVICE = "CPU, 2 threads"


@pytest.fixture
def store(tmp_path: Path) -> ForecastStore:
    return ForecastStore(tmp_path / "cache" / "forecasts.json")


def measured(settings: OptimizerSettings, config: dict, seconds: float, start: float = 2.0) -> MeasuredRun:
    return MeasuredRun(
        DEVICE, run_kind(settings, config), run_cost(settings, config), seconds, start, 1_200_000_000
    )


def forecast(store: ForecastStore, settings: OptimizerSettings, config: dict, speed: float | None = None):
    return store.forecast(DEVICE, settings, config, speed)


def test_nothing_is_forecast_while_nothing_is_known(store: ForecastStore) -> None:
    assert forecast(store, FAST, SMALL) is None


def test_before_the_first_run_the_speed_of_a_convolution_gives_a_guess(store: ForecastStore) -> None:
    slow, fast = (forecast(store, FAST, SMALL, speed) for speed in (1e9, 1e11))
    assert slow is not None and fast is not None
    assert slow.basis == fast.basis == "guessed" and "guess" in slow.sentence()
    assert slow.seconds - USUAL_START_SECONDS == pytest.approx(100 * (fast.seconds - USUAL_START_SECONDS))
    assert slow.bytes == FAST.memory_estimate(SMALL).bytes


def test_runs_of_the_same_kind_give_their_median_and_their_memory(store: ForecastStore) -> None:
    for seconds in (9.0, 10.0, 60.0):
        store.add(measured(FAST, SMALL, seconds))
    result = forecast(store, FAST, SMALL, speed=1e9)
    assert result is not None and result == Forecast(12.0, 1_200_000_000, "measured", 3)
    assert "guess" not in result.sentence() and "12 s" in result.sentence() and "3 runs" in result.sentence()


def test_more_iterations_take_longer_and_coarse_ones_count_less(store: ForecastStore) -> None:
    store.add(measured(FAST, SMALL, 10.0))
    twice = forecast(store, replace(FAST, iterations=88), SMALL)
    assert twice is not None and twice.basis == "measured"
    # 30 of 44, and of 88, are coarse: the fine ones grow from 14 to 58.
    assert twice.seconds > 2 + 10 * 2
    coarse = run_cost(replace(FAST, coarse_iterations=30), SMALL)
    assert coarse < run_cost(replace(FAST, coarse_iterations=0), SMALL)


def test_weights_and_latent_spaces_do_not_make_another_kind() -> None:
    assert run_kind(FAST, SMALL) == run_kind(FAST.strengthened(2), SMALL)
    assert run_kind(FAST, SMALL) != run_kind(FAST, LARGE)
    assert run_kind(FAST, SMALL) != run_kind(OptimizerSettings.from_preset("paper"), SMALL)


def test_runs_of_another_size_are_scaled_and_called_a_guess(store: ForecastStore) -> None:
    store.add(measured(FAST, SMALL, 10.0))
    result = forecast(store, FAST, LARGE)
    assert result is not None and result.basis == "scaled" and result.seconds > 12
    assert "guess" in result.sentence()
    assert store.forecast("GPU", FAST, SMALL, None) is None


def test_the_newest_runs_count(store: ForecastStore) -> None:
    for seconds in (100.0,) * 9 + (10.0,) * 5:
        store.add(measured(FAST, SMALL, seconds))
    result = forecast(store, FAST, SMALL)
    assert result is not None and result.seconds == pytest.approx(12)


def test_measured_runs_survive_and_the_oldest_are_dropped(store: ForecastStore) -> None:
    for seconds in range(3):
        store.add(measured(FAST, SMALL, 1.0 + seconds))
    again = ForecastStore(store.path)
    assert again.runs(DEVICE) == store.runs(DEVICE) and len(again.runs(DEVICE)) == 3
    document = json.loads(store.path.read_text("utf-8"))
    document["runs"] = document["runs"][:1] * (MAX_RUNS + 5)
    store.path.write_text(json.dumps(document), "utf-8")
    store.add(measured(FAST, SMALL, 7.0))
    assert len(store.runs(DEVICE)) == MAX_RUNS and store.runs(DEVICE)[-1].seconds == 7


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"runs": 3}', '{"runs": [3, {"device": 1}]}', "[" * 99_999]
)
def test_a_file_that_cannot_be_read_costs_forecasts_only(store: ForecastStore, content: str) -> None:
    store.path.parent.mkdir()
    store.path.write_text(content)
    assert forecast(store, FAST, SMALL) is None
    store.add(measured(FAST, SMALL, 10.0))
    assert forecast(store, FAST, SMALL) is not None


def test_a_folder_that_cannot_be_written_costs_the_next_starts_forecasts_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = ForecastStore(tmp_path / "file" / "forecasts.json")
    store.add(measured(FAST, SMALL, 10.0))
    assert forecast(store, FAST, SMALL) is not None


@pytest.mark.parametrize("preset", ["live", "fast", "final", "paper", "official"])
def test_every_preset_has_a_cost(preset: str) -> None:
    settings = OptimizerSettings.from_preset(preset)
    assert 0 < run_cost(settings, SMALL) < run_cost(settings, LARGE)
