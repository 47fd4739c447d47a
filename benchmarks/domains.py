"""The quality of domains: their distance to the training pictures, and the likeness of people in two domains.

    python benchmarks/domains.py portrait --images portraits_128.zip [--samples 5000] [--hold-out 100] [--json]
    python benchmarks/domains.py portrait --with caricature engraving

Distance: Fréchet, in VGG-16's relu3_3 averaged over the picture, between samples at ψ = 1 and 0.8 and the training
set (all pictures except those held out); also the distance between the held-out pictures and as many of the
training set, sampled twenty times, and the ratio of the two.

Correspondence: 200 latents drawn by both domains, in grey and standardised within each domain; the share of pictures
whose partner is the nearest of the 200, and how much more alike partners are than others.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ddsgui.device import choose, tune_allocator

tune_allocator()

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from ddsgui.evaluation.correspondence import correspondence, edges, shapes
from ddsgui.evaluation.frechet import batches, frechet_distance, sample_images, statistics_of, vgg_features
from ddsgui.library.library import Library
from ddsgui.library.model_cache import ModelCache
from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.backbones import Backbone, load_backbone
from ddsgui.synthesis.sampling import picture
from ddsgui.training.pictures import hold_out, read_pictures

PSIS = (1.0, 0.8)
DRAWS = 20  # sets of training pictures that the held-out ones are compared with
PAIRS, PAIR_PSI = 200, 0.8


def with_bar(parts: Iterator[Tensor], total: int, name: str) -> Iterator[Tensor]:
    """Yield the batches, with a progress bar."""
    with tqdm(total=total, desc=name, leave=False, disable=None) as bar:
        for part in parts:
            bar.update(len(part))
            yield part


def distances(
    generator: Generator, images: Path, samples: int, held_out: int, vgg: Backbone
) -> dict[str, Any]:
    """Return the Fréchet distances of a domain."""
    pictures = read_pictures(images, generator.config.resolution)
    used, held_out_indices = hold_out(len(pictures), held_out)
    rows = torch.cat(list(vgg_features(with_bar(batches(pictures), len(pictures), "pictures"), vgg)))
    known = statistics_of([rows[used]])
    figures: dict[str, Any] = {"training_set": len(used), "samples": samples}
    for psi in PSIS:
        ours = vgg_features(
            with_bar(sample_images(generator, samples, psi), samples, f"samples at ψ {psi}"), vgg
        )
        figures[f"psi_{psi}"] = frechet_distance(statistics_of(ours), known)
    if held_out > 1:
        rng = np.random.default_rng(0)
        unseen = statistics_of([rows[held_out_indices]])
        some = (used[rng.choice(len(used), held_out, replace=False)] for _ in range(DRAWS))
        apart = [frechet_distance(unseen, statistics_of([rows[which]])) for which in some]
        figures |= {"held_out": held_out, "held_out_distance": fmean(apart), "held_out_spread": stdev(apart)}
        figures |= {f"ratio_psi_{psi}": figures[f"psi_{psi}"] / figures["held_out_distance"] for psi in PSIS}
    return figures


def likeness(source: Generator, target: Generator, pairs: int, vgg: Backbone) -> dict[str, Any]:
    """Return the correspondence of two domains, by VGG's features and by edges."""
    figures: dict[str, Any] = {"pairs": pairs, "psi": PAIR_PSI}
    drawn_by = [torch.cat([picture(g, seed, PAIR_PSI) for seed in range(pairs)]) for g in (source, target)]
    both = [shapes(with_bar(batches(pictures), pairs, "features"), vgg) for pictures in drawn_by]
    figures["features"] = vars(correspondence(*both))
    figures["edges"] = vars(correspondence(*(edges([pictures]) for pictures in drawn_by)))
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("domain", help="library name or file")
    parser.add_argument("--images", type=Path, help="folder or zip of its training pictures")
    parser.add_argument("--samples", type=int, default=5000)
    parser.add_argument("--hold-out", type=int, default=100)
    parser.add_argument(
        "--with", dest="others", nargs="*", default=[], help="domains of the same latent space"
    )
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    device = choose(args.device)
    models = ModelCache(Library(), device)
    vgg = load_backbone("vgg16").to(device)
    generator = models.generator(args.domain)
    figures: dict[str, Any] = {"domain": args.domain, "resolution": generator.config.resolution}
    if args.images:
        figures["frechet"] = distances(generator, args.images, args.samples, args.hold_out, vgg)
    for name in args.others:
        figures[f"with {name}"] = likeness(generator, models.generator(name), args.pairs, vgg)
    print(json.dumps(figures, indent=2) if args.json else "\n".join(lines(figures)))


def lines(figures: dict[str, Any], indent: str = "") -> Iterator[str]:
    """Yield the figures as lines of text."""
    for key, value in figures.items():
        if isinstance(value, dict):
            yield f"{indent}{key}"
            yield from lines(value, indent + "  ")
        else:
            yield f"{indent}{key:20} {value:.4g}" if isinstance(value, float) else f"{indent}{key:20} {value}"


if __name__ == "__main__":
    main()
