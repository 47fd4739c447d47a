"""An adaptation in the engine thread, which draws its latents and saves now and then. Free of torch until it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ddsgui.errors import DdsError
from ddsgui.images import to_uint8
from ddsgui.jobs.adaptation_values import GRID_LATENTS, Adaptation, ComparisonGrid
from ddsgui.training.few_shot.folder import SAVE_SECONDS, AdaptationFolder

if TYPE_CHECKING:
    from torch import Tensor

    from ddsgui.stylegan.generator import Generator
    from ddsgui.training.few_shot.adaptation import FewShotAdaptation

REFRESH_SECONDS = 20.0
RELATIVE_COST = (
    25.0  # a refresh that takes t follows the last one after 25 t at the earliest: 4 % of the time
)
TRUNCATION = 0.8


class AdaptationRunner:
    """The runner of the adaptation in one folder. A full disk is reported but does not stop it."""

    def __init__(
        self, folder: AdaptationFolder, adaptation: FewShotAdaptation, source: str, title: str
    ) -> None:
        """source, title: name and title of the domain that is adapted."""
        self.folder, self.adaptation = folder, adaptation
        self.newest = adaptation.generator  # the generator of the newest grid
        self._troubles: dict[str, str] = {}  # what could not be written last time, and why
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
    def trouble(self) -> str:
        """The reason why something is not saved, in a sentence; "" if all is."""
        return next(iter(self._troubles.values()), "")

    def steps(self) -> Iterator[Adaptation]:
        """Adapt to the end, yielding the progress at the beginning and after each step."""
        yield self._status
        for step in self.adaptation.steps():
            now = time.monotonic()
            if not step.warming and now - self._drawn >= max(REFRESH_SECONDS, RELATIVE_COST * self._cost):
                self.refresh()
            if now - self._saved >= SAVE_SECONDS:
                self.save()
            yield self._update()

    def refresh(self) -> None:
        """Draw the grid again and save a snapshot that can be returned to."""
        began = time.monotonic()
        self.newest = self.adaptation.generator
        newest = ComparisonGrid(self._step, draw(self.newest))
        self._try("snapshot", lambda: self.folder.snapshot(self.adaptation))
        self._status = replace(self._status, newest=newest, snapshots=self._snapshots())
        self._drawn = time.monotonic()
        self._cost = self._drawn - began

    def save(self) -> None:
        """Save what resuming needs."""
        self._try("state", lambda: self.folder.save(self.adaptation))
        self._saved = time.monotonic()

    def write(self) -> Adaptation:
        """Save both, before the adaptation is paused or ends."""
        if self._status.newest.step != self._step or "snapshot" in self._troubles:
            self.refresh()
        self.save()
        return self._update()

    @property
    def _step(self) -> int:
        return max(0, self.adaptation.step - self.adaptation.warm_up)

    def _update(self) -> Adaptation:
        warmed = min(self.adaptation.step, self.adaptation.warm_up)
        self._status = replace(self._status, step=self._step, warmed=warmed, trouble=self.trouble)
        return self._status

    def _snapshots(self) -> tuple[int, ...]:
        return tuple(snapshot.step - self.folder.warm_up for snapshot in self.folder.snapshots())

    def _try(self, what: str, write: Callable[[], object]) -> None:
        self._troubles.pop(what, None)
        try:
            write()
        except DdsError as error:
            self._troubles[what] = (
                f"{error} The training continues, and is saved as soon as that is possible."
            )


def draw(generator: Generator) -> np.ndarray:
    """Return the images of seeds 0 to 7 without the padding that a domain draws: uint8 [GRID_LATENTS, H, W, 3]."""
    from ddsgui.stylegan.padding import remove_padding
    from ddsgui.synthesis.sampling import picture

    squares = [to_uint8(picture(generator, seed, TRUNCATION)[0]) for seed in range(GRID_LATENTS)]
    return np.stack([remove_padding(square, generator.config) for square in squares])


def as_tensor(pictures: list[np.ndarray]) -> Tensor:
    """Return images, uint8 [R, R, 3] each, as uint8 [N, 3, R, R]."""
    import torch

    return torch.from_numpy(np.stack(pictures)).movedim(-1, 1).contiguous()
