"""Seconds per iteration of the optimiser and of the segmenter, with random weights, against a plain version.

    python benchmarks/engine.py [--sides 64 128 256] [--iterations 8]

The plain optimiser computes the features of the fixed pictures again in every iteration, and compares them by plain
operations on whole tensors, one picture of ẑ after the other. The plain segmenter enlarges every activation to the
picture's side and stacks them, as RepurposeGAN does. Both take turns with ours, so that a slow phase of the machine
affects all of them equally.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ddsgui.device import tune_allocator

tune_allocator()

import numpy as np
import torch
import torch.nn.functional as F
from freezes import freezes
from torch import Tensor, nn

from ddsgui.images import to_tensor
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.synthesis.backbones import load_backbone
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.optimizer import DualDomainOptimizer
from ddsgui.synthesis.perceptual import PerceptualLoss
from ddsgui.synthesis.run_cost import BACKWARD_FACTOR, run_cost
from ddsgui.synthesis.sampling import draw, sample_pair
from ddsgui.synthesis.segmenter_training import PaintedExample, train_segmenter
from ddsgui.synthesis.settings import PRESETS, OptimizerSettings

NARROW = (128, 128, 96, 64, 48, 32)  # the bundled domains' widths
ONE_THREAD, PRODUCT, PRODUCT_SIDE = "official, one thread", "a matrix product", 1536
FULL = (512, 512, 512, 512, 256, 128, 64)  # StyleGAN2's at 256 px


def generator(side: int) -> Generator:
    """Return a generator with random weights: full width from 256 px on, the bundled domains' below."""
    levels = side.bit_length() - 2
    width = 512 if side >= 256 else 256
    channels = (FULL if side >= 256 else NARROW)[:levels]
    network = Generator(GeneratorConfig(side, width, width, 8 if side >= 256 else 4, channels))
    network.estimate_w_mean()
    return network.freeze()


def plain_loss(loss: PerceptualLoss, ours: Tensor, fixed: Tensor, mask: Tensor) -> Tensor:
    """Return Eq. 3 as it is written."""
    f, g = loss.features(ours), loss.features(fixed)
    terms = [((a - b) * m).square().mean() for a, b, m in zip(f, g, loss.masks(mask, f), strict=True)]
    return torch.stack(terms).sum()


def plain_steps(
    source: Generator, target: Generator, crossover: Crossover, loss: PerceptualLoss
) -> Iterator[None]:
    """Yield after each iteration of the paper's preset, literally as in Algorithm 1 and without caches."""
    z = torch.randn(1, target.config.z_dim, requires_grad=True)
    adam = torch.optim.Adam([z], lr=0.01)
    x_s, x_t = to_tensor(crossover.source), to_tensor(crossover.target)
    y_s, y_t = (
        torch.from_numpy(m / 255).float()[None, None] for m in (crossover.source_mask, crossover.target_mask)
    )

    def side_loss(ours: Tensor, fixed: Tensor, mask: Tensor) -> Tensor:
        return plain_loss(loss, ours, fixed, mask) + ((ours - fixed) * mask).square().mean()

    while True:
        g_s, g_t = (g.synthesis(g.broadcast(g.mapping(z))) for g in (source, target))
        s_c, x_c = g_s * y_s + g_t * (1 - y_t), x_s * y_s + x_t * (1 - y_t)
        total = (
            0.9 * side_loss(g_s, x_s, y_s) + side_loss(g_t, x_t, 1 - y_t) + 0.5 * (s_c - x_c).square().mean()
        )
        adam.zero_grad()
        total.backward()
        adam.step()
        yield


def stacked_segmenter(channels: int, classes: int) -> nn.Module:
    """Return a small network on the stack of all enlarged activations, as large as our M."""
    return nn.Sequential(
        nn.Conv2d(channels, 24, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(24, 24, 3, padding=2, dilation=2),
        nn.ReLU(),
        nn.Conv2d(24, classes, 1),
    )


def plain_segmenter_step(features: list[Tensor], labels: Tensor) -> Callable[[], None]:
    """Return a function that runs one training iteration on the stack."""
    side = labels.shape[-1]
    stack = torch.cat([F.interpolate(f, (side, side), mode="bilinear") for f in features], 1)
    network = stacked_segmenter(stack.shape[1], 2)
    adam = torch.optim.Adam(network.parameters(), lr=0.001)

    def step() -> None:
        adam.zero_grad()
        F.cross_entropy(network(stack), labels).backward()
        adam.step()

    return step


def peak_memory() -> float:
    """Return the peak memory of this process in GB."""
    status = Path("/proc/self/status")
    if status.exists():  # a child of a large process inherits ru_maxrss from it
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e9 if sys.platform == "darwin" else 1e6)


def timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def show(name: str, times: list[float]) -> float:
    print(f"  {name:<34} min {min(times):7.3f}  median {median(times):7.3f} s")
    return median(times)


def authors_steps(target: Generator, crossover: Crossover, loss: PerceptualLoss) -> Iterator[None]:
    """Yield after each iteration of the authors' program: G_t alone in W+, all three pictures read in each of them."""
    ws = target.broadcast(target.w_mean).clone().requires_grad_()
    adam = torch.optim.Adam([ws], lr=0.01)
    x_s, x_t = to_tensor(crossover.source), to_tensor(crossover.target)
    y_s, y_t = (
        torch.from_numpy(m / 255).float()[None, None] for m in (crossover.source_mask, crossover.target_mask)
    )
    x_c = x_s * y_s + x_t * (1 - y_t)

    def side_loss(ours: Tensor, fixed: Tensor, mask: Tensor) -> Tensor:
        return 2 * plain_loss(loss, ours, fixed, mask) + ((ours - fixed) * mask).square().mean()

    while True:
        x = target.synthesis(ws)
        total = side_loss(x, x_s, y_s) + side_loss(x, x_t, 1 - y_t) + 3 * (x - x_c).square().mean()
        adam.zero_grad()
        total.backward()
        adam.step()
        yield


def measure_optimizer(side: int, iterations: int) -> dict[str, float]:
    """Print a table of one size; return the median seconds of an iteration by way."""
    g = generator(side)
    sample = sample_pair(g, g, None, latent=1, target_latent=2)
    mask = np.zeros((side, side), np.uint8)
    mask[side // 3 : 2 * side // 3, side // 4 : 3 * side // 4] = 255
    crossover = Crossover(sample.source, sample.target, mask, mask)
    backbone = load_backbone("vgg16")
    official = PerceptualLoss(backbone, PRESETS["official"].layers, PRESETS["official"].upscale_to)
    runs: dict[str, Iterator[object]] = {
        "paper, plain": plain_steps(g, g, crossover, PerceptualLoss(backbone, PRESETS["paper"].layers)),
        "official, plain": authors_steps(g, crossover, official),
    }
    runs |= {
        preset: DualDomainOptimizer(g, g, crossover, OptimizerSettings.from_preset(preset)).steps()
        for preset, settings in PRESETS.items()
        if not settings.live
    }
    actions: dict[str, Callable[[], object]] = {name: partial(next, steps) for name, steps in runs.items()}
    actions[ONE_THREAD] = partial(on_one_thread, partial(next, runs["official"]))
    matrix = torch.rand(PRODUCT_SIDE, PRODUCT_SIDE)
    actions[PRODUCT] = lambda: matrix @ matrix
    times: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(iterations + 1):
        for name, action in actions.items():
            times[name].append(timed(action))
    print(f"optimiser, {side} px, an iteration")
    medians = {name: show(name, values[1:]) for name, values in times.items()}
    per_multiply_add = medians.pop(PRODUCT) / PRODUCT_SIDE**3
    for preset in ("paper", "official"):
        settings = OptimizerSettings.from_preset(preset, iterations=1)
        # A frozen network's backward pass has the operations of its forward pass.
        multiply_adds = run_cost(settings, g.config.as_dict()) * 2 / BACKWARD_FACTOR
        medians[f"{preset}, as a matrix product"] = multiply_adds * per_multiply_add
        print(f"  {preset + ', plain / ours':<34} {medians[preset + ', plain'] / medians[preset]:.2f}")
        print(f"  {preset + ', as a matrix product':<34} {multiply_adds * per_multiply_add:.3f} s")
    return medians


def on_one_thread(action: Callable[[], object]) -> None:
    """Call a function with one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    action()
    torch.set_num_threads(threads)


def measure_segmenter(side: int) -> None:
    g = generator(side)
    image, features = draw(g, 0, 1.0)
    grey = image[0].mean(0)
    truth = (grey > grey.flatten().kthvalue(int(grey.numel() * 0.98)).values).numpy().astype(np.uint8)
    before = peak_memory()
    began = time.perf_counter()
    *_, last = train_segmenter(g, [PaintedExample(Seed(0), 1.0, truth)], ("part",))
    training = time.perf_counter() - began
    extra = peak_memory() - before
    segmenter = last.segmenter
    assert segmenter is not None
    mask = segmenter.masks(features)[0, 0] > 0
    overlap = (mask & (truth > 0)).sum() / (mask | (truth > 0)).sum()
    print(f"segmenter, {side} px, a part of 2 % of the pixels")
    print(
        f"  training {training:.1f} s, overlap with the painting {overlap:.2f}, "
        f"peak {extra:.2f} GB beyond that of a picture"
    )
    show("picture and mask", [timed(lambda s=segmenter: s.masks(draw(g, 1, 1.0)[1])) for _ in range(5)])
    show("mask alone", [timed(lambda s=segmenter: s.masks(features)) for _ in range(5)])
    step = plain_segmenter_step(features, torch.from_numpy(truth.astype(np.int64))[None])
    stacked = show("plain: an iteration on the stack", [timed(step) for _ in range(3)])
    print(f"  plain / ours, an iteration         {stacked / (training / last.iterations):.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sides", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--iterations", type=int, default=8)
    args = parser.parse_args()
    torch.manual_seed(0)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    alone = multiprocessing.get_context("spawn")  # peak memory is measured for a whole process
    for side in args.sides:
        measure_optimizer(side, args.iterations)
        sys.stdout.flush()
        process = alone.Process(target=measure_segmenter, args=(side,))
        process.start()
        process.join()
    gaps = freezes(3)
    print(f"freezes of a bare loop in 3 s: {len(gaps)} over 2 ms, longest {max(gaps, default=0):.0f} ms")


if __name__ == "__main__":
    main()
