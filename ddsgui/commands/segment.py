"""The verbs `ddsgui segment train` and `segment apply`: learn a part from a painted picture, find it in others."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ddsgui.commands.options import VerbResult, Verbs, add_drawing, add_verb, check_memory
from ddsgui.errors import SegmenterError
from ddsgui.text import plural

if TYPE_CHECKING:
    import numpy as np

    from ddsgui.stylegan.generator import Generator
    from ddsgui.stylegan.generator_config import GeneratorConfig
    from ddsgui.synthesis.segmenter import Segmenter

log = logging.getLogger(__name__)


def add(verbs: Verbs) -> None:
    """Add `segment train` and `segment apply`."""
    parser = verbs.add_parser("segment", help="learn a part from a painted mask, or find it in pictures")
    parts = parser.add_subparsers(metavar="train|apply", required=True)
    _add_train(parts)
    _add_apply(parts)


def _add_train(verbs: Verbs) -> None:
    """Add `segment train`."""
    parser = add_verb(
        verbs,
        "train",
        train,
        "learn a part from a mask painted on one picture of a domain",
        "ddsgui segment train --domain portrait --seed 7 --mask hair.png --name hair --out hair.safetensors",
    )
    parser.add_argument("--seed", type=int, required=True, metavar="N", help="seed of the painted picture")
    parser.add_argument(
        "--mask",
        required=True,
        action="append",
        metavar="PNG",
        help="the painted mask: white where the part is; may be given more than once, for several classes; "
        "label.png#3 is class 3 of a picture with numbers of classes",
    )
    parser.add_argument(
        "--class",
        dest="classes",
        action="append",
        metavar="NAME",
        help="name of the class of each --mask, in the same order, if there are several",
    )
    parser.add_argument("--name", required=True, help="name of the part")
    parser.add_argument(
        "--size", choices=("S", "M", "L"), default="M", help="size of the network (default: M)"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="file to write (default: NAME in your library)"
    )
    add_drawing(parser)


def _add_apply(verbs: Verbs) -> None:
    """Add `segment apply`."""
    parser = add_verb(
        verbs,
        "apply",
        apply,
        "find a part in pictures of a domain, and save picture, mask and overlay of each seed",
        "ddsgui segment apply --part hair --domain caricature --seeds 0,1,2 --out masks",
    )
    parser.add_argument("--part", required=True, help="library name or part file")
    parser.add_argument(
        "--seeds", type=_seeds, required=True, metavar="N,N,...", help="seeds of the pictures"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to save in")
    add_drawing(parser)


def train(args: argparse.Namespace) -> VerbResult:
    """Train and save; an interrupt saves nothing."""
    from ddsgui.library.library import Library
    from ddsgui.paths import output_folder

    library = Library()
    library.domain(args.domain)
    classes = _classes(args)
    path: Path = args.out or library.part_path(args.name)
    with output_folder(path.parent):
        from ddsgui.commands.progress import show_loss
        from ddsgui.device import choose, memory_guard
        from ddsgui.library.model_cache import ModelCache
        from ddsgui.stylegan.memory_estimate import estimate_part_training
        from ddsgui.synthesis.latents import Seed
        from ddsgui.synthesis.segmenter import PartMetadata, save_segmenter
        from ddsgui.synthesis.segmenter_training import ITERATIONS, PaintedExample, train_segmenter

        with memory_guard():
            generator = ModelCache(library, choose(args.device)).generator(args.domain)
            memory = check_memory(
                estimate_part_training(generator.config.as_dict()), generator.device, args.force
            )
            labels = _labels(args.mask, generator.config)
            example = PaintedExample(Seed(args.seed), args.truncation, labels)
            steps = train_segmenter(generator, [example], classes, args.size, ITERATIONS)
            *_, last = show_loss(steps, ITERATIONS, "training", lambda step: step.loss)
        assert last.segmenter is not None
        card = {"domain": Path(args.domain).stem, "seed": args.seed, "truncation": args.truncation}
        save_segmenter(last.segmenter, path, PartMetadata(args.name, card=card))
    data = {
        "part": str(path),
        "name": args.name,
        "classes": list(classes),
        "loss": last.loss,
        "memory": memory,
    }
    return VerbResult(data, f"Saved the part {args.name} in {path}, loss {last.loss:.4f}.")


def _classes(args: argparse.Namespace) -> tuple[str, ...]:
    classes = tuple(args.classes or [args.name])
    if len(classes) != len(args.mask):
        raise SegmenterError(
            f"{len(args.mask)} masks need {len(args.mask)} names. Give --class NAME once per --mask, in the same order."
        )
    if len(set(classes)) < len(classes):
        raise SegmenterError("Two masks have the same class. Give each --class a different name.")
    return classes


def _labels(masks: list[str], config: GeneratorConfig) -> np.ndarray:
    """Return the class of each pixel, uint8 [R, R]; where two masks overlap, the later one counts."""
    import numpy as np

    from ddsgui.library.part_choice import part_choice
    from ddsgui.mask_file import read_mask
    from ddsgui.paths import expanded
    from ddsgui.stylegan.padding import remove_padding

    labels = np.zeros((config.resolution, config.resolution), np.uint8)
    seen, (width, height) = remove_padding(labels, config), config.picture_size
    for kind, choice in enumerate(map(part_choice, masks), 1):
        path = expanded(choice.name)
        read = read_mask(path, choice.class_name, (height, width))
        if read.note:
            log.warning(read.note)
        seen[read.mask >= 128] = kind
    return labels


def apply(args: argparse.Namespace) -> VerbResult:
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
    from ddsgui.mask_tint import tinted
    from ddsgui.stylegan.padding import remove_padding
    from ddsgui.synthesis.sampling import draw

    drawn, features = draw(generator, seed, truncation)
    picture = remove_padding(to_uint8(drawn[0]), generator.config)
    files = {f"{seed}.png": encode_png(picture)}
    for name, square in zip(segmenter.classes, segmenter.masks(features)[0], strict=True):
        mask = remove_padding(square, generator.config)
        files[f"{seed}-{name}-mask.png"] = encode_png(mask)
        files[f"{seed}-{name}-overlay.png"] = encode_png(tinted(picture, mask))
    return files


def _seeds(text: str) -> list[int]:
    try:
        return [int(seed) for seed in text.split(",")]
    except ValueError as error:
        raise argparse.ArgumentTypeError("give whole numbers, such as 0,1,2") from error
