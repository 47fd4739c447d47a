"""A foreign checkpoint rewritten as a native domain that draws the same."""

from __future__ import annotations

from collections.abc import Generator as Steps
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ddsgui.errors import CheckpointError
from ddsgui.paths import write_beside

if TYPE_CHECKING:
    from ddsgui.gan.checkpoint import DomainMetadata
    from ddsgui.gan.generator import Generator


def converting(
    source: Path, out: Path, metadata: DomainMetadata, crop: tuple[int, int] | None = None
) -> Steps[str, None, bool]:
    """Convert beside, compare, rename: a file that draws differently never gets its name. Yields what it is doing.

    `crop`: width and height of the part of the square picture that is meant, in its middle; None finds black bars
    around it. A discriminator that is in `source` goes into a file beside `out`; returns whether there was one.
    CheckpointError if the source cannot be read.
    """
    from ddsgui.gan import checkpoint
    from ddsgui.gan.crop import find_crop

    yield f"Reading {source.name}"
    generator = checkpoint.read_generator(source)
    crop = crop or generator.config.crop or find_crop(generator)
    side = generator.config.resolution
    generator.config = replace(generator.config, crop=None if crop == (side, side) else crop)
    with write_beside(out) as beside:
        yield f"Writing {out.name}"
        checkpoint.save_generator(generator, beside, metadata)
        yield f"Comparing {out.name} with {source.name}"
        if not draw_alike(generator, checkpoint.read_generator(beside)):
            raise CheckpointError(f"{source.name} draws another picture once converted; nothing was written.")
    try:
        discriminator = checkpoint.load_discriminator(source)
    except CheckpointError:  # of a kind that is not known: adaptation begins with one of its own
        return False
    if discriminator is None:
        return False
    with write_beside(checkpoint.discriminator_path(out)) as beside:
        checkpoint.save_discriminator(discriminator, beside, half=True)
    return True


def draw_alike(one: Generator, other: Generator) -> bool:
    """Whether two generators give the same picture for a seed, to a hundredth of a grey level."""
    from ddsgui.synthesis.sampling import draw

    for generator in (one, other):
        if generator.config.classes and generator.class_index is None:
            generator.choose_class(0, "it")
    pictures = [draw(generator, 0, truncation=0.7)[0] for generator in (one, other)]
    return float((pictures[0] - pictures[1]).abs().max()) < 0.01 / 127.5
