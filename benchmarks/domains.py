"""The quality of domains: distance to the training pictures, frames, faces, and the likeness of two domains.

    python benchmarks/domains.py portrait --images portraits_128.zip [--samples 5000] [--hold-out 100] [--json]
    python benchmarks/domains.py portrait --with caricature engraving [--examples assets/examples/caricature]

Distance: Fréchet, in a layer of VGG-16 averaged over the picture, between samples at ψ = 1 and 0.8 and the training
set (all pictures except those held out); also the distance between the held-out pictures and as many of the
training set, sampled twenty times, and the ratio of the two. The layer is relu4_3, which no loss of a training looks
at; --layer relu3_3 gives the figures of earlier cards.

Frame: the mean absolute second difference of the three outermost rows and columns, in grey levels of 255; 0.4 in
photographs.

Faces, over 60 latents: how far the landmarks lie from those of the mean portrait, in units of the distance between
the outer corners of the eyes; with another domain, the slope of its people's deviations from its mean face on theirs
(above 1 it exaggerates), and with --examples how far its mean face has gone to that of the examples.

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
from ddsgui.evaluation.portraits import Shape, face_shapes, measure_exaggeration
from ddsgui.faces.mesh import FaceMesh
from ddsgui.images import to_uint8
from ddsgui.library.library import Library
from ddsgui.library.model_cache import ModelCache
from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.backbones import Backbone, load_backbone
from ddsgui.synthesis.sampling import picture
from ddsgui.training.borders import frame_strength
from ddsgui.training.pictures import hold_out, read_pictures

PSIS = (1.0, 0.8)
DRAWS = 20  # sets of training pictures that the held-out ones are compared with
PAIRS, PAIR_PSI = 200, 0.8
FACES = 60  # latents whose landmarks and frames are measured, at PAIR_PSI
LAYER = "relu4_3"


def with_bar(parts: Iterator[Tensor], total: int, name: str) -> Iterator[Tensor]:
    """Yield the batches, with a progress bar."""
    with tqdm(total=total, desc=name, leave=False, disable=None) as bar:
        for part in parts:
            bar.update(len(part))
            yield part


def distances(
    generator: Generator, images: Path, samples: int, held_out: int, vgg: Backbone, layer: str
) -> dict[str, Any]:
    """Return the Fréchet distances of a domain in a layer of VGG-16."""
    pictures = read_pictures(images, generator.config.resolution)
    used, held_out_indices = hold_out(len(pictures), held_out)
    rows = torch.cat(list(vgg_features(with_bar(batches(pictures), len(pictures), "pictures"), vgg, layer)))
    known = statistics_of([rows[used]])
    figures: dict[str, Any] = {"layer": layer, "training_set": len(used), "samples": samples}
    for psi in PSIS:
        ours = vgg_features(
            with_bar(sample_images(generator, samples, psi), samples, f"samples at ψ {psi}"), vgg, layer
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


def frame(images: Tensor) -> float:
    """Return the frame of images [N, 3, R, R] in [-1, 1], in grey levels."""
    return float(frame_strength(images.clamp(-1, 1), lines=1)) * 127.5


def shapes_of(images: Tensor, mesh: FaceMesh) -> list[Shape | None]:
    """Return the normalised landmarks of images [N, 3, R, R] in [-1, 1], None where there is no face."""
    return face_shapes(to_uint8(images), mesh)


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
    parser.add_argument("--layer", default=LAYER, help=f"of VGG-16, for the distance (default: {LAYER})")
    parser.add_argument("--examples", type=Path, help="pictures that the other domains were adapted from")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    device = choose(args.device)
    models = ModelCache(Library(), device)
    vgg = load_backbone("vgg16").to(device)
    generator = models.generator(args.domain)
    figures: dict[str, Any] = {"domain": args.domain, "resolution": generator.config.resolution}
    if args.images:
        figures["frechet"] = distances(generator, args.images, args.samples, args.hold_out, vgg, args.layer)
    mesh, side = FaceMesh(), generator.config.resolution
    drawn = torch.cat([picture(generator, seed, PAIR_PSI) for seed in range(FACES)])
    parents = shapes_of(drawn, mesh)
    figures |= {"frame": frame(drawn), "faces": sum(shape is not None for shape in parents)}
    examples: list[Shape] = []
    if args.examples is not None:
        pictures = read_pictures(args.examples, side).float() / 127.5 - 1
        examples = [shape for shape in shapes_of(pictures, mesh) if shape is not None]
    for name in args.others:
        child = models.generator(name)
        theirs = torch.cat([picture(child, seed, PAIR_PSI) for seed in range(FACES)])
        shapes = measure_exaggeration(shapes_of(theirs, mesh), parents, examples)
        figures[f"with {name}"] = {
            "frame": frame(theirs),
            **({} if shapes is None else shapes.as_dict()),
            **likeness(generator, child, args.pairs, vgg),
        }
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
