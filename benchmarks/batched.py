"""The gain of searching for several latents in one graph: python benchmarks/batched.py [--sizes 1 2 4 8].

One iteration as the search does it on the bundled pair: draw x̂, read it, compare it with both references, and take the
gradient by ẑ. All batch sizes take turns; the seconds are those of one picture.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ddsgui.device import tune_allocator

tune_allocator()

import torch
from engine import peak_memory

from ddsgui.images import to_tensor
from ddsgui.library.library import Library
from ddsgui.library.model_cache import ModelCache
from ddsgui.synthesis.backbones import load_backbone
from ddsgui.synthesis.gradients import backward
from ddsgui.synthesis.perceptual import PerceptualLoss
from ddsgui.synthesis.sampling import sample_pair, ws_of
from ddsgui.synthesis.settings import PRESETS

ROUNDS = 6
SEARCHES = ("paper", "official", "fast")  # whose layers, side and precision the pictures are read with


class Batch:
    """Searches for several latents of the bundled pair at once."""

    def __init__(self, preset: str, models: ModelCache, size: int) -> None:
        source, self._target = models.generator("portrait"), models.generator("caricature")
        self._loss = PerceptualLoss.from_settings(load_backbone("vgg16"), PRESETS[preset])
        part = models.segmenter("eyes-nose-mouth")
        samples = [sample_pair(source, self._target, part, seed) for seed in range(size)]
        latents = [ws_of(self._target, sample.latent, sample.truncation) for sample in samples]
        self._ws = torch.cat(latents).requires_grad_()
        self._references = []
        for pictures, masks in (
            ([s.source for s in samples], [s.source_mask / 255 for s in samples]),
            ([s.target for s in samples], [1 - s.target_mask / 255 for s in samples]),
        ):
            mask = torch.stack([torch.from_numpy(m).float()[None] for m in masks])
            images = torch.cat([to_tensor(picture) for picture in pictures])
            self._references.append(self._loss.reference(images, mask))

    def iterate(self) -> None:
        """Compute one gradient of each latent."""
        drawn = self._target.synthesis(self._ws)
        _, gradient = self._loss.compare(drawn, self._references, (1, 1))
        backward([drawn], [gradient])
        self._ws.grad = None


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 2, 4, 8])
    args = parser.parse_args()
    models = ModelCache(Library())
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    for preset in SEARCHES:
        batches = {size: Batch(preset, models, size) for size in args.sizes}
        times: dict[int, list[float]] = {size: [] for size in batches}
        for _ in range(ROUNDS + 1):
            for size, batch in batches.items():
                began = time.perf_counter()
                batch.iterate()
                times[size].append((time.perf_counter() - began) / size)
        for size, values in times.items():
            print(
                f"{preset:<9} {size} at once   min {min(values[1:]):.3f}  median {median(values[1:]):.3f} s a picture"
            )
    print(f"peak memory {peak_memory():.2f} GB")


if __name__ == "__main__":
    main()
