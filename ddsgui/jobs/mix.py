"""What the engine can be asked to do, as plain generators. They run in the engine thread and there import torch."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ddsgui.errors import DdsError, DeviceError, OptimizerError, SegmenterError
from ddsgui.jobs.job import Cancelled
from ddsgui.latest import Latest
from ddsgui.library.bundled import SEED
from ddsgui.library.families import unrelated_warning
from ddsgui.library.library import Library
from ddsgui.stylegan.memory_estimate import WARN_FROM_BYTES
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.latents import LatentSource, Seed
from ddsgui.synthesis.sample import Sample
from ddsgui.synthesis.settings import (
    OptimizerResult,
    OptimizerSettings,
    OptimizerStep,
    RunUpdate,
    lighter_settings,
)
from ddsgui.text import plural

if TYPE_CHECKING:
    from ddsgui.library.model_cache import ModelCache
    from ddsgui.stylegan.generator import Generator as Network

_FIRST = Seed(SEED)
MASK_SUFFIX = ".png"  # a part may also be named by a mask picture; such a part has no segmenter


@dataclass(frozen=True)
class Machine:
    """What the engine found to compute with."""

    device: str
    backbones: tuple[str, ...]


@dataclass(frozen=True)
class PairRequest:
    """The pictures the artist wants to see."""

    source: str = ""
    target: str = ""
    part: str = ""  # "": no part, empty masks
    latent: LatentSource = _FIRST
    target_latent: LatentSource | None = None  # None: both pictures come from `latent`
    truncation: float = 0.8


@dataclass(frozen=True)
class Notice:
    """A sentence for the user about a job that goes on."""

    text: str


@dataclass(frozen=True, eq=False)
class RunRequest:
    """Everything a run starts from."""

    source: str
    target: str
    crossover: Crossover
    settings: OptimizerSettings
    latent: np.ndarray | None = None  # ẑ to go on from, of the space in `settings`


@dataclass(frozen=True, eq=False)
class RunOutcome:
    """How a run ended; the best picture is kept however it did."""

    best: OptimizerResult | None
    space: str  # of the best latent
    error: str | None = None


@dataclass(frozen=True, eq=False)
class SeedPicture:
    """What a seed looks like, small."""

    seed: int
    image: np.ndarray  # uint8 [H, W, 3]


class Jobs:
    """Made in the GUI thread, used in the engine thread alone; holds the loaded models."""

    def __init__(self, library: Library, device: str = "auto") -> None:
        self.library = library
        self._device = device
        self._made: ModelCache | None = None
        self._drawn: tuple[str, str] | None = None  # the domains of the last pair

    @property
    def models(self) -> ModelCache:
        if self._made is None:
            from ddsgui.device import choose
            from ddsgui.library.model_cache import ModelCache

            self._made = ModelCache(self.library, choose(self._device))
        return self._made

    def machine(self) -> Generator[None, None, Machine]:
        """Name the device; the first job, as it takes the time to import torch."""
        yield
        import torch

        from ddsgui.synthesis.backbones import BACKBONES

        gc.freeze()  # torch's thousands of objects stay: collections that look at them stop the window, too
        device = torch.device(self.models.device)
        if device.type == "cuda":
            label = torch.cuda.get_device_name(device)
        else:
            threads = torch.get_num_threads()
            label = f"{device.type.upper()}, {plural(threads, 'thread')}"
        return Machine(label, tuple(BACKBONES))

    def pair(self, request: PairRequest) -> Generator[str | Notice, None, Sample]:
        """Load what is needed and draw the two pictures with their masks; yields what is under way.

        A part that these domains cannot use leaves the masks empty, to be painted by hand, and gives a Notice; so do
        domains that do not share a latent space, when they first come together.
        """
        yield f"Loading {_stem(request.source)}…"
        source = self.models.generator(request.source)
        yield f"Loading {_stem(request.target)}…"
        target = self.models.generator(request.target)
        segmenter = None
        if request.part and not request.part.lower().endswith(MASK_SUFFIX):
            yield f"Loading {_stem(request.part)}…"
            segmenter = self.models.segmenter(request.part)
        yield f"Drawing {request.latent}…"
        from ddsgui.synthesis.sampling import sample_pair

        domains = (request.source, request.target)
        notice = unrelated_warning(self.library, *domains) if domains != self._drawn else None
        draw = partial(
            sample_pair,
            source,
            target,
            latent=request.latent,
            target_latent=request.target_latent,
            truncation=request.truncation,
        )
        try:
            sample = draw(segmenter=segmenter)
        except SegmenterError as error:
            notice = f"{notice} {error}" if notice else str(error)
            sample = draw(segmenter=None)
        if notice is not None:
            yield Notice(notice)  # last: who reads the newest only must not miss it
        if request.source != request.target:  # a domain alone is drawn to be painted on, beside the pair
            self._drawn = domains
        return sample

    def run(
        self, request: RunRequest, edits: Latest[RunUpdate]
    ) -> Generator[str | OptimizerStep, None, RunOutcome]:
        """Optimise ẑ; yields what is under way and then the steps. Cancelled or failed, the best is returned."""
        yield "Starting the run…"
        from ddsgui.device import memory_guard
        from ddsgui.memory import memory_limit
        from ddsgui.synthesis.backbones import download_backbone
        from ddsgui.synthesis.optimizer import DualDomainOptimizer

        name = request.settings.backbone
        for done, total in download_backbone(name):
            yield f"Downloading {name}: {done / 1e6:.0f} of {total / 1e6:.0f} MB…"

        source = self.models.generator(request.source)
        target = self.models.generator(request.target)
        yield from _say_memory(target, request.settings)
        optimizer = DualDomainOptimizer(
            source, target, request.crossover, request.settings, latent=request.latent
        )
        try:
            with memory_guard(), memory_limit(target.device):
                yield from optimizer.steps(edits)
        except Cancelled:
            pass
        except (OptimizerError, DeviceError) as error:
            return RunOutcome(optimizer.best, request.settings.space, str(error))
        return RunOutcome(optimizer.best, request.settings.space)

    def seeds(
        self, domain: str, seeds: range, truncation: float
    ) -> Generator[tuple[SeedPicture, ...], None, None]:
        """Pictures of some seeds; each time all that are there, so that a newest-only box loses none."""
        generator = self.models.generator(domain)
        from ddsgui.images import to_uint8
        from ddsgui.stylegan.padding import remove_padding
        from ddsgui.synthesis.sampling import picture

        pictures: tuple[SeedPicture, ...] = ()
        for seed in seeds:
            image = remove_padding(to_uint8(picture(generator, seed, truncation)[0]), generator.config)
            pictures = (*pictures, SeedPicture(seed, image))
            yield pictures


def _say_memory(target: Network, settings: OptimizerSettings) -> Iterator[str]:
    """What a run will need, if that is worth saying. DeviceError if it cannot fit."""
    from ddsgui.memory import free_memory

    config = target.config.as_dict()
    needed, free = settings.memory_estimate(config), free_memory(target.device)
    if free is not None and not needed.fits(free):
        advice = " or ".join(filter(None, ("close other programs", lighter_settings(settings, config, free))))
        raise DeviceError(f"{needed.sentence(free)[:-1]}; {advice}.")
    if needed.bytes >= WARN_FROM_BYTES:
        yield needed.sentence(free)


def _stem(name_or_path: str) -> str:
    if not name_or_path:
        raise DdsError("Choose a source and a target domain first.")
    return Path(name_or_path).stem
