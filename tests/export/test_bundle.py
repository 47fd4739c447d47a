import json
from pathlib import Path

import numpy as np
from PIL import Image

from ddsgui.editing.recipe import Recipe
from ddsgui.export.bundle import (
    INPUTS,
    LATENT,
    RECIPE,
    RESULT,
    Picture,
    bundle_documents,
    bundle_pictures,
    earlier_files,
    replaced_files,
    upscaled_name,
    write_bundle,
)
from ddsgui.images import read_latent, read_recipe
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.latents import Seed, StoredLatent
from ddsgui.synthesis.settings import OptimizerSettings

RECIPE_OF_A_MIX = Recipe("a", "b", "", Seed(1), None, OptimizerSettings.from_preset().as_dict())
ZHAT = StoredLatent(np.arange(12, dtype=np.float32).reshape(1, 3, 4), "w+", RESULT)


def crossover() -> Crossover:
    image, mask = np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.uint8)
    return Crossover(image, image, mask, mask)


def test_a_result_carries_its_recipe_and_its_latent(tmp_path: Path) -> None:
    result = Picture(np.zeros((8, 8, 3), np.uint8), RECIPE_OF_A_MIX, ZHAT)
    pictures = bundle_pictures(crossover(), (8, 6), result)
    assert set(pictures) == {*INPUTS, RESULT}
    (tmp_path / RESULT).write_bytes(pictures[RESULT].encode())
    assert read_recipe(tmp_path / RESULT) == RECIPE_OF_A_MIX.as_dict()
    assert StoredLatent.from_dict(read_latent(tmp_path / RESULT)) == ZHAT
    with Image.open(tmp_path / RESULT) as image:
        assert image.size == (8, 6), "without the bars"
    assert upscaled_name(RESULT, 4) == "result_x4.png"


def test_only_files_of_a_mix_are_ever_removed(tmp_path: Path) -> None:
    for name in ("source.png", "result_x4.png", "optimisation.gif", "result_x4.psd", "my_x4.png"):
        (tmp_path / name).touch()
    assert earlier_files(tmp_path) == [], "without a recipe, nothing is from a mix"
    assert replaced_files(tmp_path) == "source.png"
    (tmp_path / RECIPE).write_bytes(bundle_documents(RECIPE_OF_A_MIX)[RECIPE])
    earlier = earlier_files(tmp_path)
    assert earlier == ["optimisation.gif", RECIPE, "result_x4.png", "source.png"]
    written = {**bundle_documents(RECIPE_OF_A_MIX), "source.png": b"new"}
    assert write_bundle(tmp_path, written) == "the 4 files of an earlier mix"
    assert (tmp_path / "source.png").read_bytes() == b"new"
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"source.png", RECIPE, "result_x4.psd", "my_x4.png"}
    assert replaced_files(tmp_path / "nowhere") is None


def test_the_latent_file_says_its_space() -> None:
    content = bundle_documents(RECIPE_OF_A_MIX, ZHAT)[LATENT]
    length = int.from_bytes(content[:8], "little")
    document = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["ddsgui"])
    assert (document["kind"], document["space"]) == ("latent", "w+")
