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
from ddsgui.synthesis.segmenter import PartMetadata, Segmenter, save_segmenter
from ddsgui.synthesis.settings import OptimizerSettings, OptimizerStep


def test_the_download_of_a_backbone_is_shown_and_can_be_cancelled(
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
    assert "Starting" in str(next(job))
    assert "alexnet: 1 of 233 MB" in str(next(job))
    job.close()
    assert ended == [True]


def drawn(jobs: Jobs, request: PairRequest) -> tuple[list[str | Notice], Sample]:
    """Run a pair job; return its messages and the pair."""
    messages = []
    job = jobs.pair(request)
    while True:
        try:
            messages.append(next(job))
        except StopIteration as stop:
            return messages, stop.value


def tiny(path: Path, seed: int = 0) -> None:
    """Save a random domain of 32 pixels without a parent."""
    path.parent.mkdir(exist_ok=True)
    torch.manual_seed(seed)
    generator = Network(GeneratorConfig(32, 8, 8, 1, (4, 4, 4, 4)))
    generator.estimate_w_mean()
    save_generator(generator, path, DomainMetadata(path.stem))


def test_unrelated_domains_are_drawn_with_one_warning_per_pair(tmp_path: Path) -> None:
    tiny(tmp_path / "domains/cats.safetensors", 1)
    tiny(tmp_path / "domains/faces.safetensors", 2)
    jobs = Jobs(Library(tmp_path))
    messages, sample = drawn(jobs, PairRequest("cats", "faces", latent=Seed(1)))
    assert isinstance(messages[-1], Notice) and "are not related" in messages[-1].text
    assert sample.latent == Seed(1)
    for request in (
        PairRequest("cats", "faces", latent=Seed(2)),
        PairRequest("cats", "cats", latent=Seed(2)),
    ):
        assert not isinstance(drawn(jobs, request)[0][-1], Notice)
    assert not isinstance(drawn(jobs, PairRequest("cats", "faces", latent=Seed(3)))[0][-1], Notice)
    # A warning that was cancelled before it was shown is shown the next time.
    job = jobs.pair(PairRequest("faces", "cats"))
    while not isinstance(next(job), Notice):
        pass
    job.close()
    assert isinstance(drawn(jobs, PairRequest("faces", "cats"))[0][-1], Notice)


def test_a_part_that_does_not_fit_leaves_pictures_to_paint_on(tmp_path: Path) -> None:
    tiny(tmp_path / "domains/mine.safetensors")
    messages, sample = drawn(Jobs(Library(tmp_path)), PairRequest("mine", "mine", "hair", latent=Seed(1)))
    assert isinstance(messages[-1], Notice)
    assert "128 px" in messages[-1].text
    assert sample.source.shape == (32, 32, 3)
    assert not sample.source_mask.any()


def test_several_parts_are_found_together_if_they_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    halves = np.zeros((1, 2, 32, 32), np.uint8)
    halves[0, 0, :, :16] = halves[0, 1, 16:] = 255
    monkeypatch.setattr(Segmenter, "masks", lambda self, features: halves)
    tiny(tmp_path / "domains/mine.safetensors")
    network = Segmenter([4] * 7, 32, ("left", "right"), "S")
    (tmp_path / "parts").mkdir()
    save_segmenter(network, tmp_path / "parts/spots.safetensors", PartMetadata("spots"))
    jobs = Jobs(Library(tmp_path))
    masks = [
        drawn(jobs, PairRequest("mine", "mine", text, latent=Seed(1)))[1].source_mask
        for text in ("spots", "spots#right", "spots#left,hair,spots#2")
    ]
    assert np.array_equal(masks[0], halves[0, 0]) and np.array_equal(masks[1], halves[0, 1])
    assert np.array_equal(masks[2], halves[0].max(0))
    notices = [
        s for s in drawn(jobs, PairRequest("mine", "mine", "hair,hair#1,spots"))[0] if isinstance(s, Notice)
    ]
    assert len(notices) == 1 and notices[0].text.count("hair was painted on") == 1


def test_a_sample_knows_that_its_masks_lack_a_part(tmp_path: Path) -> None:
    tiny(tmp_path / "domains/mine.safetensors")
    jobs = Jobs(Library(tmp_path))
    for part, lacks_parts in (("", False), ("hair", True), ("mask.png", True)):
        assert drawn(jobs, PairRequest("mine", "mine", part))[1].lacks_parts == lacks_parts


def test_a_request_is_swapped_with_parts_and_latents() -> None:
    assert PairRequest("a", "b", "hair", Seed(1)).swapped == PairRequest("b", "a", "hair", Seed(1))
    both = PairRequest("a", "b", "hair", Seed(1), Seed(2), 0.5, "eyes")
    assert both.swapped == PairRequest("b", "a", "eyes", Seed(2), Seed(1), 0.5, "hair")
    assert both.swapped.swapped == both


def a_run(tmp_path: Path) -> Generator[str | OptimizerStep, None, RunOutcome]:
    """Start a run of five iterations on a tiny domain."""
    tiny(tmp_path / "domains/a.safetensors")
    jobs = Jobs(Library(tmp_path))
    sample = drawn(jobs, PairRequest("a", "a"))[1]
    crossover = Crossover(sample.source, sample.target, sample.source_mask, sample.target_mask)
    settings = OptimizerSettings.from_preset("fast", iterations=5)
    return jobs.run(RunRequest("a", "a", crossover, settings), Latest())


def test_a_run_says_how_much_memory_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ddsgui.stylegan.memory_estimate.WARN_FROM_BYTES", 0)
    job = a_run(tmp_path)
    messages = [next(job), next(job)]
    assert "GB of memory" in str(messages[1])
    job.close()


def test_a_run_that_cannot_fit_does_not_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ddsgui.memory.free_memory", lambda device: 100_000_000)
    with pytest.raises(DeviceError, match=r"only 0\.1 GB is free\. Close other programs\.$"):
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
    assert outcome.best is not None and "Memory ran out" in outcome.error
