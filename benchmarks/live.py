"""Milliseconds of a live blend, against drawing both networks whole for every picture.

    python benchmarks/live.py [--sides 128 256 1024] [--repeats 20]

128 px is the bundled pair, the others are random weights of StyleGAN2's full width. Plain draws both networks up to
the depth and the target's last layers above it, as a program that keeps nothing does. Stroke changes the mask in a
square of a tenth of the side; preview draws a quarter of the side. All ways take turns, so that a slow spell of the
machine affects all alike; the rate of a matrix product compares machines.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ddsgui.device import tune_allocator

tune_allocator()

import numpy as np
import torch
from freezes import freezes

from ddsgui.checkpoints.checkpoint import load_generator
from ddsgui.library.library import Library
from ddsgui.rect import Rect
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.synthesis.blend_settings import BlendPart, BlendSettings
from ddsgui.synthesis.blending.colour_reading import reads_source_colours
from ddsgui.synthesis.blending.live_blend import LiveBlend
from ddsgui.synthesis.sampling import sample_pair

FULL = (512, 512, 512, 512, 512, 256, 128, 64, 32)  # StyleGAN2's channels, from 4 px on
DEPTHS = (16, 64)


def generators(side: int) -> tuple[Generator, Generator]:
    """Return source and target: the bundled ones at 128 px, else random weights of full width."""
    if side == 128:
        library = Library()
        return load_generator(library.domain("portrait")), load_generator(library.domain("caricature"))
    pair = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        generator = Generator(GeneratorConfig(side, 512, 512, 8, FULL[: side.bit_length() - 2]))
        pair.append(generator.freeze())
    return pair[0], pair[1]


def timed(action: Callable[[], object]) -> float:
    """Return the milliseconds of an action."""
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1e3


def measure(side: int, repeats: int) -> None:
    """Print a table of one size."""
    source, target = generators(side)
    sample = sample_pair(source, target, None, latent=18)
    mask = np.zeros((side, side), np.uint8)
    mask[side // 3 : 2 * side // 3, side // 4 : 3 * side // 4] = 255
    stroke = Rect(side // 5, side // 3, side // 10, side // 10)
    ways: dict[str, Callable[[], object]] = {}
    blends = []
    for settings in (
        *(BlendSettings(depth, "target") for depth in DEPTHS),
        BlendSettings(last_layers="source"),
    ):
        depth, last_layers = settings.depth, settings.last_layers
        parts = [BlendPart(mask, mask, settings)]
        blend = LiveBlend(source, target, sample)
        blends.append(blend)
        name = f"{last_layers}'s last layers" + (f", {depth} px" if depth else "")
        if depth:
            ways[f"{name}, plain"] = lambda parts=parts: LiveBlend(source, target, sample).blend(parts)
        ways[name] = lambda blend=blend, parts=parts: blend.blend(parts)
        ways[f"{name}, preview"] = lambda blend=blend, parts=parts: blend.preview(parts, side // 4)
        ways[f"{name}, stroke"] = lambda blend=blend, parts=parts: blend.blend(parts, stroke)
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats + 1):
        for name, way in ways.items():
            times[name].append(timed(way))
    print(f"\n{side} px, {repeats} pictures each", flush=True)
    for name, values in times.items():
        print(f"  {name:<38} min {min(values[1:]):8.1f}  median {median(values[1:]):8.1f} ms")
    matrix = torch.randn(1024, 1024)
    gigaflops = 2 * 1024**3 / min(timed(lambda: matrix @ matrix) for _ in range(8)) / 1e6
    peak_mb = max(blend.nbytes for blend in blends) / 1e6
    choice = timed(lambda: reads_source_colours(source, target))
    print(
        f"  at most {peak_mb:.1f} MB kept; the choice of last layers, once per pair of domains, {choice:.0f} ms"
    )
    print(f"  a matrix product in this run: {gigaflops:.0f} GFLOP/s")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sides", type=int, nargs="+", default=[128, 256, 1024])
    parser.add_argument("--repeats", type=int, default=20)
    args = parser.parse_args()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    for side in args.sides:
        measure(side, args.repeats)
        gaps = freezes(1)
        print(
            f"  freezes of a bare loop in 1 s: {len(gaps)} over 2 ms, longest {max(gaps, default=0):.0f} ms"
        )


if __name__ == "__main__":
    main()
