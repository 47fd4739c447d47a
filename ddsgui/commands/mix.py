"""The verb `ddsgui mix`: the main job without a window."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsgui.commands.blend_options import add_blend_options, option_name, with_blend_options
from ddsgui.commands.exporting import ExportPlan, add_export_options
from ddsgui.commands.options import (
    INTERRUPTED,
    TRUNCATION_HELP,
    USE_FORCE,
    VerbResult,
    Verbs,
    add_device,
    add_force,
    add_output_folder,
    add_verb,
    real_number,
)
from ddsgui.errors import DdsError, DeviceError, OptimizerError, ProjectError, UsageError
from ddsgui.library.bundled import PART, SEED, SOURCE, TARGET
from ddsgui.synthesis.loss_terms import LOSS_TERMS
from ddsgui.synthesis.preset_uses import preset_help
from ddsgui.text import plural

if TYPE_CHECKING:
    from ddsgui.commands.project_target import ProjectTarget
    from ddsgui.editing.recipe import Recipe
    from ddsgui.library.model_cache import ModelCache
    from ddsgui.synthesis.settings import OptimizerSettings
    from ddsgui.synthesis.upscaler import Upscaler


REVERSE = "reverse"  # the folder of the other direction, in that of the first

log = logging.getLogger(__name__)

_SETTINGS_OPTIONS = ("space", "iterations", "learning_rate", "backbone", "truncation", "frame_interval")


def add(verbs: Verbs) -> None:
    """Add the verb. An option that was not given is None, so that the recipe's value counts."""
    parser = add_verb(
        verbs,
        "mix",
        run,
        "mix a part of the source domain into a picture of the target domain",
        "ddsgui mix --source portrait --target caricature --part hair --seed 7 --gif --out mixed",
    )
    how = add_recipe_options(parser)
    add_device(how)
    add_force(how)
    how.add_argument(
        "--both-directions",
        action="store_true",
        help=f"then mix the target's part into the source, too, in the folder {REVERSE} of DIR; in a project, "
        "both are one entry of the list",
    )
    output = parser.add_argument_group("what to write")
    output.add_argument(
        "--gif", action="store_true", help="also save the run as optimisation.gif: short for --export gif"
    )
    output.add_argument(
        "--every",
        dest="frame_interval",
        type=int,
        metavar="K",
        help="add a frame to animations every K iterations",
    )
    output.add_argument(
        "--upscale",
        type=int,
        metavar="FACTOR",
        help="also save result_x4.png, and exports at that size (the bundled upscaler's factor is 4)",
    )
    output.add_argument(
        "--upscaler",
        type=Path,
        metavar="FILE",
        help="upscale with another network, in any format that spandrel reads",
    )
    output.add_argument(
        "--project",
        type=Path,
        metavar="PROJECT",
        help="also add the run, with its frames, to a project file, .ddsgui; a new one is made if need be",
    )
    add_output_folder(output)
    add_export_options(parser)


def add_recipe_options(parser: argparse.ArgumentParser) -> argparse._ActionsContainer:
    """Add the options that plan() reads, and return the group of those that say how to search."""
    what = parser.add_argument_group("what to mix")
    what.add_argument("--source", metavar="DOMAIN", help=f"library name or model file (default: {SOURCE})")
    what.add_argument("--target", metavar="DOMAIN", help=f"library name or model file (default: {TARGET})")
    what.add_argument(
        "--part",
        metavar="PART",
        help="library name, part file or mask image; PART#2 or PART#NAME chooses another class, and commas "
        f"join several parts (default: {PART})",
    )
    for side in ("source", "target"):
        what.add_argument(
            f"--{side}-part", metavar="PART", help=f"a part for the {side} only, learnt on its domain"
        )
    what.add_argument("--seed", type=int, metavar="N", help=f"seed of both pictures (default: {SEED})")
    what.add_argument(
        "--target-seed", type=int, metavar="M", help="a different seed for the target's picture"
    )
    what.add_argument(
        "--latent",
        metavar="FILE",
        help="a stored latent instead of the seed: .pt, .npy, .npz, .safetensors or a result's PNG; FILE#3 is the "
        "fourth of several",
    )
    what.add_argument("--target-latent", metavar="FILE", help="a different latent for the target's picture")
    what.add_argument(
        "--latent-space",
        choices=("z", "w"),
        help="latent space of these files, where they do not say it (default: z, or w+ by their shape)",
    )
    what.add_argument("--truncation", type=real_number, metavar="PSI", help=TRUNCATION_HELP)
    what.add_argument(
        "--recipe", type=Path, metavar="FILE", help="repeat the mix of a result.png or a recipe.json"
    )
    how = parser.add_argument_group("how to search (defaults: the preset's or the recipe's)")
    how.add_argument(
        "--start-latent",
        metavar="FILE",
        help="latent to start the search from; with a result's PNG, the search continues from that result",
    )
    how.add_argument(
        "--preset",
        metavar="NAME",
        help=f"{preset_help()}; or one of your own by its name or its file, NAME.json (default: fast)",
    )
    how.add_argument("--space", metavar="SPACE", help="latent space: z, w or w+")
    how.add_argument("--iterations", type=int, metavar="N", help="number of iterations")
    for name, term in LOSS_TERMS.items():
        how.add_argument(f"--{name}", type=real_number, metavar=name[0].upper(), help=term.help)
    how.add_argument(
        "--lr",
        dest="learning_rate",
        type=real_number,
        metavar="R",
        help="learning rate: the step size of an iteration",
    )
    how.add_argument(
        "--backbone",
        metavar="NAME",
        help="network that compares the pictures; NAME=FILE reads its weights from a file",
    )
    add_blend_options(parser)
    return how


def run(args: argparse.Namespace) -> VerbResult:
    """Mix and save, in one direction or in both.

    If the run is interrupted, its loss diverges or memory runs out, the best result so far is saved. A project that
    cannot be read or written is reported at the end; the files of the mix are saved all the same.
    """
    from ddsgui.commands.project_target import ProjectTarget
    from ddsgui.library.library import Library
    from ddsgui.paths import output_folder

    recipe, settings = plan(args)
    library = Library()
    for domain in (recipe.source, recipe.target):  # a wrong name is reported before torch is loaded
        library.domain(domain)
    ExportPlan.of(args, has_frames=not settings.live)  # so is a wrong option
    project = None if args.project is None else ProjectTarget(args.project)
    if project is not None:
        project.check()
    with output_folder(args.out) as folder:
        from ddsgui.commands.mixture import upscaler_for
        from ddsgui.device import choose, memory_guard
        from ddsgui.library.model_cache import ModelCache

        device = choose(args.device)
        with memory_guard():
            # A wrong upscaler is reported before the search.
            upscaler = upscaler_for(args.upscale, args.upscaler, device)
            models = ModelCache(library, device)
            recipe = with_latents(recipe, args, models)
        first, recipe = _mix(args, recipe, settings, models, upscaler, project, folder)
        if not args.both_directions or first.exit_code:
            return first
        link = None if project is None else project.number
        with output_folder(folder / REVERSE) as below:
            second, _ = _mix(args, recipe.swapped, settings, models, upscaler, project, below, link)
    return VerbResult(first.data | {"reverse": second.data}, f"{first.text}\n{second.text}", second.exit_code)


def _mix(
    args: argparse.Namespace,
    recipe: Recipe,
    settings: OptimizerSettings,
    models: ModelCache,
    upscaler: Upscaler | None,
    project: ProjectTarget | None,
    folder: Path,
    reverse_of: int | None = None,
) -> tuple[VerbResult, Recipe]:
    """Mix and save in a folder; return the result and the recipe of what was mixed.

    reverse_of: the number of the run in the project of which this is the other direction.
    """
    import torch

    from ddsgui.commands.mixture import run_to_the_end
    from ddsgui.device import device_label, memory_guard
    from ddsgui.export.bundle import replaced_files, write_bundle
    from ddsgui.jobs.forecast import ForecastStore
    from ddsgui.jobs.mixture import MixOptions, mix_steps
    from ddsgui.synthesis.settings import OptimizerResult
    from ddsgui.synthesis.upscaler import load_upscaler

    exports = ExportPlan.of(args, has_frames=not settings.live)
    if (replaced := replaced_files(folder)) is not None:
        log.warning("This mix will replace %s in %s.", replaced, folder)
    with memory_guard():
        options = MixOptions(exports.needs_frames, project is not None, args.force, (USE_FORCE,))
        mixture = run_to_the_end(mix_steps(recipe, settings, models, options), settings.iterations)
    outcome = mixture.outcome
    if not outcome.interrupted and outcome.error is None:
        measured = mixture.clock.measured(device_label(torch.device(models.device)))
        if measured is not None:  # the window forecasts its runs from it
            ForecastStore().add(measured)
    files = mixture.files()
    write_bundle(folder, files)
    if project is not None and mixture.run is not None:
        mixture.run.reverse_of = reverse_of
        project.add(mixture.run, files, models.library)
    interrupted = outcome.interrupted
    if upscaler is not None:
        exports.with_upscaler(upscaler.scale)
    if outcome.out_of_memory:
        exports.without_scale()
    upscaler_of_exports = cache(lambda: upscaler or load_upscaler().to(models.device))
    export_error = None
    try:
        with memory_guard():
            exports.write(folder, mixture.content(upscaler_of_exports, exports.shows_live))
    except KeyboardInterrupt:  # the files so far stay
        interrupted = True
    except DdsError as error:
        export_error = error
    names = [*files, *(name for name in exports.saved if name not in files)]
    if project is not None and project.error is not None:
        if outcome.error is not None:
            log.warning("%s", outcome.error)
        raise ProjectError(f"The mix is saved in {folder}, but not in the project. {project.error}")
    if outcome.error is not None:
        raise (DeviceError if outcome.out_of_memory else OptimizerError)(outcome.error)
    if export_error is not None:
        raise ProjectError(f"The mix is saved in {folder}. {export_error}") from export_error
    result = mixture.result
    searched = isinstance(result, OptimizerResult)
    data = {
        "out": str(folder),
        "files": names,
        "iteration": result.iteration if searched else None,
        "iterations": settings.iterations if searched else None,
        "loss": result.loss if searched else None,
        "seconds": round(mixture.seconds, 2),
        "interrupted": interrupted,
        "memory": outcome.memory,
    }
    if project is not None:
        data |= {"project": str(project.path), "run": project.number}
    text = f"{'Interrupted. ' if interrupted else ''}Saved {len(names)} files in {folder}"
    if searched:
        text += (
            f". The best loss is {result.loss:.4f}, at iteration {result.iteration} of {settings.iterations}"
        )
    text += f"; {mixture.seconds:.0f} s."
    if project is not None:
        text += f" It is run {project.number} of {project.path}."
    return VerbResult(data, text, INTERRUPTED if interrupted else 0), mixture.recipe


def with_latents(recipe: Recipe, args: argparse.Namespace, models: ModelCache) -> Recipe:
    """Return the recipe with the latents from the files in the options. Raises DdsError if one does not fit."""
    from ddsgui.synthesis.latent_files import load_latent

    latents: dict[str, Any] = {}
    for option, field, domain, space in (
        (args.latent, "latent", recipe.source, args.latent_space),
        (args.target_latent, "target_latent", recipe.target, args.latent_space),
        (args.start_latent, "start", recipe.target, None),
    ):
        if option is not None:
            latents[field] = load_latent(option, models.generator(domain).config, space)
    return replace(recipe, **latents)


def plan(args: argparse.Namespace) -> tuple[Recipe, OptimizerSettings]:
    """Return recipe and settings from the options, or else from the recipe's file, or else the defaults.

    Raises DdsError on options that contradict each other. with_latents() reads the latent files later.
    """
    from ddsgui.editing.recipe import Recipe, read_recipe_file
    from ddsgui.library.own_presets import preset_settings
    from ddsgui.synthesis.latents import Seed
    from ddsgui.synthesis.settings import OptimizerSettings

    if args.recipe is not None:
        base = read_recipe_file(args.recipe)
        settings = OptimizerSettings.from_dict(base.settings)
        if base.masks is not None:  # painted as one part
            settings = replace(settings, live=settings.live[:1])
        if args.preset is not None:
            unchanged = {"truncation": settings.truncation, "seed": settings.seed}
            settings = preset_settings(args.preset, **unchanged)
    else:
        settings = preset_settings(args.preset or "")
        base = Recipe(SOURCE, TARGET, PART, Seed(SEED), None, settings.as_dict())
    settings = with_blend_options(settings, args)
    if settings.live:
        _check_no_search(args)
        base = replace(base, start=None)
    settings = replace(
        settings,
        weights=replace(settings.weights, **_given(args, LOSS_TERMS)),
        **_given(args, _SETTINGS_OPTIONS),
    )
    what = _given(args, ("source", "target"))
    for option, field in (("seed", "latent"), ("target_seed", "target_latent")):
        if (seed := getattr(args, option)) is not None:
            what[field] = Seed(seed)
            if getattr(args, field) is not None:
                options = [name.replace("_", "-") for name in (option, field)]
                raise DdsError(f"Give --{options[0]} or --{options[1]}, not both.")
    if any(part is not None for part in (args.part, args.source_part, args.target_part)):
        # A part replaces masks painted by hand.
        what |= {"masks": None, "part_masks": (), **_parts(args, base)}
    recipe = replace(base, **what, settings=settings.as_dict())
    _check_parts(recipe, settings)
    return recipe, settings


def _check_no_search(args: argparse.Namespace) -> None:
    """Raise UsageError on an option of the search, which a live blend does not have."""
    for name in ("start_latent", *_SETTINGS_OPTIONS, *LOSS_TERMS, "gif"):
        if getattr(args, name) not in (None, False) and name != "truncation":
            option = {"learning_rate": "--lr", "frame_interval": "--every"}.get(name, option_name(name))
            raise UsageError(f"{option} belongs to a search, and the preset live has none; leave it out.")


def _check_parts(recipe: Recipe, settings: OptimizerSettings) -> None:
    """Raise UsageError unless a live blend with settings for each part has as many parts on both sides."""
    from ddsgui.library.part_choice import part_choices

    count = len(settings.live)
    if count < 2:
        return
    texts = (recipe.part, recipe.part if recipe.target_part is None else recipe.target_part)
    numbers = [len(recipe.part_masks) or (1 if recipe.masks else len(part_choices(text))) for text in texts]
    if any(number != count for number in numbers):
        wrong = next(number for number in numbers if number != count)
        raise UsageError(f"There are settings for {count} parts, but {plural(wrong, 'part')} to blend.")


def _parts(args: argparse.Namespace, base: Recipe) -> dict[str, Any]:
    """Return the recipe's fields for the part of each side."""
    source = target = args.part
    if source is None:
        source, target = base.part, base.part if base.target_part is None else base.target_part
    source = source if args.source_part is None else args.source_part
    target = target if args.target_part is None else args.target_part
    return {"part": source, "target_part": None if target == source else target}


def _given(args: argparse.Namespace, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(args, name) for name in names if getattr(args, name) is not None}
