"""Sheets of live blends: cut and paste, then the blend at three depths and with both kinds of last layers.

    python benchmarks/live_sheet.py FOLDER [--pairs portrait:caricature …] [--parts hair …] [--seeds 100 101 …]

Writes PART-SOURCE-TARGET.png for every part, pair and direction, a row per seed: source, target, cut and paste, the
target's last layers at 16, 32 and 64 px, the source's, auto, and auto with matched colours. A seed such as 18-7 is
unpaired. DOMAINS may be files.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ddsgui.device import tune_allocator

tune_allocator()

import numpy as np

from ddsgui.evaluation.sheet import contact_sheet
from ddsgui.images import write_png
from ddsgui.library.library import Library
from ddsgui.library.model_cache import ModelCache
from ddsgui.synthesis.blend_settings import BlendPart, BlendSettings
from ddsgui.synthesis.blending.colour_reading import reads_source_colours
from ddsgui.synthesis.blending.live_blend import LiveBlend
from ddsgui.synthesis.crossover import compose
from ddsgui.synthesis.sampling import sample_pair

DEPTHS = (16, 32, 64)
PAIRS = ("portrait:caricature", "portrait:engraving", "caricature:engraving")
SEEDS = ("100", "101", "102", "103", "104", "105", "106", "107")  # no part was painted on them


def sheet(models: ModelCache, source: str, target: str, part: str, seeds: list[str]) -> np.ndarray:
    """Return a row of pictures for every seed, uint8 [H, W, 3]."""
    generators = models.generator(source), models.generator(target)
    reads = reads_source_colours(*generators)
    ways = [BlendSettings(depth, "target") for depth in DEPTHS]
    ways += [BlendSettings(last_layers="source"), BlendSettings(), BlendSettings(match_colour=True)]
    images = []
    for text in seeds:
        seed, _, target_seed = text.partition("-")
        sample = sample_pair(
            *generators, models.segmenter(part), int(seed), int(target_seed) if target_seed else None
        )
        masks = sample.source_mask, sample.target_mask
        blend = LiveBlend(*generators, sample, reads)
        images += [sample.source, sample.target, compose(sample.source, sample.target, *masks)]
        images += [blend.blend([BlendPart(*masks, settings)]).image for settings in ways]
    return contact_sheet(np.stack(images), 3 + len(ways))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", nargs="+", default=PAIRS)
    parser.add_argument("--parts", nargs="+", default=("eyes-nose-mouth", "hair"))
    parser.add_argument("--seeds", nargs="+", default=SEEDS)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    models = ModelCache(Library())
    for pair in args.pairs:
        names = pair.split(":")
        for source, target in (names, reversed(names)):
            for part in args.parts:
                name = "-".join([part, Path(source).stem, Path(target).stem])
                write_png(args.folder / f"{name}.png", sheet(models, source, target, part, args.seeds))


if __name__ == "__main__":
    main()
