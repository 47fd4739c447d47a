"""An adaptation in the engine thread, which draws a grid and saves at intervals. Free of torch until it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ddsgui.errors import DdsError
from ddsgui.images import to_uint8
from ddsgui.jobs.adaptation_values import GRID_LATENTS, Adaptation, ComparisonGrid
from ddsgui.training.domain_folder import SAVE_SECONDS, DomainFolder, DomainTraining

if TYPE_CHECKING:
    from torch import Tensor

    from ddsgui.stylegan.generator import Generator

REFRESH_SECONDS = 20.0
REFRESH_INTERVAL_FACTOR = 25.0  # a refresh of t seconds waits 25 t after the last one: 4 % of the time
TRUNCATION = 0.8


class AdaptationRunner:
    """The runner of the adaptation in one folder. A full disk is reported but does not stop it."""

    def __init__(self, folder: DomainFolder, adaptation: DomainTraining, source: str, title: str) -> None:
        """source, title: name and title of the source domain."""
        self.folder, self.adaptation = folder, adaptation
        self.newest = adaptation.generator  # the generator of the newest grid
        self._save_errors: dict[str, str] = {}  # why the last save of "snapshot" or "state" failed
        self._saved = self._drawn = time.monotonic()
        self._cost = 0.0
        self._status = Adaptation(
            name=folder.path.name,
            source=source,
            title=title,
            examples=folder.examples,
            pictures=folder.examples_tensor()[:GRID_LATENTS].movedim(1, -1).numpy(),
            originals=ComparisonGrid(0, draw(adaptation.source)),
            newest=ComparisonGrid(self._step, draw(self.newest)),
            snapshots=self._snapshots(),
            step=self._step,
            steps=adaptation.total - adaptation.warm_up,
            warmed=min(adaptation.step, adaptation.warm_up),
            warm_up=adaptation.warm_up,
        )

    @property
    def status(self) -> Adaptation:
        """The progress so far."""
        return self._status

    @property
    def save_error(self) -> str:
        """A sentence that says why something is not saved; "" if everything is."""
        return next(iter(self._save_errors.values()), "")

    def steps(self) -> Iterator[Adaptation]:
        """Adapt to the end, yielding the progress at the beginning and after each step."""
        yield self._status
        for step in self.adaptation.steps():
            now = time.monotonic()
            if not step.is_warming_up and now - self._drawn >= max(
                REFRESH_SECONDS, REFRESH_INTERVAL_FACTOR * self._cost
            ):
                self.refresh()
            if now - self._saved >= SAVE_SECONDS:
                self.save()
            yield self._update()

    def refresh(self) -> None:
        """Draw the grid again and save a snapshot."""
        began = time.monotonic()
        self.newest = self.adaptation.generator
        newest = ComparisonGrid(self._step, draw(self.newest))
        self._try("snapshot", lambda: self.folder.snapshot(self.adaptation))
        self._status = replace(self._status, newest=newest, snapshots=self._snapshots())
        self._drawn = time.monotonic()
        self._cost = self._drawn - began

    def save(self) -> None:
        """Save the state to resume from."""
        self._try("state", lambda: self.folder.save(self.adaptation))
        self._saved = time.monotonic()

    def write(self) -> Adaptation:
        """Save snapshot and state, before the adaptation is paused or ends."""
        if self._status.newest.step != self._step or "snapshot" in self._save_errors:
            self.refresh()
        self.save()
        return self._update()

    @property
    def _step(self) -> int:
        return max(0, self.adaptation.step - self.adaptation.warm_up)

    def _update(self) -> Adaptation:
        warmed = min(self.adaptation.step, self.adaptation.warm_up)
        self._status = replace(self._status, step=self._step, warmed=warmed, save_error=self.save_error)
        return self._status

    def _snapshots(self) -> tuple[int, ...]:
        return tuple(snapshot.step - self.folder.warm_up for snapshot in self.folder.snapshots())

    def _try(self, what: str, write: Callable[[], object]) -> None:
        self._save_errors.pop(what, None)
        try:
            write()
        except DdsError as error:
            self._save_errors[what] = f"{error} The training continues and will be saved as soon as possible."


def draw(generator: Generator) -> np.ndarray:
    """Return the images of seeds 0 to 7 without padding: uint8 [GRID_LATENTS, H, W, 3]."""
    from ddsgui.stylegan.padding import remove_padding
    from ddsgui.synthesis.sampling import picture

    squares = [to_uint8(picture(generator, seed, TRUNCATION)[0]) for seed in range(GRID_LATENTS)]
    return np.stack([remove_padding(square, generator.config) for square in squares])


def as_tensor(pictures: list[np.ndarray]) -> Tensor:
    """Return images, uint8 [R, R, 3] each, as uint8 [N, 3, R, R]."""
    import torch

    return torch.from_numpy(np.stack(pictures)).movedim(-1, 1).contiguous()
