"""The mix of a recipe at a terminal: a progress bar, warnings, Ctrl+C."""

from __future__ import annotations

import logging
from collections.abc import Generator
from pathlib import Path

import torch
from tqdm import tqdm

from ddsgui.errors import LibraryError
from ddsgui.jobs.job import Cancelled
from ddsgui.jobs.mixture import Mixture
from ddsgui.synthesis.loss_terms import TOTAL
from ddsgui.synthesis.settings import OptimizerStep
from ddsgui.synthesis.upscaler import Upscaler, load_upscaler

log = logging.getLogger(__name__)


def upscaler_for(factor: int | None, path: Path | None, device: torch.device) -> Upscaler | None:
    """Return the upscaler of --upscale and --upscaler; None if neither is given. Raises DdsError if they differ."""
    if factor is None and path is None:
        return None
    upscaler = load_upscaler(path).to(device)
    if factor not in (None, upscaler.scale):
        which = f"The upscaler {path}" if path else "The bundled upscaler"
        raise LibraryError(
            f"{which} makes pictures {upscaler.scale} times as large, not {factor} times. "
            f"Use --upscale {upscaler.scale}."
        )
    return upscaler


def run_to_the_end(steps: Generator[str | OptimizerStep, None, Mixture], total: int) -> Mixture:
    """Run to the end, or until Ctrl+C, with a progress bar; warnings go to the log."""
    with tqdm(total=total, unit="it", leave=False, disable=None) as bar:

        def show(step: str | OptimizerStep) -> None:
            if isinstance(step, OptimizerStep):
                bar.set_description_str("mixing", refresh=False)
                if step.losses:
                    bar.set_postfix_str(f"loss {step.losses[TOTAL]:.4f}", refresh=False)
                bar.update()
            elif step.endswith("…"):
                bar.set_description_str(step)
            else:
                log.warning(step)

        try:
            while True:
                show(next(steps))
        except StopIteration as end:
            return end.value
        except (
            KeyboardInterrupt
        ):  # between two steps; within a step, the search itself ends with its best result
            try:
                steps.throw(Cancelled())
            except StopIteration as end:
                return end.value
            except Cancelled:
                raise KeyboardInterrupt from None
            raise
