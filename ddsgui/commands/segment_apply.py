"""The verb `ddsgui segment apply`: find a part in pictures of a domain."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ddsgui.commands.options import VerbResult, Verbs, add_drawing, add_verb, check_memory
from ddsgui.text import plural

if TYPE_CHECKING:
    from ddsgui.stylegan.generator import Generator
    from ddsgui.synthesis.segmenter import Segmenter


def add(verbs: Verbs) -> None:
    """Add the verb and its options."""
    parser = add_verb(
        verbs,
        "apply",
        run,
        "find a part in pictures of a domain, and save picture, mask and overlay of each seed",
        "ddsgui segment apply --part hair --domain caricature --seeds 0,1,2 --out masks",
    )
    parser.add_argument("--part", required=True, help="library name or part file")
    parser.add_argument(
        "--seeds", type=_seeds, required=True, metavar="N,N,...", help="seeds of the pictures"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to save in")
    add_drawing(parser)


def run(args: argparse.Namespace) -> VerbResult:
    """Draw the pictures, find the part in them and save the files."""
    from ddsgui.library.library import Library
    from ddsgui.paths import output_folder, write_all

    library = Library()
    library.domain(args.domain)
    library.part(args.part)
    with output_folder(args.out) as folder:
        from ddsgui.device import choose, memory_guard
        from ddsgui.library.model_cache import ModelCache
        from ddsgui.stylegan.memory_estimate import estimate_drawing

        files: dict[str, bytes] = {}
        with memory_guard():
            models = ModelCache(library, choose(args.device))
            generator, segmenter = models.generator(args.domain), models.segmenter(args.part)
            config = generator.config
            names = Path(args.part).stem, Path(args.domain).stem
            segmenter.check_fits(config.layer_channels(), config.resolution, *names)
            memory = check_memory(estimate_drawing(config.as_dict()), generator.device, args.force)
            for seed in args.seeds:
                files |= _seed_files(generator, segmenter, seed, args.truncation)
        write_all(folder, files)
    data = {
        "out": str(folder),
        "files": list(files),
        "seeds": args.seeds,
        "classes": list(segmenter.classes),
        "memory": memory,
    }
    seeds = len(args.seeds)
    return VerbResult(data, f"Saved {len(files)} files for {plural(seeds, 'seed')} in {folder}.")


def _seed_files(generator: Generator, segmenter: Segmenter, seed: int, truncation: float) -> dict[str, bytes]:
    """Return the files of one seed. Its activations, half a gigabyte at 1024 px, are freed before the next seed."""
    from ddsgui.images import encode_png, to_uint8
    from ddsgui.library.thumbnails import tint
    from ddsgui.stylegan.padding import remove_padding
    from ddsgui.synthesis.sampling import draw

    drawn, features = draw(generator, seed, truncation)
    picture = remove_padding(to_uint8(drawn[0]), generator.config)
    files = {f"{seed}.png": encode_png(picture)}
    for name, square in zip(segmenter.classes, segmenter.masks(features)[0], strict=True):
        mask = remove_padding(square, generator.config)
        files[f"{seed}-{name}-mask.png"] = encode_png(mask)
        files[f"{seed}-{name}-overlay.png"] = encode_png(tint(picture, mask))
    return files


def _seeds(text: str) -> list[int]:
    try:
        return [int(seed) for seed in text.split(",")]
    except ValueError as error:
        raise argparse.ArgumentTypeError("give whole numbers, such as 0,1,2") from error
