"""The gain of searching for several latents in one graph: python benchmarks/batched.py [--sizes 1 2 4 8] [--threads N].

Evaluates the loss and its gradient as the searches of `ddsgui batch --together N` do, on the bundled pair. All sizes
take turns; the seconds are those of one latent. `paper` and `official` read pictures in float32 and in bfloat16, which
is float32 again on a processor without it.
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

from ddsgui.library.library import Library
from ddsgui.library.model_cache import ModelCache
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.objective import EvaluationRequest, joined
from ddsgui.synthesis.optimizer import DualDomainOptimizer
from ddsgui.synthesis.sampling import sample_pair
from ddsgui.synthesis.settings import OptimizerSettings

ROUNDS = 6
SEARCHES = (
    ("paper", "paper", {}),
    ("paper in bfloat16", "paper", {"reduced_precision": True}),
    ("official", "official", {}),
    ("official in bfloat16", "official", {"reduced_precision": True}),
    ("fast, first 30", "fast", {}),
    ("fast, last 14", "fast", {"coarse_iterations": 0}),
)


def requests(models: ModelCache, settings: OptimizerSettings, count: int) -> list[EvaluationRequest]:
    """Return the first latents of searches for several people."""
    source, target = models.generator("portrait"), models.generator("caricature")
    part, prepared = models.segmenter("eyes-nose-mouth"), []
    for seed in range(count):
        sample = sample_pair(source, target, part, seed)
        crossover = Crossover(sample.source, sample.target, sample.source_mask, sample.target_mask)
        event = next(DualDomainOptimizer(source, target, crossover, settings).search())
        assert isinstance(event, EvaluationRequest)
        prepared.append(event)
    return prepared


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--threads", type=int)
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    models = ModelCache(Library())
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    for name, preset, changes in SEARCHES:
        settings = OptimizerSettings.from_preset(preset, **changes)
        prepared = requests(models, settings, max(args.sizes))
        fixed = {size: joined([request.fixed for request in prepared[:size]]) for size in args.sizes}
        times: dict[int, list[float]] = {size: [] for size in args.sizes}
        for _ in range(ROUNDS + 1):
            for size in args.sizes:
                variables = [request.variable for request in prepared[:size]]
                began = time.perf_counter()
                prepared[0].objective.evaluate(variables, fixed[size], settings.weights)
                times[size].append((time.perf_counter() - began) / size)
        for size, values in times.items():
            figures = f"min {min(values[1:]):.3f}  median {median(values[1:]):.3f} s a latent"
            print(f"{name:<20} {size} at once   {figures}", flush=True)
    print(f"peak memory {peak_memory():.2f} GB")


if __name__ == "__main__":
    main()
