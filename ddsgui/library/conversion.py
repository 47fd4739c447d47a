"""Conversion of a foreign checkpoint to a native domain that draws the same pictures."""

from __future__ import annotations

from collections.abc import Generator as Steps
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ddsgui.errors import CheckpointError
from ddsgui.library.progress import Step, label_steps
from ddsgui.paths import check_is_new, write_beside

if TYPE_CHECKING:
    from torch import Tensor

    from ddsgui.checkpoints.checkpoint import DomainMetadata
    from ddsgui.checkpoints.model_file import ModelFile
    from ddsgui.stylegan.discriminator import Discriminator
    from ddsgui.stylegan.generator import Generator


def convert_steps(
    source: ModelFile,
    out: Path,
    metadata: DomainMetadata,
    crop: tuple[int, int] | None = None,
    *,
    new: bool = False,
) -> Steps[Step, None, bool]:
    """Convert to a temporary file, compare and rename: a file that draws differently never gets its name.

    crop: width and height of the picture in the middle of the square; None detects black bars around it. new: never
    replace a file of this name.
    The discriminator of `source`, if it has one, is saved next to `out`; returns whether it has one.
    The source is read once, and its generator is freed before the converted one is loaded. Closing the generator
    early leaves no file. Raises CheckpointError if the source cannot be read.
    """
    from ddsgui.checkpoints.checkpoint import discriminator_path, read_generator, save_discriminator
    from ddsgui.checkpoints.native import save_generator_steps
    from ddsgui.stylegan.padding import find_padding_steps

    name = source.path.name
    yield Step(f"Reading {name}")
    generator = source.generator
    crop = crop or generator.config.unpadded_size
    if crop is None:
        crop = yield from label_steps(f"Looking for bars in {name}", find_padding_steps(generator))
    side = generator.config.resolution
    generator.config = replace(generator.config, unpadded_size=None if crop == (side, side) else crop)
    yield Step(f"Drawing with {name}")
    before = _picture(generator)
    with write_beside(out, new=new) as beside:
        yield from label_steps(f"Writing {out.name}", save_generator_steps(generator, beside, metadata))
        del generator, source.generator
        yield Step(f"Comparing {out.name} with {name}")
        if not draw_alike(before, _picture(read_generator(beside))):
            raise CheckpointError(
                f"{name} draws a different picture after the conversion, so nothing was saved."
            )
        yield Step(f"Looking for a discriminator in {name}")
        discriminator = _discriminator(source)
        if (
            discriminator is not None
        ):  # before the domain gets its name, so that a domain with a name is complete
            if new:
                check_is_new(out)  # the discriminator next to it would be replaced
            save_discriminator(discriminator, discriminator_path(out), half=True)
    return discriminator is not None


def draw_alike(first: Tensor, second: Tensor) -> bool:
    """Return whether two images [1, 3, R, R] in [-1, 1] are equal to a hundredth of a grey level."""
    return float((first - second).abs().max()) < 0.01 / 127.5


def _picture(generator: Generator) -> Tensor:
    from ddsgui.synthesis.sampling import picture

    if generator.config.classes and generator.class_index is None:
        generator.choose_class(0, "it")
    return picture(generator, 0, truncation=0.7)


def _discriminator(source: ModelFile) -> Discriminator | None:
    try:
        return source.discriminator()
    except CheckpointError:  # of an unknown kind; adaptations will start with a new one
        return None
