"""Figures of sets of pictures, which are kept on the disk, so that an evaluation that was stopped continues."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ddsgui.evaluation.pastes import Paste
from ddsgui.jobs.evaluation.mixes import Mix
from ddsgui.paths import write_all

if TYPE_CHECKING:
    from torch import Tensor

    from ddsgui.evaluation.features import FeatureNetwork
    from ddsgui.evaluation.lpips import Lpips

BATCH = 16
VERSION = 1  # of the figures; another one measures all again


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures of a series of mixes: `name` says which one of each."""

    name: str
    mixes: Sequence[Mix]
    read: Callable[[Mix], np.ndarray]  # -> uint8 [H, W, 3]

    def __len__(self) -> int:
        return len(self.mixes)

    def __getitem__(self, number: int) -> np.ndarray:
        return self.read(self.mixes[number])

    def __iter__(self) -> Iterator[np.ndarray]:
        return map(self.read, self.mixes)

    @property
    def key(self) -> list[str]:
        """All that the pictures depend on."""
        return [self.name, *(mix.job.key for mix in self.mixes)]


def sources(mixes: Sequence[Mix]) -> Pictures:
    """Return the pictures x_s."""
    return Pictures("source", mixes, lambda mix: mix.crossover.source)


def targets(mixes: Sequence[Mix]) -> Pictures:
    """Return the pictures x_t."""
    return Pictures("target", mixes, lambda mix: mix.crossover.target)


def crossovers(mixes: Sequence[Mix]) -> Pictures:
    """Return the pictures x_c."""
    return Pictures("crossover", mixes, lambda mix: mix.crossover.image)


def results(mixes: Sequence[Mix]) -> Pictures:
    """Return the pictures x̂."""
    return Pictures("result", mixes, lambda mix: mix.result)


def pasted(mixes: Sequence[Mix], name: str, paste: Paste) -> Pictures:
    """Return pictures pasted without a generator."""
    return Pictures(f"paste {name}", mixes, lambda mix: paste(mix.crossover))


def frames(mixes: Sequence[Mix], iteration: int) -> Pictures:
    """Return the pictures of an iteration."""
    return Pictures(f"frame {iteration}", mixes, lambda mix: mix.frame(iteration))


class Measures:
    """Features and likenesses of pictures; each is computed once and read from the disk after that."""

    def __init__(self, folder: Path, network: FeatureNetwork, lpips: Lpips | None) -> None:
        """lpips: None where its weights are missing; its figures are then NaN."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._network, self._lpips = folder, network, lpips

    def features(self, pictures: Pictures) -> Generator[str, None, Tensor]:
        """Return the features of each picture, [N, D]; yield a sentence after each batch that is computed."""
        import torch

        name = f"{_hash(self._network.key, pictures.key)}.npy"
        if (known := self._read(name)) is not None:
            return torch.from_numpy(np.load(io.BytesIO(known)))
        rows = []
        for start in range(0, len(pictures), BATCH):
            numbers = range(start, min(start + BATCH, len(pictures)))
            batch = np.stack([pictures[number] for number in numbers])
            rows += self._network.rows([torch.from_numpy(batch).movedim(-1, 1)])
            yield f"Features of {pictures.name}: {numbers[-1] + 1} of {len(pictures)}…"
        features = torch.cat(rows).float()
        file = io.BytesIO()
        np.save(file, features.numpy())
        write_all(self._folder, {name: file.getvalue()})
        return features

    def likeness(
        self, pictures: Pictures, references: Pictures
    ) -> Generator[str, None, dict[str, list[float]]]:
        """Return SSIM, PSNR, PSNR of bytes and LPIPS of each picture and its reference, by name."""
        from ddsgui.evaluation.similarity import psnr, psnr_of_bytes, ssim

        name = f"{_hash('likeness', self._lpips is not None, pictures.key, references.key)}.json"
        if (known := self._read(name)) is not None:
            return json.loads(known)
        figures: dict[str, list[float]] = {"ssim": [], "psnr": [], "psnr_of_bytes": [], "lpips": []}
        for number in range(len(pictures)):
            pair = pictures[number], references[number]
            values = ssim(*pair), psnr(*pair), psnr_of_bytes(*pair), self._perceptual(*pair)
            for values_of_all, value in zip(figures.values(), values, strict=True):
                values_of_all.append(value)
            yield f"{pictures.name} next to {references.name}: {number + 1} of {len(pictures)}…"
        write_all(self._folder, {name: json.dumps(figures).encode()})
        return figures

    def remembered(
        self, name: str, pictures: Pictures, references: Pictures, measure: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        """Return the figures, plain JSON data, of pictures and references; `measure` computes them the first time."""
        file = f"{_hash(name, pictures.key, references.key)}.json"
        if (known := self._read(file)) is not None:
            return json.loads(known)
        figures = measure()
        write_all(self._folder, {file: json.dumps(figures).encode()})
        return figures

    def _perceptual(self, picture: np.ndarray, reference: np.ndarray) -> float:
        from ddsgui.images import to_tensor

        if self._lpips is None:
            return float("nan")
        return self._lpips.distances(to_tensor(picture), to_tensor(reference))[0]

    def _read(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except OSError:
            return None


def _hash(*parts: object) -> str:
    return hashlib.sha256(json.dumps([VERSION, *parts]).encode()).hexdigest()[:24]
