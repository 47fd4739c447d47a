"""Sheets of the bundled models: the pictures of a domain, the same people in every domain, the parts on them.

python benchmarks/sheets.py FOLDER          writes portrait.png, domains.png and parts-NAME.png
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ddsgui.device import tune_allocator

tune_allocator()

import numpy as np

from ddsgui.evaluation.sheet import contact_sheet
from ddsgui.images import to_uint8, write_png
from ddsgui.library.library import Library
from ddsgui.library.model_cache import ModelCache
from ddsgui.synthesis.sampling import draw, picture

DOMAINS = ("portrait", "caricature", "engraving", "pop-art", "watercolour")
PSI = 0.8
PEOPLE = 8  # latents side by side in domains.png
PART_SEEDS = range(100, 112)  # no part was painted on them
TINT = np.array([255, 64, 96])


def tinted(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return uint8 [H, W, 3] mixed with half of TINT where the mask, uint8 [H, W], is 255."""
    share = mask[..., None] / 255 / 2
    return (image * (1 - share) + TINT * share).round().astype(np.uint8)


def main() -> None:
    """Draw all sheets, of the seeds 0, 1, 2, …; the parts on PART_SEEDS."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    models = ModelCache(Library())
    generators = [models.generator(name) for name in DOMAINS]
    folder.mkdir(parents=True, exist_ok=True)

    many = [to_uint8(picture(generators[0], seed, PSI)[0]) for seed in range(64)]
    write_png(folder / "portrait.png", contact_sheet(np.stack(many), 8))

    rows = [to_uint8(picture(g, seed, PSI)[0]) for g in generators for seed in range(PEOPLE)]
    write_png(folder / "domains.png", contact_sheet(np.stack(rows), PEOPLE))

    for part in models.library.parts():
        if not part.bundled:
            continue
        segmenter, tinted_images = models.segmenter(part.name), []
        for generator in generators:
            for seed in PART_SEEDS:
                image, features = draw(generator, seed, PSI)
                mask = segmenter.masks(features)[0, 0]
                tinted_images.append(tinted(to_uint8(image[0]), mask))
        write_png(folder / f"parts-{part.name}.png", contact_sheet(np.stack(tinted_images), len(PART_SEEDS)))


if __name__ == "__main__":
    main()
