"""Settings of a training from the options of `ddsgui train`; a wrong option is reported without torch."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ddsgui.errors import TrainingError

if TYPE_CHECKING:
    from ddsgui.training.adversarial.settings import AdversarialSettings
    from ddsgui.training.morphs.settings import MorphSettings, StageLengths
    from ddsgui.training.stages import Stage

    Settings = AdversarialSettings | MorphSettings

METHODS = ("gan", "morphs")  # the first is the default
RESOLUTION, KIMG, MINUTES = 128, "300", "120"


def new_settings(args: argparse.Namespace) -> Settings:
    """Return the settings of a new training. Raises TrainingError on impossible options."""
    from ddsgui.training.stages import check_resolution

    if args.images is None:
        raise TrainingError("Choose the folder or zip of pictures with --images.")
    resolution = RESOLUTION if args.resolution is None else args.resolution
    check_resolution(resolution)
    method = args.method or METHODS[0]
    _refuse_others(method, args)
    return _changed((_morphs if method == "morphs" else _gan)(args, resolution), args)


def _gan(args: argparse.Namespace, resolution: int) -> AdversarialSettings:
    from ddsgui.training.adversarial.settings import AdversarialSettings

    settings = AdversarialSettings.for_resolution(resolution, 1)
    first = None
    if args.start is not None:
        config = _config(args.start)
        first = int(config["resolution"])
        if (config["z_dim"], config["resolution"]) != (config["w_dim"], min(first, resolution)):
            raise TrainingError(f"{args.start} cannot grow into a domain of {resolution} pixels.")
        own = tuple(config["channels"])
        settings = replace(
            settings,
            channels=own + settings.channels[len(own) :],
            latent=config["z_dim"],
            mapping_layers=config["mapping_layers"],
        )
    stages = stages_of(args.kimg or KIMG, resolution, first)
    return settings.with_stages(stages)


def _morphs(args: argparse.Namespace, resolution: int) -> MorphSettings:
    from ddsgui.training.morphs.settings import MorphSettings

    text, unit = (args.kimg, "kimg") if args.kimg is not None else (args.minutes or MINUTES, "minutes")
    lengths = lengths_of(text, unit, resolution)
    return MorphSettings.for_resolution(resolution, 1, unit, **vars(lengths))


def resumed_settings(before: Settings, args: argparse.Namespace) -> Settings:
    """Return the settings of a resumed training, with the options' changes. Raises TrainingError on impossible ones."""
    from ddsgui.training.morphs.settings import MorphSettings

    method = "morphs" if isinstance(before, MorphSettings) else "gan"
    _refuse_others(method, args)
    fixed = {
        "--method": (args.method, method),
        "--resolution": (args.resolution, before.resolution),
        "--seed": (args.seed, before.seed),
        "--hold-out": (args.hold_out, None),
        "--from": (args.start, None),
    }
    for option, (given, own) in fixed.items():
        if given is not None and given != own:
            raise TrainingError(f"A resumed training keeps its settings. Leave out {option}.")
    if isinstance(before, MorphSettings):
        text, unit = (args.kimg, "kimg") if args.kimg is not None else (args.minutes, "minutes")
        if text is not None:
            lengths = lengths_of(text, unit, before.resolution, before.stages[0].side)
            before = before.with_lengths(lengths, unit)
    elif args.kimg is not None:
        before = before.with_stages(stages_of(args.kimg, before.resolution, before.stages[0].side))
    return _changed(before, args)


def _refuse_others(method: str, args: argparse.Namespace) -> None:
    """Raise TrainingError on an option of the other method."""
    given = {
        "gan": {"--landmarks": args.landmarks, "--minutes": args.minutes},
        "morphs": {"--from": args.start, "--encoder": args.encoder},
    }
    for option, value in given[method].items():
        if value is not None:
            right_method = "morphs" if method == "gan" else "gan"
            raise TrainingError(
                f"{option} belongs to --method {right_method}. Leave it out, or choose that method."
            )


def stages_of(text: str, resolution: int, first: int | None = None) -> tuple[Stage, ...]:
    """Return the stages of "300", or of "16:50,32:40,64:60" with `resolution` as the last side.

    first: the side that the growing network starts with.
    """
    from ddsgui.training.adversarial.settings import split_budget
    from ddsgui.training.stages import Stage

    total, by_side = _parsed(text, "kimg")
    if by_side is None:
        return split_budget(resolution, total, first)
    _check_ends(f"--kimg {text}", [side for side, _ in by_side], resolution, first)
    return tuple(Stage(side, length) for side, length in by_side)


def lengths_of(text: str, unit: str, resolution: int, first: int | None = None) -> StageLengths:
    """Return the lengths of a training by morphs, in thousands of images or minutes, from texts as in stages_of()."""
    from ddsgui.training.morphs.settings import StageLengths, split_budget
    from ddsgui.training.stages import Stage

    total, by_side = _parsed(text, unit)
    if by_side is None:
        return split_budget(resolution, total, unit, first)
    _check_ends(f"--{unit} {text}", [side for side, _ in by_side], resolution, first)
    return StageLengths.after(tuple(Stage(side, length) for side, length in by_side), unit)


def _parsed(text: str, unit: str) -> tuple[float, list[tuple[int, float]] | None]:
    """Return total and lengths by side: "300" -> 300, None; "16:50,32:40" -> 90, [(16, 50), (32, 40)]."""
    try:
        if ":" not in text:
            return float(text), None
        pairs = (part.split(":") for part in text.split(","))
        by_side = [(int(side), float(length)) for side, length in pairs]
    except ValueError as error:
        raise TrainingError(
            f"--{unit} needs a number or a list per resolution, such as 300 or 16:50,32:40,64:60, not {text}."
        ) from error
    return sum(length for _, length in by_side), by_side


def _check_ends(option: str, sides: list[int], resolution: int, first: int | None) -> None:
    if sides[-1] != resolution or sides[0] != (first or sides[0]):
        ends = f"start at {first} and end at {resolution}" if first else f"end at {resolution}"
        raise TrainingError(f"{option} must {ends} pixels.")


def _changed(settings: Settings, args: argparse.Namespace) -> Settings:
    changes: dict[str, Any] = {
        name: getattr(args, name) for name in ("batch", "seed", "encoder") if getattr(args, name) is not None
    }
    known = settings.as_dict()
    for change in args.changes:
        name, _, value = change.partition("=")
        if name not in known or name in ("stages", "unit"):
            raise TrainingError(f"There is no setting {name}. Choose from {', '.join(sorted(known))}.")
        try:
            changes[name] = json.loads(value)
        except ValueError as error:
            raise TrainingError(
                f"--set {change} needs a number, a list, true or false after the =."
            ) from error
    return type(settings).from_dict({**known, **changes})


def _config(domain: str) -> dict[str, Any]:
    """Return the generator's configuration of a domain file. Raises LibraryError or TrainingError if it has none."""
    from ddsgui.library.library import Library, read_entry

    try:
        config = read_entry(Library().domain(domain), "domain").config
        return {key: config[key] for key in ("resolution", "z_dim", "w_dim", "mapping_layers", "channels")}
    except KeyError as error:
        raise TrainingError(f"{domain} does not describe its generator.") from error
