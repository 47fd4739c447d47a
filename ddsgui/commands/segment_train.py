"""The verb `ddsgui segment train`: learn a part from one painted picture."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ddsgui.commands.options import VerbResult, Verbs, add_drawing, add_verb, check_memory
from ddsgui.errors import SegmenterError

if TYPE_CHECKING:
    import numpy as np

    from ddsgui.stylegan.generator_config import GeneratorConfig


def add(verbs: Verbs) -> None:
    """Add the verb and its options."""
    parser = add_verb(
        verbs,
        "train",
        run,
        "learn a part from a mask painted on one picture of a domain",
        "ddsgui segment train --domain portrait --seed 7 --mask hair.png --name hair --out hair.safetensors",
    )
    parser.add_argument("--seed", type=int, required=True, metavar="N", help="seed of the painted picture")
    parser.add_argument(
        "--mask",
        type=Path,
        required=True,
        action="append",
        metavar="PNG",
        help="the painted mask: white where the part is; may be given more than once, for several classes",
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


def run(args: argparse.Namespace) -> VerbResult:
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


def _labels(masks: list[Path], config: GeneratorConfig) -> np.ndarray:
    """Return the class of each pixel, uint8 [R, R]; where two masks overlap, the later one counts."""
    import numpy as np

    from ddsgui.images import read_mask
    from ddsgui.stylegan.padding import remove_padding

    labels = np.zeros((config.resolution, config.resolution), np.uint8)
    seen, (width, height) = remove_padding(labels, config), config.picture_size
    for kind, path in enumerate(masks, 1):
        seen[read_mask(path, (height, width)) >= 128] = kind
    return labels
