"""Time and peak memory of all tasks at 256 to 1024 px, wide and narrow, compared with ddsgui's estimates.

    python benchmarks/large.py [--sides 256 512 1024] [--widths narrow wide] [--tasks mix-fast ...] [--iterations 10]

Wide is StyleGAN2's configuration F, narrow continues the bundled domains. The weights are random and in files
that every task loads. Each task runs in a separate process, since peak memory is measured for a whole process,
including Python and torch. Processor is the time of all cores together; on a busy machine, no other figure is
reliable.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ddsgui.device import tune_allocator

tune_allocator()

import numpy as np
import torch
from freezes import freezes

from ddsgui.checkpoints.checkpoint import DomainMetadata, load_generator, save_generator
from ddsgui.editing.recipe import Recipe
from ddsgui.jobs.mixture import mix_steps
from ddsgui.library.library import Library
from ddsgui.library.model_cache import ModelCache
from ddsgui.steps import result_of
from ddsgui.stylegan import memory_estimate
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.sampling import draw
from ddsgui.synthesis.segmenter import PartMetadata, Segmenter, load_segmenter, save_segmenter
from ddsgui.synthesis.segmenter_training import PaintedExample, train_segmenter
from ddsgui.synthesis.settings import PRESETS, OptimizerSettings
from ddsgui.training.few_shot.adaptation import AdaptationSettings, FewShotAdaptation

WIDTHS = {
    "wide": (512, (512, 512, 512, 512, 512, 256, 128, 64, 32)),
    "narrow": (256, (128, 128, 96, 64, 48, 32, 24, 16, 16)),
}
EXAMPLES = 10


def config(side: int, width: str) -> GeneratorConfig:
    """Return the shape of a domain of `side` pixels."""
    latent, channels = WIDTHS[width]
    levels = side.bit_length() - 2
    return GeneratorConfig(side, latent, latent, 8 if width == "wide" else 4, channels[:levels])


def write_domains(folder: Path, shape: GeneratorConfig) -> None:
    """Save a source, a target with shifted weights, and an untrained part."""
    torch.manual_seed(0)
    generator = Generator(shape)
    generator.estimate_w_mean()
    for name in ("source", "target"):
        save_generator(generator.freeze(), folder / f"{name}.safetensors", DomainMetadata(name))
        for parameter in generator.synthesis.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    segmenter = Segmenter(shape.layer_channels(), shape.resolution, ("part",))
    save_segmenter(segmenter, folder / "part.safetensors", PartMetadata("part"))


def middle(side: int) -> np.ndarray:
    """Return a mask that is 1 in the middle ninth of the picture, uint8 [side, side]."""
    mask = np.zeros((side, side), np.uint8)
    mask[side // 3 : 2 * side // 3, side // 3 : 2 * side // 3] = 1
    return mask


def find(folder: Path, iterations: int) -> list[float]:
    """Load a domain and a part; draw pictures and find the part in them, as `ddsgui segment apply` does."""
    generator = load_generator(folder / "source.safetensors")
    segmenter = load_segmenter(folder / "part.safetensors")
    return ticks(segmenter.masks(draw(generator, seed, 0.8)[1]) for seed in range(iterations))


def segment(folder: Path, iterations: int) -> list[float]:
    """Load a domain; train a part."""
    generator = load_generator(folder / "source.safetensors")
    example = PaintedExample(Seed(0), 0.8, middle(generator.config.resolution))
    return ticks(train_segmenter(generator, [example], ("part",), iterations=iterations))


def mix_with(preset: str, folder: Path, iterations: int) -> list[float]:
    """Load two domains, draw the pair and search, as `ddsgui mix` does."""
    settings = OptimizerSettings.from_preset(preset, iterations=iterations)
    source, target, part = (str(folder / f"{name}.safetensors") for name in ("source", "target", "part"))
    recipe = Recipe(source, target, part, Seed(1), Seed(2), settings.as_dict())
    mixture = result_of(mix_steps(recipe, settings, ModelCache(Library())))
    return [step.seconds for step in mixture.steps]


def adapt(folder: Path, iterations: int, batch: int) -> list[float]:
    """Load a domain; adapt it with a fresh discriminator, past its warm-up.

    Every second step judges whole pictures and has R1, which takes the most memory: the first step, and the third,
    when all of Adam's moments exist.
    """
    generator = load_generator(folder / "source.safetensors")
    side = generator.config.resolution
    examples = torch.randint(256, (EXAMPLES, 3, side, side), dtype=torch.uint8)
    warm_up = min(1, iterations - 1)
    settings = AdaptationSettings(
        steps=iterations - warm_up, warm_up=warm_up, batch=batch, anchor_every=2, r1_every=2
    )
    return ticks(FewShotAdaptation(generator, examples, settings=settings).steps())


TASKS: dict[str, Callable[[Path, int], list[float]]] = {
    "find": find,
    "segment": segment,
    **{f"adapt-{batch}": partial(adapt, batch=batch) for batch in (2, 3, 4)},
    **{f"mix-{preset}": partial(mix_with, preset) for preset in PRESETS},
}


def estimated(task: str, shape: GeneratorConfig) -> float:
    """Return the memory that ddsgui estimates for a task, in GB."""
    plain = shape.as_dict()
    if task == "find":
        needed = memory_estimate.estimate_drawing(plain)
    elif task == "segment":
        needed = memory_estimate.estimate_part_training(plain)
    elif task.startswith("adapt-"):
        needed = memory_estimate.estimate_adaptation(plain, int(task.removeprefix("adapt-")))
    else:
        needed = PRESETS[task.removeprefix("mix-")].memory_estimate(plain)
    return needed.bytes / 1e9


def ticks(steps: Iterable[object]) -> list[float]:
    """Run all steps and return the seconds that each took."""
    times, last = [], time.perf_counter()
    for _ in steps:
        now = time.perf_counter()
        times.append(now - last)
        last = now
    return times


def peak_memory() -> float:
    """Return the peak memory of this process in GB."""
    status = Path("/proc/self/status")
    if status.exists():  # a child of a large process inherits ru_maxrss from it
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e9 if sys.platform == "darwin" else 1e6)


def measure(task: str, folder: Path, iterations: int, shape: GeneratorConfig) -> None:
    """Measure one task, alone in its process."""
    began = time.perf_counter()
    times = TASKS[task](folder, iterations)
    seconds = time.perf_counter() - began
    print(
        f"  {task:<14} min {min(times):7.3f}  median {median(times):7.3f} s   whole {seconds:6.1f} s"
        f"   processor {time.process_time():6.1f} s   peak {peak_memory():5.2f} GB,"
        f" estimated {estimated(task, shape):5.2f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sides", type=int, nargs="+", default=[256, 512, 1024])
    parser.add_argument("--widths", nargs="+", choices=WIDTHS, default=list(WIDTHS))
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--iterations", type=int, default=10)
    args = parser.parse_args()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads", flush=True)
    # A forked process need not import torch again, and this one has started no threads that would forbid a fork.
    alone = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    for side in args.sides:
        for width in args.widths:
            print(f"{side} px, {width}", flush=True)
            with tempfile.TemporaryDirectory() as folder:
                shape = config(side, width)
                process = alone.Process(target=write_domains, args=(Path(folder), shape))
                process.start()
                process.join()
                for task in args.tasks:
                    work = (task, Path(folder), args.iterations, shape)
                    process = alone.Process(target=measure, args=work)
                    process.start()
                    process.join()
                    if process.exitcode:
                        print(f"  {task:<14} ended with {process.exitcode}", flush=True)
    gaps = freezes(3)
    print(f"freezes of a bare loop in 3 s: {len(gaps)} over 2 ms, longest {max(gaps, default=0):.0f} ms")


if __name__ == "__main__":
    main()
