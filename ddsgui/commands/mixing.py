"""From a recipe to a finished mixture, all in memory: whatever goes wrong on the way, no file is half written."""

from __future__ import annotations

import csv
import io
import json
import time
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ddsgui.commands.options import check_memory
from ddsgui.commands.progress import show_count, show_download, show_loss
from ddsgui.device import memory_guard
from ddsgui.editing.recipe import MaskPair, Recipe
from ddsgui.errors import DdsError, DeviceError, LibraryError, OptimizerError, ProjectError
from ddsgui.export.gif import encode_gif, upscaled_gif_steps
from ddsgui.images import IMAGE_SUFFIXES, encode_png, read_mask
from ddsgui.library.model_cache import ModelCache
from ddsgui.memory import memory_limit
from ddsgui.stylegan.padding import centre_crop, common_picture_size
from ddsgui.synthesis.backbones import load_backbone
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.loss_terms import LOSSES
from ddsgui.synthesis.optimizer import DualDomainOptimizer
from ddsgui.synthesis.perceptual import PerceptualLoss
from ddsgui.synthesis.sampling import check_pair, sample_pair
from ddsgui.synthesis.settings import OptimizerResult, OptimizerSettings, OptimizerStep, lighter_settings
from ddsgui.synthesis.upscaler import Upscaler, load_upscaler

if TYPE_CHECKING:
    from ddsgui.stylegan.generator import Generator

FILM, FILM_FRAMES = "optimisation.gif", 60  # five seconds


@dataclass(frozen=True, eq=False)
class Mixture:
    """A run that has ended, one way or another, with a result."""

    size: tuple[int, int]  # width and height of what both domains draw a picture in; that is what is written
    recipe: Recipe
    crossover: Crossover
    steps: list[OptimizerStep]
    result: OptimizerResult
    seconds: float
    film: bool
    interrupted: bool
    failure: DdsError | None  # why it ended too early, if not by hand
    memory: dict[str, Any] = field(default_factory=dict)  # what was said of it, for --json

    def files(self) -> dict[str, bytes]:
        """What `ddsgui mix` writes: name -> content."""
        recipe = self.recipe.as_dict()
        pictures = {
            "source.png": self.crossover.source,
            "target.png": self.crossover.target,
            "source_mask.png": self.crossover.source_mask,
            "target_mask.png": self.crossover.target_mask,
            "crossover.png": self.crossover.image,
        }
        files = {name: encode_png(centre_crop(picture, self.size)) for name, picture in pictures.items()}
        files["result.png"] = encode_png(centre_crop(self.result.image, self.size), recipe)
        files["losses.csv"] = self._table().encode()
        files["recipe.json"] = (json.dumps(recipe, indent=2, ensure_ascii=False) + "\n").encode()
        if self.film:
            files[FILM] = encode_gif(self._way())
        return files

    def larger_files(self, upscaler: Upscaler) -> dict[str, bytes]:
        """What `--upscale` adds, and the film anew."""
        larger = upscaler.upscale(centre_crop(self.result.image, self.size))
        files = {f"result_x{upscaler.scale}.png": encode_png(larger, self.recipe.as_dict())}
        if self.film:
            files[FILM] = show_count(upscaled_gif_steps(self._way(), upscaler), "upscaling", "frame")
        return files

    def _way(self) -> list[np.ndarray]:
        """The way to the result, and the result last."""
        frames = [step.image for step in self.steps if step.image is not None]
        return [centre_crop(frame, self.size) for frame in (*frames, self.result.image)]

    def _table(self) -> str:
        file = io.StringIO()
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("iteration", *LOSSES, "seconds"))
        for step in self.steps:
            losses = (f"{step.losses[name]:.6g}" for name in LOSSES)
            rows.writerow((step.iteration, *losses, f"{step.seconds:.4f}"))
        return file.getvalue()


def upscaler_for(factor: int | None, path: Path | None, device: torch.device) -> Upscaler | None:
    """What --upscale and --upscaler ask for; None if neither is given. DdsError if they do not fit together."""
    if factor is None and path is None:
        return None
    upscaler = load_upscaler(path).to(device)
    if factor not in (None, upscaler.scale):
        which = f"The upscaler {path}" if path else "The bundled upscaler"
        raise LibraryError(
            f"{which} makes pictures {upscaler.scale} times as large, not {factor} times; "
            f"give --upscale {upscaler.scale}."
        )
    return upscaler


def mix(
    recipe: Recipe, settings: OptimizerSettings, models: ModelCache, film: bool = False, force: bool = False
) -> Mixture:
    """Draw the pair, find the masks, search ẑ. DdsError if it cannot begin or gives no result.

    Ctrl+C, a loss that runs off or memory that runs out ends the search early; what was best until then is the
    result. Without any result the exception goes on its way. force: begin even if the memory does not suffice.
    """
    began = time.perf_counter()
    source, target = models.generator(recipe.source), models.generator(recipe.target)
    check_pair(source, target)
    memory = _memory(target, settings, force)
    recipe, crossover = _pair(recipe, settings, models)
    with show_download(settings.backbone) as progress:
        backbone = load_backbone(settings.backbone, progress).to(target.device)
    optimizer = DualDomainOptimizer(
        source,
        target,
        crossover,
        replace(settings, frame_interval=_frames(settings, film)),
        PerceptualLoss(backbone, settings.layers, settings.upscale_to, settings.max_side),
    )
    steps: list[OptimizerStep] = []
    stopped: KeyboardInterrupt | DdsError | None = None
    try:
        with memory_guard(), memory_limit(target.device):
            for step in show_loss(
                optimizer.steps(), settings.iterations, "mixing", lambda s: s.losses["total"]
            ):
                steps.append(step)
    except (KeyboardInterrupt, OptimizerError) as error:
        stopped = error
    except DeviceError as error:
        stopped = DeviceError(_ran_out(len(steps), settings)) if optimizer.best else error
    if optimizer.best is None:
        raise stopped or OptimizerError("The run gave no result.")
    return Mixture(
        size=common_picture_size(source.config, target.config),
        recipe=recipe,
        crossover=crossover,
        steps=steps,
        result=optimizer.best,
        seconds=time.perf_counter() - began,
        film=film,
        interrupted=isinstance(stopped, KeyboardInterrupt),
        failure=stopped if isinstance(stopped, DdsError) else None,
        memory=memory,
    )


def _memory(target: Generator, settings: OptimizerSettings, force: bool) -> dict[str, Any]:
    """What the search will need, said. DeviceError if it cannot fit."""
    config = target.config.as_dict()
    hint = partial(lighter_settings, settings, config)
    return check_memory(settings.memory_estimate(config), target.device, force, hint)


def _ran_out(done: int, settings: OptimizerSettings) -> str:
    return (
        f"The memory ran out after iteration {done} of {settings.iterations}; the best result until then is written. "
        "Close other programs, choose domains of a lower resolution, or compute on another device."
    )


def _pair(recipe: Recipe, settings: OptimizerSettings, models: ModelCache) -> tuple[Recipe, Crossover]:
    """The pictures with their masks, and the recipe with the masks that no part could find again."""
    source, target = models.generator(recipe.source), models.generator(recipe.target)
    masks = _masks(recipe, target.config.resolution, common_picture_size(source.config, target.config))
    find = masks is None and recipe.part != ""  # no part at all: nothing is masked
    segmenter = models.segmenter(recipe.part) if find else None
    if segmenter is not None:  # told now and not after a picture is drawn
        segmenter.check_fits(target.config.layer_channels(), target.config.resolution)
    sample = sample_pair(
        source, target, segmenter, recipe.latent, recipe.target_latent, truncation=settings.truncation
    )
    if masks is None:
        return recipe, Crossover(sample.source, sample.target, sample.source_mask, sample.target_mask)
    return replace(recipe, masks=MaskPair.encode(*masks)), Crossover(sample.source, sample.target, *masks)


def _masks(recipe: Recipe, side: int, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray] | None:
    """The masks that the recipe carries or names, uint8 [R, R]; None if a segmenter is to find them.

    `size`: width and height of what is seen of the pictures; a mask that is named by its file has that.
    """
    if recipe.masks is not None:
        masks = recipe.masks.decode()
        if masks[0].shape != (side, side):
            height, width = masks[0].shape
            raise ProjectError(
                f"The recipe's masks are {width} × {height} pixels; these pictures are {side} × {side}."
            )
        return masks
    if recipe.part.lower().endswith(IMAGE_SUFFIXES):  # a mask for both pictures
        mask = np.zeros((side, side), np.uint8)
        width, height = size
        centre_crop(mask, size)[:] = read_mask(Path(recipe.part), (height, width))
        return mask, mask
    return None


def _frames(settings: OptimizerSettings, film: bool) -> int:
    """A picture each how many iterations: none but the last without a film."""
    if not film:
        return settings.iterations
    return (
        settings.frame_interval if settings.frame_interval > 1 else max(1, settings.iterations // FILM_FRAMES)
    )
