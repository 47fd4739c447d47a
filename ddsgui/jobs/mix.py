"""The jobs of the engine, as plain generators: the window and `ddsgui mix` drive the same ones. They import torch."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ddsgui.errors import DdsError, DeviceError, OptimizerError
from ddsgui.jobs.job import Cancelled
from ddsgui.jobs.live import live_steps, prepare_blend
from ddsgui.jobs.pairs import Notice, PairRequest, draw_pair_steps
from ddsgui.jobs.runs import RunOutcome, RunRequest
from ddsgui.latest import Latest
from ddsgui.library.library import Library
from ddsgui.synthesis.blend_settings import split_parts
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.sample import Sample
from ddsgui.synthesis.settings import (
    OptimizerSettings,
    OptimizerStep,
    RunUpdate,
    lighter_settings,
)

if TYPE_CHECKING:
    from ddsgui.library.model_cache import ModelCache
    from ddsgui.stylegan.generator import Generator as Network
    from ddsgui.synthesis.blending.live_blend import LiveBlend
    from ddsgui.synthesis.optimizer import DualDomainOptimizer

SPEED_CHANNELS, SPEED_SIDE_PX, SPEED_TRIES = 64, 128, 4  # of the convolution that measures the device

__all__ = ["Jobs", "Machine", "Notice", "PairRequest", "RunOutcome", "RunRequest", "SeedPicture", "run_steps"]


@dataclass(frozen=True)
class Machine:
    """The device and the backbones that the engine computes with."""

    device: str
    backbones: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SeedPicture:
    """A small picture of a seed."""

    seed: int
    image: np.ndarray  # uint8 [H, W, 3]


class Jobs:
    """The jobs that share the loaded models. Create it in the GUI thread; only the engine thread uses it."""

    def __init__(self, library: Library, device: str = "auto") -> None:
        self.library = library
        self._device = device
        self._models: ModelCache | None = None
        self._drawn: tuple[str, str] | None = None  # the domains of the last pair

    @property
    def models(self) -> ModelCache:
        if self._models is None:
            from ddsgui.device import choose
            from ddsgui.library.model_cache import ModelCache

            self._models = ModelCache(self.library, choose(self._device))
        return self._models

    def machine(self) -> Generator[None, None, Machine]:
        """Return the device and the backbones. The first job, because it imports torch."""
        yield
        is_first = "torch" not in sys.modules
        import torch

        from ddsgui.device import device_label
        from ddsgui.synthesis.backbones import BACKBONES

        if is_first:
            gc.freeze()  # torch's many objects are never collected; looking at them would only stop the window
        return Machine(device_label(torch.device(self.models.device)), tuple(BACKBONES))

    def speed(self) -> Generator[None, None, float]:
        """Return the multiply-adds per second of a convolution on the device, for a guess of a run's time."""
        import time

        import torch

        device = torch.device(self.models.device)
        picture = torch.zeros(1, SPEED_CHANNELS, SPEED_SIDE_PX, SPEED_SIDE_PX, device=device)
        kernel = torch.zeros(SPEED_CHANNELS, SPEED_CHANNELS, 3, 3, device=device)
        best = 0.0
        for _ in range(SPEED_TRIES):
            yield
            start = time.perf_counter()
            torch.nn.functional.conv2d(picture, kernel, padding=1).sum().item()  # waits for a GPU
            best = max(best, picture.numel() * 9 * SPEED_CHANNELS / (time.perf_counter() - start))
        return best

    def pair(self, request: PairRequest) -> Generator[str | Notice, None, Sample]:
        """Draw a pair for the window: see draw_pair_steps(). Notices about two domains come with their first pair."""
        domains = (request.source, request.target)
        sample = yield from draw_pair_steps(self.models, request, notices=domains != self._drawn)
        if request.source != request.target:  # the part dialog draws one domain as both
            self._drawn = domains
        return sample

    def run(
        self, request: RunRequest, edits: Latest[RunUpdate]
    ) -> Generator[str | OptimizerStep, None, RunOutcome]:
        """Optimise ẑ: see run_steps()."""
        return (yield from run_steps(self.models, request, edits))

    def seeds(
        self, domain: str, seeds: range, truncation: float
    ) -> Generator[tuple[SeedPicture, ...], None, None]:
        """Draw seeds; yield all pictures so far each time, so that a newest-only box loses none."""
        generator = self.models.generator(domain)
        from ddsgui.images import to_uint8
        from ddsgui.stylegan.padding import remove_padding
        from ddsgui.synthesis.sampling import picture

        pictures: tuple[SeedPicture, ...] = ()
        for seed in seeds:
            image = remove_padding(to_uint8(picture(generator, seed, truncation)[0]), generator.config)
            pictures = (*pictures, SeedPicture(seed, image))
            yield pictures


def run_steps(
    models: ModelCache, request: RunRequest, edits: Latest[RunUpdate] | None = None
) -> Generator[str | OptimizerStep, None, RunOutcome]:
    """Optimise ẑ, or blend live; yield sentences about the preparation, then the steps.

    If it is cancelled, interrupted or fails, it returns the best result so far. Raises DdsError if it cannot start.
    """
    yield "Starting the run…"
    from ddsgui.device import memory_guard
    from ddsgui.memory import memory_limit

    settings = request.settings
    if settings.live:
        memory = yield from _check_memory(models.generator(request.target), request)
        return (yield from live_steps(models, request, memory))
    search = yield from prepare_search(models, request)
    done, interrupted, error = 0, False, None
    try:
        with memory_guard(), memory_limit(search.optimizer.device):
            for step in search.optimizer.steps(edits, request.with_moments):
                done = step.iteration
                yield step
    except (Cancelled, KeyboardInterrupt):
        interrupted = True
    except (OptimizerError, DeviceError) as failure:
        error = failure
    return search.outcome(done, error, interrupted)


@dataclass(frozen=True, eq=False)
class Search:
    """A search that is ready to start."""

    settings: OptimizerSettings
    optimizer: DualDomainOptimizer
    memory: dict[str, int | None]  # bytes: "needed", and "free" where that is known

    def outcome(self, done: int, error: DdsError | None = None, interrupted: bool = False) -> RunOutcome:
        """Return the end of the run. done: iterations. error: what ended it."""
        best, sentence = self.optimizer.best, None if error is None else str(error)
        out_of_memory = isinstance(error, DeviceError)
        if out_of_memory and best is not None:
            sentence = (
                f"Memory ran out after iteration {done} of {self.settings.iterations}. The best result so far is kept. "
                "Close other programs, choose domains of a lower resolution or use another device."
            )
        return RunOutcome(best, self.settings.space, sentence, out_of_memory, interrupted, self.memory)


def prepare_search(models: ModelCache, request: RunRequest) -> Generator[str, None, Search]:
    """Load what a search needs; yield sentences. Raises DdsError if it cannot start."""
    from ddsgui.synthesis.backbones import download_backbone
    from ddsgui.synthesis.optimizer import DualDomainOptimizer
    from ddsgui.synthesis.sampling import ws_of

    settings, name = request.settings, request.settings.backbone
    for done, total in download_backbone(name):
        yield f"Downloading {name}: {done / 1e6:.0f} of {total / 1e6:.0f} MB…"
    source = models.generator(request.source) if settings.uses_source_generator else None
    target = models.generator(request.target)
    memory = yield from _check_memory(target, request)
    target_ws = None
    if request.pair_latents is not None:
        latent, target_latent = request.pair_latents
        target_ws = ws_of(target, latent if target_latent is None else target_latent, settings.truncation)
    optimizer = DualDomainOptimizer(
        source,
        target,
        request.crossover,
        settings,
        latent=request.latent,
        moments=request.moments,
        target_ws=target_ws,
        baseline=_baseline(prepare_blend(models, request), request) if request.blends else None,
    )
    return Search(settings, optimizer, memory)


def _baseline(blend: LiveBlend, request: RunRequest) -> Callable[[Crossover], np.ndarray]:
    """Return a function that draws the live blend of a crossover's masks."""

    def draw(crossover: Crossover) -> np.ndarray:
        masks = crossover.source_mask, crossover.target_mask
        return blend.blend(split_parts(*masks, request.blends, request.owners)).image

    return draw


def _check_memory(target: Network, request: RunRequest) -> Generator[str, None, dict[str, int | None]]:
    """Yield the memory that a run needs, if that is much, and return it. Raises DeviceError if it cannot fit."""
    from ddsgui.memory import free_memory

    config, settings, free = target.config.as_dict(), request.settings, free_memory(target.device)
    lighter = None if free is None else lighter_settings(settings, config, free)
    estimate = settings.memory_estimate(config)
    warning, memory = estimate.check(free, request.force, (lighter, *request.advice))
    if warning is not None:
        yield warning
    return memory
