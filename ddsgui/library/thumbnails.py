"""Thumbnails of domains and parts: four small pictures in one, drawn once and cached."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ddsgui import paths
from ddsgui.errors import LibraryError
from ddsgui.library.checksums import Checksums
from ddsgui.library.library import Entry, Library
from ddsgui.mask_tint import tinted

if TYPE_CHECKING:
    from ddsgui.stylegan.generator import Generator

THUMBNAIL_SIDE_PX = 128  # of each of the four pictures
SEEDS = (0, 1, 2, 3)
TRUNCATION = 0.7
DRAWING_VERSION = 2  # thumbnails of other versions are not shown


def find_thumbnail(library: Library, entry: Entry) -> Path | None:
    """Return the path of the PNG if it has been drawn, otherwise None. Without torch."""
    if entry.broken is not None:
        return None
    try:
        path = _path(library, entry)
    except LibraryError:
        return None
    return path if path.is_file() else None


def make_thumbnail(library: Library, entry: Entry) -> Path:
    """Draw the PNG of 2 × 2 pictures of at most 128 pixels unless it exists, and return its path. Takes seconds.

    Raises LibraryError or CheckpointError if the file is broken, or if no domain of the library fits a part.
    """
    from ddsgui.images import write_png

    if entry.broken is not None:
        raise LibraryError(entry.broken)
    path = _path(library, entry)
    if not path.is_file():
        pictures = _domain(entry.path) if entry.kind == "domain" else _part(library, entry)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"{path.parent} cannot be created: {paths.reason_of(error, path.parent)}."
            ) from error
        write_png(path, np.vstack([np.hstack(pictures[:2]), np.hstack(pictures[2:])]))
    return path


def _path(library: Library, entry: Entry) -> Path:
    checksums = Checksums(library.folder)
    key = f"{DRAWING_VERSION} {checksums.of(entry.path)}"
    if entry.kind == "part":
        key += f" {checksums.of(_domain_for(library, entry).path)}"
    return paths.user_cache() / "thumbnails" / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.png"


def _domain_for(library: Library, part: Entry) -> Entry:
    """Return the domain that a part is shown on."""
    fitting = [domain for domain in library.domains() if part.fits(domain)]
    if not fitting:
        raise LibraryError(f"No domain of the library fits {part.name}.")
    # The first of a family, because an adapted domain looks less like the one that was painted.
    return min(fitting, key=lambda domain: (domain.metadata.get("parent") is not None, domain.name))


def _domain(path: Path) -> list[np.ndarray]:
    from ddsgui.checkpoints.checkpoint import read_generator

    generator = read_generator(path)
    classes = generator.config.classes
    pictures = []
    for seed in SEEDS:  # each of a different class if the domain is conditional
        if classes:
            generator.choose_class(seed % classes, path.name)
        pictures.append(_drawn(generator, seed))
    return pictures


def _part(library: Library, part: Entry) -> list[np.ndarray]:
    from ddsgui.checkpoints.checkpoint import read_generator
    from ddsgui.images import to_uint8
    from ddsgui.stylegan.padding import remove_padding
    from ddsgui.synthesis.sampling import draw
    from ddsgui.synthesis.segmenter import load_segmenter

    segmenter = load_segmenter(part.path)
    generator = read_generator(_domain_for(library, part).path)
    generator.choose_class(0 if generator.config.classes else None, part.name)
    pictures = []
    for seed in SEEDS:
        drawn, features = draw(generator, seed, TRUNCATION)
        mask = segmenter.masks(features)[0].max(0)  # over all classes
        pictures.append(_small(remove_padding(tinted(to_uint8(drawn[0]), mask), generator.config)))
    return pictures


def _drawn(generator: Generator, seed: int) -> np.ndarray:
    from ddsgui.images import to_uint8
    from ddsgui.stylegan.padding import remove_padding
    from ddsgui.synthesis.sampling import picture

    return _small(remove_padding(to_uint8(picture(generator, seed, TRUNCATION)[0]), generator.config))


def _small(picture: np.ndarray) -> np.ndarray:
    """Return the image at most THUMBNAIL_SIDE_PX high and wide, resampled by area."""
    from PIL import Image

    image = Image.fromarray(picture)
    image.thumbnail((THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX), Image.Resampling.BOX)
    return np.asarray(image)
