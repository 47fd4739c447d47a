"""Write docs/messages.md: what ddsgui says of files that people bring, said by the program itself.

python benchmarks/messages.py
"""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from ddsgui import paths
from ddsgui.checkpoints.checkpoint import read_generator
from ddsgui.editing.recipe import read_recipe_file
from ddsgui.errors import DdsError
from ddsgui.images import read_noted_image
from ddsgui.jobs.pairs import PairRequest, draw_pair_steps
from ddsgui.library.library import Library, split_class
from ddsgui.library.model_cache import ModelCache
from ddsgui.mask_file import read_mask
from ddsgui.steps import result_of
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.segmenter import load_segmenter
from ddsgui.synthesis.upscaler import load_upscaler

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs/messages.md"
GOLDEN = ROOT / "tests/checkpoints/golden"
HEAD = """# Messages

What ddsgui says of files and names that people bring, in its own words: `benchmarks/messages.py` wrote this page by
trying each of them. The sentences live in the code that raises them; none is kept here by hand.

| brought | said |
|---|---|
"""


def mask(folder: Path, values: list[int], mode: str = "L") -> Path:
    """Save a mask whose upper half has the first value and whose lower half the others, in stripes."""
    array = np.full((16, 16), values[0], np.uint8)
    array[8:] = np.resize(values[1:] or values, 16)
    path = folder / "mask.png"
    Image.fromarray(array).convert(mode).save(path)
    return path


def text(folder: Path, name: str, content: str | bytes) -> Path:
    """Save a file."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def colourful(folder: Path) -> Path:
    """Save a picture in colour."""
    path = folder / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(path)
    return path


def cut(folder: Path) -> Path:
    """Save a JPEG without its last bytes."""
    path = folder / "cut.jpg"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:-2])
    return path


def cases(folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what is brought, and the function that reads it."""
    model = (GOLDEN / "rosinality.pt").read_bytes()
    bundled = paths.assets()
    library = Library(folder / "home")
    cache = ModelCache(library)
    for what, values in {
        "a mask of 0 and 1": [0, 1],
        "a mask of class numbers": [0, 1, 2, 3],
        "a dark mask": [0, 100],
        "an empty mask": [0, 0],
    }.items():
        yield what, lambda values=values: read_mask(mask(folder, values)).note
    yield "class 7 of a mask of classes", lambda: read_mask(mask(folder, [0, 1, 2]), "7")
    yield "a photograph as a mask", lambda: read_mask(colourful(folder))
    yield "a mask of another size", lambda: read_mask(mask(folder, [0, 255]), size=(32, 32))
    yield "labelme's JSON as a mask", lambda: read_mask(text(folder, "face.json", '{"shapes": []}'))
    yield "a JPEG without its last bytes", lambda: read_noted_image(cut(folder))[1]
    yield (
        "half a PNG as a picture",
        lambda: read_noted_image(text(folder, "half.png", colourful(folder).read_bytes()[:300])),
    )
    yield "a picture as a model", lambda: read_generator(colourful(folder))
    yield "a web page as a model", lambda: read_generator(text(folder, "model.pt", "<!doctype html><html>"))
    yield (
        "a Git LFS pointer as a model",
        lambda: read_generator(
            text(folder, "model.pkl", "version https://git-lfs.github.com/spec/v1\nsize 381673535\n")
        ),
    )
    yield "half a model", lambda: read_generator(text(folder, "half.pt", model[: len(model) // 2]))
    yield "an empty file as a model", lambda: read_generator(text(folder, "empty.pt", b""))
    yield "a part as a domain", lambda: read_generator(bundled / "parts/hair.safetensors")
    yield "a domain as a part", lambda: load_segmenter(bundled / "domains/portrait.safetensors")
    yield "a domain as an upscaler", lambda: load_upscaler(bundled / "domains/portrait.safetensors")
    yield "a picture as an upscaler", lambda: load_upscaler(colourful(folder))
    yield "a picture without a recipe", lambda: read_recipe_file(colourful(folder))
    yield "other JSON as a recipe", lambda: read_recipe_file(text(folder, "a.json", json.dumps({"a": 1})))
    yield "a domain that is not there", lambda: library.domain("portrat")
    yield "a file that is not there", lambda: library.domain("mine.pt")
    yield "a class that is not a number", lambda: split_class("cifar#x")
    yield "a class of a domain without classes", lambda: cache.generator("portrait#3")
    yield "a seed of more than 64 bits", lambda: Seed(2**64)
    yield (
        "a part that is not there",
        lambda: result_of(draw_pair_steps(cache, PairRequest("portrait", "caricature", "nose"), strict=True)),
    )


def sentence_of(read: Callable[[], object], folder: Path) -> str:
    """Return the sentence of an error or a note; files without their folder."""
    try:
        sentence = str(read() or "")
    except DdsError as error:
        sentence = str(error)
    return sentence.replace(f"{folder}/", "").replace("|", "\\|")


def main() -> None:
    """Write the page."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [f"| {what} | {sentence_of(read, folder)} |" for what, read in cases(folder)]
    OUT.write_text(HEAD + "\n".join(rows) + "\n", "utf-8")
    print(f"{OUT}: {len(rows)} messages")


if __name__ == "__main__":
    main()
