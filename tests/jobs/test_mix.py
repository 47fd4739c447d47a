from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
import torch

from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator
from ddsgui.errors import DeviceError
from ddsgui.jobs.mix import Jobs, Notice, PairRequest, RunOutcome, RunRequest
from ddsgui.latest import Latest
from ddsgui.library.library import Library
from ddsgui.stylegan.generator import Generator as Network
from ddsgui.stylegan.generator import GeneratorConfig
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.sample import Sample
from ddsgui.synthesis.settings import OptimizerSettings, OptimizerStep


def test_a_backbone_on_its_way_is_shown_and_can_be_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[bool] = []

    def slow(name: str) -> Generator[tuple[int, int], None, None]:
        try:
            yield 1_000_000, 233_000_000
        finally:
            ended.append(True)

    monkeypatch.setattr("ddsgui.synthesis.backbones.download_backbone", slow)
    grey = np.zeros((8, 8), np.uint8)
    picture = np.zeros((8, 8, 3), np.uint8)
    crossover = Crossover(picture, picture, grey, grey)
    request = RunRequest("a", "b", crossover, OptimizerSettings.from_preset("paper", backbone="alexnet"))
    job = Jobs(Library(tmp_path)).run(request, Latest())
    assert next(job) == "Starting the run…"
    assert next(job) == "Downloading alexnet: 1 of 233 MB…"
    job.close()
    assert ended == [True]


def drawn(jobs: Jobs, request: PairRequest) -> tuple[list[str | Notice], Sample]:
    """What a job says on its way, and the pair."""
    said = []
    job = jobs.pair(request)
    while True:
        try:
            said.append(next(job))
        except StopIteration as stop:
            return said, stop.value


def tiny(path: Path, seed: int = 0) -> None:
    """A domain of 32 pixels that was trained afresh."""
    path.parent.mkdir(exist_ok=True)
    torch.manual_seed(seed)
    generator = Network(GeneratorConfig(32, 8, 8, 1, (4, 4, 4, 4)))
    generator.estimate_w_mean()
    save_generator(generator, path, DomainMetadata(path.stem))


def test_strangers_are_drawn_with_a_warning_when_they_come_together(tmp_path: Path) -> None:
    tiny(tmp_path / "domains/cats.safetensors", 1)
    tiny(tmp_path / "domains/faces.safetensors", 2)
    jobs = Jobs(Library(tmp_path))
    said, sample = drawn(jobs, PairRequest("cats", "faces", latent=Seed(1)))
    assert isinstance(said[-1], Notice) and "are not related" in said[-1].text
    assert sample.latent == Seed(1)
    for request in (
        PairRequest("cats", "faces", latent=Seed(2)),
        PairRequest("cats", "cats", latent=Seed(2)),
    ):
        assert not isinstance(drawn(jobs, request)[0][-1], Notice)
    assert not isinstance(drawn(jobs, PairRequest("cats", "faces", latent=Seed(3)))[0][-1], Notice)
    # Given up before it could be told, it is told the next time.
    job = jobs.pair(PairRequest("faces", "cats"))
    while not isinstance(next(job), Notice):
        pass
    job.close()
    assert isinstance(drawn(jobs, PairRequest("faces", "cats"))[0][-1], Notice)


def test_a_part_that_does_not_fit_leaves_pictures_to_paint_on(tmp_path: Path) -> None:
    tiny(tmp_path / "domains/mine.safetensors")
    said, sample = drawn(Jobs(Library(tmp_path)), PairRequest("mine", "mine", "hair", latent=Seed(1)))
    assert isinstance(said[-1], Notice)
    assert "128 pixels" in said[-1].text
    assert sample.source.shape == (32, 32, 3)
    assert not sample.source_mask.any()


def a_run(tmp_path: Path) -> Generator[str | OptimizerStep, None, RunOutcome]:
    """Two steps or more between two tiny domains."""
    tiny(tmp_path / "domains/a.safetensors")
    jobs = Jobs(Library(tmp_path))
    sample = drawn(jobs, PairRequest("a", "a"))[1]
    crossover = Crossover(sample.source, sample.target, sample.source_mask, sample.target_mask)
    settings = OptimizerSettings.from_preset("fast", iterations=5)
    return jobs.run(RunRequest("a", "a", crossover, settings), Latest())


def test_a_run_says_what_memory_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ddsgui.jobs.mix.WARN_FROM_BYTES", 0)
    job = a_run(tmp_path)
    said = [next(job), next(job)]
    assert "Mixing at 32 px needs about 0." in str(said[1])
    job.close()


def test_a_run_that_cannot_fit_does_not_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ddsgui.memory.free_memory", lambda device: 100_000_000)
    with pytest.raises(DeviceError, match=r"only 0\.1 GB are free; close other programs\.$"):
        list(a_run(tmp_path))


def test_memory_that_runs_out_leaves_the_best_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ddsgui.synthesis.optimizer import DualDomainOptimizer

    whole = DualDomainOptimizer.steps

    def steps(self: DualDomainOptimizer, *rest: object) -> Generator[OptimizerStep, None, None]:
        for number, step in enumerate(whole(self, *rest)):  # type: ignore[arg-type]
            if number == 2:
                raise MemoryError
            yield step

    monkeypatch.setattr(DualDomainOptimizer, "steps", steps)
    job = a_run(tmp_path)
    while True:
        try:
            next(job)
        except StopIteration as stop:
            outcome = stop.value
            break
    assert outcome.best is not None and "The memory ran out" in outcome.error
