from __future__ import annotations

import base64
import io
import json
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ddsgui.editing.recipe import MAX_MASK_SIDE_PX, MaskPair, Recipe, read_recipe_file
from ddsgui.errors import ProjectError
from ddsgui.images import write_png
from ddsgui.synthesis.blend_settings import BlendSettings
from ddsgui.synthesis.latents import Seed, StoredLatent
from ddsgui.synthesis.settings import OptimizerSettings


def recipe(masks: MaskPair | None = None) -> Recipe:
    settings = OptimizerSettings.from_preset("official", alpha=0.3, seed=-4).as_dict()
    return Recipe("portrait", "caricature", "hair", Seed(7), None, settings, masks)


def png(array: np.ndarray, kind: str = "PNG") -> str:
    file = io.BytesIO()
    Image.fromarray(array).save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


def test_a_recipe_survives_json() -> None:
    rng = np.random.default_rng(0)
    source, target = rng.integers(0, 256, (2, 20, 30), dtype=np.uint8)
    before = recipe(MaskPair.encode(source, target))
    after = Recipe.from_dict(json.loads(json.dumps(before.as_dict())))
    assert after == before
    assert after.masks is not None
    for mask, expected in zip(after.masks.decode(), (source, target), strict=True):
        assert np.array_equal(mask, expected)
    assert OptimizerSettings.from_dict(after.settings).weights.alpha == 0.3


GOOD = png(np.zeros((8, 8), np.uint8))


@pytest.mark.parametrize(
    "change",
    [
        {"version": 4},
        {"version": "1"},
        {"source": None},
        {"part": "x" * 100_000},
        {"seed": 1.5},
        {"seed": True},
        {"seed": 2**63},
        {"target_seed": "7"},
        {"settings": {}},
        {"settings": {"dials": 3}},
        {"settings": {**recipe().settings, "iterations": 10**9}},
        {"settings": {**recipe().settings, "unheard_of": 1}},
        {"masks": GOOD},
        {"masks": {"source": GOOD}},
        {"masks": {"source": GOOD, "target": "not base64!"}},
        {"masks": {"source": GOOD, "target": GOOD[:40]}},
        {"masks": {"source": GOOD, "target": png(np.zeros((8, 9), np.uint8))}},
        {"masks": {"source": GOOD, "target": png(np.zeros((8, 8, 3), np.uint8))}},
        {"masks": {"source": GOOD, "target": png(np.zeros((8, 8), np.uint8), "TIFF")}},
        {"masks": {"source": GOOD, "target": png(np.zeros((1, MAX_MASK_SIDE_PX + 1), np.uint8))}},
    ],
)
def test_foreign_or_absurd_input_is_refused_with_a_sentence(change: dict[str, Any]) -> None:
    with pytest.raises(ProjectError, match=r"\.$"):
        Recipe.from_dict({**recipe().as_dict(), **change})


@pytest.mark.parametrize("data", [None, [], "recipe", {}, {"version": 1}])
def test_data_that_is_not_a_recipe_is_refused(data: object) -> None:
    with pytest.raises(ProjectError):
        Recipe.from_dict(data)


def test_a_decompression_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = bytearray(base64.b64decode(GOOD))
    for side in (12_000, 50_000):  # above Pillow's warning, above its error
        bomb[16:24] = side.to_bytes(4, "big") * 2
        # the header's checksum has to be right, or it is refused for that
        bomb[29:33] = zlib.crc32(bytes(bomb[12:29])).to_bytes(4, "big")
        text = base64.b64encode(bytes(bomb)).decode()
        with pytest.raises(ProjectError, match="larger"):
            MaskPair(text, text).decode()


OLD = Path(__file__).parent / "fixtures/0.1.0"  # written by the program of that version


@pytest.mark.parametrize("name", ["recipe.json", "result.png"])
def test_a_recipe_of_the_first_version_still_opens(name: str) -> None:
    old = read_recipe_file(OLD / name)
    assert (old.source, old.target, old.part) == ("one", "two", "mask.png")
    assert (old.latent, old.target_latent) == (Seed(5), Seed(-7))
    settings = OptimizerSettings.from_dict(old.settings)
    assert (settings.preset, settings.iterations, settings.truncation) == ("official", 2, 0.8)
    assert old.masks is not None
    for mask in old.masks.decode():
        assert mask.shape == (16, 16) and (mask[4:10, 5:12] == 255).all() and mask.sum() == 42 * 255
    assert old.as_dict() == json.loads((OLD / "recipe.json").read_text("utf-8")), "and is written the same"


def stored() -> StoredLatent:
    return StoredLatent(np.arange(8, dtype=np.float32)[None], "w", "photo.npy")


@pytest.mark.parametrize(
    "new",
    [
        {"latent": stored()},
        {"target_latent": stored()},
        {"start": stored()},
        {"target_part": "hair"},
        {"latent": Seed(-1), "target_latent": stored(), "start": stored(), "target_part": ""},
    ],
)
def test_new_fields_survive_json_and_need_a_newer_version(new: dict[str, Any]) -> None:
    before = replace(recipe(), **new)
    assert (recipe().version, before.version) == (1, 2)
    assert Recipe.from_dict(json.loads(json.dumps(before.as_dict()))) == before


def test_a_live_blend_needs_version_three_and_has_masks_for_each_part() -> None:
    left, right = np.zeros((2, 8, 8), np.uint8)
    left[:, :2], right[:, 6:] = 255, 100
    pairs = (MaskPair.encode(left, left), MaskPair.encode(right, left))
    blends = (BlendSettings(8, "source", 0.5), BlendSettings(match_colour=True))
    settings = OptimizerSettings.from_preset("live", live=blends)
    before = replace(recipe(), settings=settings.as_dict(), part_masks=pairs)
    after = Recipe.from_dict(json.loads(json.dumps(before.as_dict())))
    assert (after, after.version) == (before, 3)
    assert OptimizerSettings.from_dict(after.settings).live == blends
    masks = after.mask_arrays()
    assert masks is not None
    np.testing.assert_array_equal(masks, [left | right, left])
    assert recipe().mask_arrays() is None


@pytest.mark.parametrize(
    "masks", [7, [None, 7], [{"source": GOOD}], [{"source": "x", "target": "x"}], [{}] * 1000]
)
def test_part_masks_that_cannot_be_read_are_refused(masks: object) -> None:
    with pytest.raises(ProjectError, match="masks"):
        Recipe.from_dict({**recipe().as_dict(), "part_masks": masks})


@pytest.mark.parametrize("live", [7, [7], [{"depth": 9}], [{"colour": 1}], [{}] * 1000])
def test_settings_of_a_live_blend_that_make_no_sense_are_refused(live: object) -> None:
    data = recipe().as_dict()
    with pytest.raises(ProjectError, match="cannot be repeated"):
        Recipe.from_dict({**data, "settings": {**data["settings"], "live": live}})


@pytest.mark.parametrize("key", ["latent", "target_latent", "start_latent"])
@pytest.mark.parametrize("value", [7, {}, {**stored().as_dict(), "shape": [1, 9]}])
def test_a_stored_latent_that_cannot_be_read_is_refused(key: str, value: object) -> None:
    with pytest.raises(ProjectError, match="latent"):
        Recipe.from_dict({**recipe().as_dict(), key: value})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ["recipe.json", "recipe", "recipe.dat"])
def test_a_recipe_is_known_by_its_content(tmp_path: Path, name: str, encoding: str) -> None:
    recipe = Recipe("one", "two", "hair", Seed(3), None, OptimizerSettings.from_preset("official").as_dict())
    (tmp_path / name).write_text(json.dumps(recipe.as_dict()), encoding)
    assert read_recipe_file(tmp_path / name) == recipe
    write_png(tmp_path / name, np.zeros((4, 4, 3), np.uint8), recipe.as_dict())
    assert read_recipe_file(tmp_path / name) == recipe


def test_a_sound_file_of_another_kind_is_named(tmp_path: Path) -> None:
    for content, words in ((b"%PDF-1.7", "PDF"), (b'{"annotations": []}', "COCO"), (b"\x80\x04N.", "model")):
        (tmp_path / "recipe.json").write_bytes(content)
        with pytest.raises(ProjectError, match=words):
            read_recipe_file(tmp_path / "recipe.json")
