"""The registry of layouts. A new layout is a file in this folder and a line in LAYOUTS below."""

from __future__ import annotations

import logging
from pathlib import Path

from ddsgui.checkpoints.file_format import file_kind
from ddsgui.checkpoints.layouts import (
    native,
    nvlabs_pytorch,
    nvlabs_tensorflow,
    rosinality,
    rosinality_discriminator,
)
from ddsgui.checkpoints.layouts.layout import Contents, Layout, Match
from ddsgui.checkpoints.layouts.unsupported import match as match_unsupported
from ddsgui.checkpoints.layouts.unsupported import unsupported_error
from ddsgui.checkpoints.messages import printable_text
from ddsgui.checkpoints.pickle_file import read_pickle
from ddsgui.checkpoints.safetensors_file import read_safetensors
from ddsgui.checkpoints.torch_save import map_file, read_torch_bytes
from ddsgui.stylegan.discriminator import Discriminator
from ddsgui.stylegan.generator import Generator

log = logging.getLogger(__name__)

# The first that matches is used. What nobody here matches, unsupported.py tries to name.
LAYOUTS: tuple[Layout[Generator], ...] = (
    native.GENERATOR,
    nvlabs_tensorflow.LAYOUT,
    rosinality.LAYOUT,
    nvlabs_pytorch.LAYOUT,
)
DISCRIMINATORS: tuple[Layout[Discriminator], ...] = (native.DISCRIMINATOR, rosinality_discriminator.LAYOUT)
GLOBALS = {key: make for layout in (*LAYOUTS, *DISCRIMINATORS) for key, make in layout.globals.items()}


def read_contents(path: Path) -> Contents:
    """Return everything in a model file; nothing in it is run. Raises CheckpointError if it is not a model file."""
    view, name = map_file(path), path.name
    match file_kind(view, name):
        case "safetensors":
            tensors, document = read_safetensors(path)
            return Contents(name, tensors, document, is_safetensors=True)
        case "pickle":
            return Contents(name, read_pickle(view, name=name, globals=GLOBALS))
        case _:
            return Contents(name, read_torch_bytes(view, name, GLOBALS))


def describe(contents: Contents) -> str | None:
    """Return what a file holds, as the rest of a sentence after its name; None if it is unknown."""
    if contents.kind:
        return f"is a {printable_text(contents.kind)} of ddsgui"
    if any(layout.match(contents) is not None for layout in LAYOUTS):
        return "is a StyleGAN2 generator"
    model = match_unsupported(contents)
    return None if model is None else model.what


def find_generator(contents: Contents) -> tuple[Layout[Generator], Match]:
    """Return the generator and its layout. Raises CheckpointError, which names the model, if there is none."""
    for layout in LAYOUTS:
        if (match := layout.match(contents)) is not None:
            return layout, match
    raise unsupported_error(contents)


def log_choice(match: Match) -> None:
    """Log that the first of several generators is taken, if nothing says which of them is the average."""
    if match.networks and not match.contents.network:
        log.warning(
            "%s holds the generators %s, and no name says which is the average; %s is taken. "
            "Convert or add it with --network NAME to take another.",
            match.contents.name,
            ", ".join(match.networks),
            match.name,
        )


def find_discriminator(contents: Contents) -> Discriminator | None:
    """Return the discriminator in a file; None if it has none. Raises CheckpointError if it is incomplete."""
    for layout in DISCRIMINATORS:
        if (match := layout.match(contents)) is not None:
            return layout.build(match)
    return None
