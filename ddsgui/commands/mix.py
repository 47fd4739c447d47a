"""ddsgui mix: the main job without a window."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsgui.commands.options import INTERRUPTED, VerbResult, Verbs, add_device, add_force, add_verb
from ddsgui.errors import DeviceError
from ddsgui.library.bundled import PART, SEED, SOURCE, TARGET
from ddsgui.synthesis.loss_terms import LOSS_TERMS

if TYPE_CHECKING:
    from ddsgui.editing.recipe import Recipe
    from ddsgui.synthesis.settings import OptimizerSettings

OUT = Path("ddsgui-out")

log = logging.getLogger(__name__)

_FIELDS = ("space", "iterations", "learning_rate", "backbone", "truncation", "frame_interval")


def add(verbs: Verbs) -> None:
    """The verb and its options; None is an option that was not given, so that a recipe may speak instead."""
    parser = add_verb(
        verbs,
        "mix",
        run,
        "mix a part of the source domain into a picture of the target domain",
        "ddsgui mix --source portrait --target caricature --part hair --seed 7 --gif --out mixed",
    )
    what = parser.add_argument_group("what to mix")
    what.add_argument("--source", metavar="DOMAIN", help=f"library name or model file (default: {SOURCE})")
    what.add_argument("--target", metavar="DOMAIN", help=f"library name or model file (default: {TARGET})")
    what.add_argument("--part", help=f"library name, part file or mask PNG (default: {PART})")
    what.add_argument("--seed", type=int, metavar="N", help=f"of the pair of pictures (default: {SEED})")
    what.add_argument("--target-seed", type=int, metavar="M", help="another seed for the target's picture")
    what.add_argument(
        "--truncation", type=float, metavar="PSI", help="0: the mean picture, 1: widest variety"
    )
    what.add_argument("--recipe", type=Path, metavar="FILE", help="repeat a result.png or a recipe.json")
    how = parser.add_argument_group("how to search (default: the preset's or the recipe's)")
    how.add_argument("--preset", metavar="NAME", help="fast (the default), paper or official")
    how.add_argument("--space", metavar="SPACE", help="latent space: z, w or w+")
    how.add_argument("--iterations", type=int, metavar="N", help="how many steps the search takes")
    for name, term in LOSS_TERMS.items():
        how.add_argument(f"--{name}", type=float, metavar=name[0].upper(), help=term.help)
    how.add_argument(
        "--lr", dest="learning_rate", type=float, metavar="R", help="how far each iteration moves"
    )
    how.add_argument("--backbone", metavar="NAME", help="the network that compares pictures, or NAME=FILE")
    add_device(how)
    add_force(how)
    output = parser.add_argument_group("what to write")
    output.add_argument("--gif", action="store_true", help="write optimisation.gif as well")
    output.add_argument(
        "--every", dest="frame_interval", type=int, metavar="K", help="a frame of the GIF every K iterations"
    )
    output.add_argument(
        "--upscale",
        type=int,
        metavar="FACTOR",
        help="write result_x4.png as well, and the GIF's frames as large (the bundled upscaler's factor is 4)",
    )
    output.add_argument(
        "--upscaler", type=Path, metavar="FILE", help="upscale with another network, read with spandrel"
    )
    output.add_argument(
        "--out", type=Path, metavar="DIR", default=OUT, help=f"folder to write (default: {OUT})"
    )


def run(args: argparse.Namespace) -> VerbResult:
    """Mix and write. Interrupted, or when the loss runs off or the memory out, the best result so far is written."""
    from ddsgui.library.families import unrelated_warning
    from ddsgui.library.library import Library
    from ddsgui.paths import output_folder, write_all

    recipe, settings = plan(args)
    library = Library()
    # A wrong name is told now and not after torch is loaded.
    if (strangers := unrelated_warning(library, recipe.source, recipe.target)) is not None:
        log.warning(strangers)
    with output_folder(args.out) as folder:
        from ddsgui.commands.mixing import mix, upscaler_for
        from ddsgui.device import choose, memory_guard
        from ddsgui.library.model_cache import ModelCache

        device = choose(args.device)
        with memory_guard():
            upscaler = upscaler_for(
                args.upscale, args.upscaler, device
            )  # a wrong one is told before the search
            mixture = mix(recipe, settings, ModelCache(library, device), args.gif, args.force)
        files = mixture.files()
        write_all(folder, files)
        interrupted = mixture.interrupted
        if upscaler is not None and not isinstance(mixture.failure, DeviceError):
            try:
                with memory_guard():
                    larger = mixture.larger_files(upscaler)
                write_all(folder, larger)
                files |= larger
            except KeyboardInterrupt:  # what is written stays
                interrupted = True
    if mixture.failure is not None:
        raise mixture.failure
    result = mixture.result
    data = {
        "out": str(folder),
        "files": list(files),
        "iteration": result.iteration,
        "iterations": settings.iterations,
        "loss": result.loss,
        "seconds": round(mixture.seconds, 2),
        "interrupted": interrupted,
        "memory": mixture.memory,
    }
    text = (
        f"{'Interrupted. ' if interrupted else ''}{folder}: {len(files)} files, the best loss {result.loss:.4f} "
        f"at iteration {result.iteration} of {settings.iterations}, {mixture.seconds:.0f} s."
    )
    return VerbResult(data, text, INTERRUPTED if interrupted else 0)


def plan(args: argparse.Namespace) -> tuple[Recipe, OptimizerSettings]:
    """What the options, over the recipe, over the defaults ask for. DdsError on what makes no sense."""
    from ddsgui.editing.recipe import Recipe, read_recipe_file
    from ddsgui.synthesis.latents import Seed
    from ddsgui.synthesis.settings import OptimizerSettings

    if args.recipe is not None:
        base = read_recipe_file(args.recipe)
        settings = OptimizerSettings.from_dict(base.settings)
        if args.preset is not None:
            kept = {"truncation": settings.truncation, "seed": settings.seed}
            settings = OptimizerSettings.from_preset(args.preset, **kept)
    else:
        settings = OptimizerSettings.from_preset(args.preset or "")
        base = Recipe(SOURCE, TARGET, PART, Seed(SEED), None, settings.as_dict())
    settings = replace(
        settings,
        weights=replace(settings.weights, **_given(args, LOSS_TERMS)),
        **_given(args, _FIELDS),
    )
    what = _given(args, ("source", "target", "part"))
    if args.seed is not None:
        what["latent"] = Seed(args.seed)
    if args.target_seed is not None:
        what["target_latent"] = Seed(args.target_seed)
    masks = None if "part" in what else base.masks  # masks painted by hand give way to a part
    return replace(base, **what, masks=masks, settings=settings.as_dict()), settings


def _given(args: argparse.Namespace, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(args, name) for name in names if getattr(args, name) is not None}
