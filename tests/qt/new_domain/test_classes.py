"""One class of a conditional domain is adapted, resumed on another day, inspected and saved."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot

from ddsgui.checkpoints.checkpoint import DomainMetadata, load_generator, save_generator
from ddsgui.editing.example import read_example
from ddsgui.jobs import adaptations
from ddsgui.jobs.adaptation_runner import draw
from ddsgui.jobs.adaptation_values import Adaptation, DomainRequest, SaveRequest
from ddsgui.jobs.adaptations import AdaptationJobs
from ddsgui.jobs.job import Cancelled
from ddsgui.jobs.mix import Jobs
from ddsgui.library.library import Library
from ddsgui.paths import assets
from ddsgui.qt.new_domain.source_form import SourceForm
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.training.few_shot.settings import AdaptationSettings


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A library with "animals", a domain of three classes, and "plain", one without classes."""
    library = Library(tmp_path)
    torch.manual_seed(0)
    for name, classes in (("animals", 3), ("plain", 0)):
        generator = Generator(GeneratorConfig(16, 8, 8, 2, (8, 8, 8), classes=classes))
        generator.estimate_w_mean()
        save_generator(generator, library.domain_path(name), DomainMetadata(name, name.capitalize()))
    return library


def after(steps: int, job: object) -> Adaptation:
    """Stop an adaptation after so many steps and return its last state."""
    try:
        while True:
            value = next(job)  # type: ignore[call-overload]
            if isinstance(value, Adaptation) and value.step >= steps:
                job.throw(Cancelled())  # type: ignore[attr-defined]
    except StopIteration as stop:
        return stop.value


def result(job: object) -> object:
    try:
        while True:
            next(job)  # type: ignore[call-overload]
    except StopIteration as stop:
        return stop.value


def test_one_class_is_adapted_and_resumed_on_another_day(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adaptations, "AdaptationSettings", partial(AdaptationSettings, warm_up=0, batch=2))
    example = read_example(assets() / "examples/engraving/00.png")
    jobs = AdaptationJobs(Jobs(library, "cpu"))
    begun = after(2, jobs.begin(DomainRequest("drawn", "animals#2", (example,), 50)))
    assert (begun.source, begun.title) == ("animals#2", "Animals #2")
    animals = load_generator(library.domain("animals"), class_index=2)
    assert np.array_equal(begun.originals.pictures, draw(animals))

    later = AdaptationJobs(Jobs(library, "cpu"))  # on another day
    (unfinished,) = result(later.unfinished())  # type: ignore[misc]
    assert (unfinished.source, unfinished.step) == ("Animals #2", begun.step)
    assert result(later.inspect("drawn", begun.step)).pictures.shape == (8, 16, 16, 3)  # type: ignore[attr-defined]
    continued = after(begun.step + 2, later.resume("drawn"))
    assert continued.step > begun.step and set(continued.snapshots) >= {begun.step, continued.step}

    last = AdaptationJobs(Jobs(library, "cpu"))  # a snapshot from the disk, nothing in memory
    result(last.save(SaveRequest("drawn", begun.step, "drawn", "Drawn", "", "")))
    saved = load_generator(library.domain("drawn"), class_index=2)
    assert np.array_equal(draw(saved), result(last.inspect("drawn", begun.step)).pictures)  # type: ignore[attr-defined]


def test_the_form_has_a_field_for_the_class(qtbot: QtBot, library: Library) -> None:
    form = SourceForm(library)
    qtbot.addWidget(form)
    form.refresh("animals#2")
    assert form.domain == "animals#2" and not form.source_class.isHidden()
    form.source_class.setValue(1)
    form.refresh("animals#2")  # a choice by hand stays
    assert form.domain == "animals#1"
    form.source.setCurrentIndex(form.source.findData("plain"))
    assert form.domain == "plain" and form.source_class.isHidden()
