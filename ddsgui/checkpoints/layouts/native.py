"""The networks in ddsgui's own files: see checkpoints/native.py for the format."""

from __future__ import annotations

from typing import Any, cast

from ddsgui.checkpoints.assembly import assemble_discriminator, assemble_generator
from ddsgui.checkpoints.file_format import FORMAT_VERSION
from ddsgui.checkpoints.layouts.layout import Contents, Layout, Match
from ddsgui.checkpoints.messages import printable_text
from ddsgui.errors import CheckpointError
from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig, Filter
from ddsgui.stylegan.generator import Generator, GeneratorConfig

NAME = "ddsgui native"


def match_generator(contents: Contents) -> Match | None:
    """Match every file of ddsgui: build_generator() says so if it is not a domain."""
    return Match(contents, contents.data) if contents.kind else None


def build_generator(match: Match) -> Generator:
    """Return the generator of a domain. Raises CheckpointError if the file is of another kind, or incomplete."""
    contents = match.contents
    if contents.kind != "domain":
        raise CheckpointError(f"{contents.name} is a ddsgui {printable_text(contents.kind)}, not a domain.")
    _check_version(contents)
    try:
        _check_channels(contents.document["config"])
        config = GeneratorConfig.from_dict(contents.document["config"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise CheckpointError(f"{contents.name} does not describe the generator that it holds.") from error
    return assemble_generator(config, contents.floats(), contents.name)


def match_discriminator(contents: Contents) -> Match | None:
    """Match a discriminator's file of ddsgui."""
    return Match(contents, contents.data) if contents.kind == "discriminator" else None


def build_discriminator(match: Match) -> Discriminator:
    """Return the discriminator. Raises CheckpointError if the file is incomplete."""
    contents = match.contents
    _check_version(contents)
    try:
        config = contents.document["config"]
        _check_channels(config)
        channels = tuple(int(c) for c in config["channels"])
        resolution, filter = int(config["resolution"]), str(config["filter"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise CheckpointError(
            f"{contents.name} does not describe the discriminator that it holds."
        ) from error
    return assemble_discriminator(
        DiscriminatorConfig(resolution, channels, cast(Filter, filter)), contents.floats(), contents.name
    )


def _check_version(contents: Contents) -> None:
    if contents.document.get("format") != FORMAT_VERSION:
        raise CheckpointError(
            f"{contents.name} was written by a newer version of ddsgui; update ddsgui to open it."
        )


def _check_channels(config: Any) -> None:
    """Raise ValueError if there are too many for the sentence that quotes them."""
    if len(config["channels"]) > 16:
        raise ValueError("channels")


GENERATOR = Layout(NAME, match_generator, build_generator)
DISCRIMINATOR = Layout(NAME, match_discriminator, build_discriminator)
