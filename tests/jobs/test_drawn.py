"""Jobs of the New domain dialog that draw: previews of a painter, and trainings."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from ddsgui.checkpoints.checkpoint import inspect_file
from ddsgui.errors import TrainingError
from ddsgui.jobs.adaptation_values import (
    Adaptation,
    DrawnRequest,
    PainterPreview,
    PreviewRequest,
    SaveRequest,
)
from ddsgui.jobs.adaptations import AdaptationJobs
from ddsgui.jobs.mix import Jobs
from ddsgui.jobs.painter_preview import PreviewJobs
from ddsgui.library.library import Library
from ddsgui.steps import result_of
from ddsgui.training.drawn import settings as drawn_settings
from tests.commands.conftest import tiny_library  # noqa: F401
from tests.training.drawn.conftest import face, faces, inverted, seen  # noqa: F401

VALUES = (("strength", 0.5),)


@pytest.fixture
def jobs(tiny_library: Path, monkeypatch: pytest.MonkeyPatch) -> Jobs:  # noqa: F811
    monkeypatch.setenv("DDSGUI_HOME", os.fspath(tiny_library))
    return Jobs(Library())


@pytest.fixture(autouse=True)
def quick(seen, inverted, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """Learn from few pairs without VGG."""
    monkeypatch.setattr("ddsgui.jobs.adaptations.DrawnSettings", quick_settings)


def quick_settings(steps: int) -> drawn_settings.DrawnSettings:
    return drawn_settings.DrawnSettings(steps=steps, pairs=72, features=0)


def test_a_preview_shows_eight_people_one_by_one(jobs):
    previews = PreviewJobs(jobs)
    steps = []
    last = result_of(previews.preview(PreviewRequest("one", "inverted", VALUES)), steps.append)
    assert isinstance(last, PainterPreview) and len(last.pictures) == len(last.originals) == 8
    assert (last.pictures == (255 - last.originals * 0.5).astype(np.uint8)).all()
    counts = [len(step.pictures) for step in steps if isinstance(step, PainterPreview)]
    assert counts == list(range(1, 9))


def test_faces_are_looked_for_once_per_domain(jobs, seen):  # noqa: F811
    previews = PreviewJobs(jobs)
    first = result_of(previews.preview(PreviewRequest("one", "inverted", VALUES)))
    looked_at = len(seen)
    second = result_of(previews.preview(PreviewRequest("one", "inverted", (("strength", 1.0),))))
    assert len(seen) == looked_at and np.array_equal(first.originals, second.originals)
    assert not np.array_equal(first.pictures, second.pictures)
    result_of(previews.preview(PreviewRequest("two", "inverted", VALUES)))
    assert len(seen) == 2 * looked_at


def test_a_domain_without_faces_has_no_preview(jobs, monkeypatch):
    monkeypatch.setattr("ddsgui.jobs.painter_preview.LATENTS", 8)
    with pytest.raises(TrainingError, match="6 of 8"):
        result_of(PreviewJobs(jobs).preview(PreviewRequest("one", "inverted", VALUES)))


def test_a_drawn_domain_is_trained_saved_and_discarded(jobs):
    adaptations = AdaptationJobs(jobs)
    values = []
    request = DrawnRequest("by hand", "one", "inverted", VALUES, 5)
    last = result_of(adaptations.begin_drawn(request), values.append)
    sentences = [value for value in values if isinstance(value, str)]
    assert any("Looking for faces" in text for text in sentences)
    assert any("54 of 54" in text for text in sentences)
    assert isinstance(last, Adaptation) and last.is_complete and (last.step, last.warm_up) == (5, 0)
    assert len(last.pictures) == 8 and last.examples == 54
    (unfinished,) = result_of(adaptations.unfinished())
    assert (unfinished.name, unfinished.step, unfinished.examples) == ("by hand", 5, 54)
    saving = SaveRequest("by hand", 5, "by hand", "By hand", "", "")
    result_of(adaptations.save(saving))
    path = jobs.library.domain("by hand")
    assert inspect_file(path).card["painter"] == "inverted"
    assert not path.with_name("by hand.discriminator.safetensors").exists()
    path.unlink()
    result_of(adaptations.discard("by hand"))
    assert result_of(adaptations.unfinished()) == ()


def test_a_drawn_domain_is_resumed(jobs):
    first = AdaptationJobs(jobs)
    steps = first.begin_drawn(DrawnRequest("paused", "one", "inverted", VALUES, 5))
    for value in steps:
        if isinstance(value, Adaptation) and value.step == 2:
            break
    steps.close()  # as if the program were closed
    again = AdaptationJobs(jobs)
    steps = again.resume("paused")
    first_value = next(value for value in steps if isinstance(value, Adaptation))
    assert first_value.step == 2
    assert result_of(steps).is_complete
    result_of(again.discard("paused"))


def test_a_refused_drawn_domain_leaves_nothing(jobs, monkeypatch):
    monkeypatch.setattr(
        "ddsgui.jobs.adaptations.DrawnSettings",
        lambda steps: drawn_settings.DrawnSettings(steps=steps, pairs=60, features=0),
    )
    adaptations = AdaptationJobs(jobs)
    with pytest.raises(TrainingError, match="45 of 60"):
        result_of(adaptations.begin_drawn(DrawnRequest("few", "one", "inverted", VALUES, 5)))
    assert result_of(adaptations.unfinished()) == ()
