"""The options of a live blend: one value for all parts, or one for each, with commas between them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from ddsgui.errors import DdsError, UsageError

if TYPE_CHECKING:
    from ddsgui.synthesis.settings import OptimizerSettings

SWITCH = {"yes": True, "no": False}


def add_blend_options(parser: argparse.ArgumentParser) -> None:
    """Add the options, whose values are texts until blend_settings() reads them."""
    group = parser.add_argument_group(
        "how to blend live (with --preset live; one value for all parts, or one for each, as in --depth 64,16)"
    )
    group.add_argument(
        "--depth",
        metavar="PX",
        help="where the part crosses over, 8 to the picture's side: at 8 to 16 only its shape comes over, drawn in the "
        "target's manner; from 64 on the source's own texture (default: 64)",
    )
    group.add_argument(
        "--last-layers",
        metavar="WHOSE",
        help="target: the target draws the part in its own manner; source: the part stays as the source draws it, and "
        "its edge is hidden; auto: the target, unless its colours would go wrong (default: auto)",
    )
    group.add_argument(
        "--strength",
        metavar="S",
        help="how much of the part comes over, 0 to 1 (default: 1, all of it); in a search, how much more than the "
        "published objective asks for, as in --strength 2, which the window uses for fast and final",
    )
    group.add_argument(
        "--feather",
        metavar="PX",
        help="how softly the part ends, in pixels (default: 1/32 of the picture's side)",
    )
    group.add_argument(
        "--match-colour",
        nargs="?",
        const="yes",
        metavar="YES|NO",
        help="give the part the target's colours along its edge, as for a face of another skin tone",
    )


def with_blend_options(settings: OptimizerSettings, args: argparse.Namespace) -> OptimizerSettings:
    """Return the settings with the options that were given. Raises UsageError on options that make no sense."""
    from ddsgui.synthesis.blend_settings import BlendSettings

    given = {f.name: text for f in fields(BlendSettings) if (text := getattr(args, f.name)) is not None}
    if not given:
        return settings
    if not settings.live and given.keys() == {"strength"}:
        try:
            return settings.strengthened(_read("strength", given["strength"]))
        except DdsError as error:
            raise UsageError(f"The strength must be 0 or more, and not absurdly large: {error}") from error
    if not settings.live:
        raise UsageError(f"{option_name(next(iter(given)))} belongs to a live blend; add --preset live.")
    values = {name: [_read(name, word) for word in text.split(",")] for name, text in given.items()}
    count = max(len(settings.live), *map(len, values.values()))
    for name, list_of_values in values.items():
        if len(list_of_values) not in (1, count):
            raise UsageError(
                f"{option_name(name)} has {len(list_of_values)} values for {count} parts; give one for all parts, or "
                "one for each."
            )
    if len(settings.live) not in (1, count):
        raise UsageError(
            f"The recipe has settings for {len(settings.live)} parts, and the options for {count}."
        )
    try:
        live = tuple(
            replace(
                settings.live[number % len(settings.live)],
                **{name: value[number % len(value)] for name, value in values.items()},
            )
            for number in range(count)
        )
        return replace(settings, live=live)
    except DdsError as error:
        raise UsageError(str(error)) from error


def option_name(name: str) -> str:
    """Return an option as it is written: last_layers -> --last-layers."""
    return "--" + name.replace("_", "-")


def _read(name: str, word: str) -> Any:
    """Return the value of a word. Raises UsageError if it is not of the option's kind."""
    readers: dict[str, tuple[Callable[[str], Any], str]] = {
        "depth": (int, "a whole number of pixels"),
        "feather": (int, "a whole number of pixels"),
        "strength": (float, "a number"),
        "last_layers": (str, "auto, target or source"),
        "match_colour": (SWITCH.__getitem__, "yes or no"),
    }
    read, kind = readers[name]
    try:
        return read(word.strip())
    except (ValueError, KeyError) as error:
        raise UsageError(f"{option_name(name)} is {kind}, not {word.strip() or 'nothing'}.") from error
