import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from ddsgui import paths
from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator
from ddsgui.errors import SegmenterError
from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.sampling import draw, sample_pair
from ddsgui.synthesis.segmenter import SIZES, PartMetadata, Segmenter, load_segmenter, save_segmenter
from ddsgui.synthesis.segmenter_training import PaintedExample, train_segmenter
from tests.synthesis.conftest import make_generator


def brightest(generator: Generator, seed: int, share: float) -> np.ndarray:
    """Return a mask that is known for every seed: the brightest `share` of the pixels."""
    grey = draw(generator, seed, 1.0)[0][0].mean(0)
    return (grey > grey.flatten().quantile(1 - share)).numpy()


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    return (a & b).sum() / (a | b).sum()


def train(
    generator: Generator, labels: np.ndarray, classes: tuple[str, ...] = ("part",), **changes
) -> Segmenter:
    *_, last = train_segmenter(generator, [PaintedExample(Seed(0), 1.0, labels)], classes, **changes)
    assert last.segmenter is not None
    return last.segmenter


@pytest.mark.parametrize("size", SIZES)
def test_one_painting_teaches_a_part_of_two_percent(size: str) -> None:
    generator = make_generator(3)
    small = brightest(generator, 0, 0.02)  # 20 of 1,024 pixels
    segmenter = train(generator, small.astype(np.uint8), size=size)
    assert overlap(segmenter.masks(draw(generator, 0, 1.0)[1])[0, 0] > 0, small) > 0.6


def test_a_part_may_have_several_classes() -> None:
    generator = make_generator(3)
    bright, dark = brightest(generator, 0, 0.2), ~brightest(generator, 0, 0.8)
    segmenter = train(generator, (bright + 2 * dark).astype(np.uint8), ("bright", "dark"))
    masks = segmenter.masks(draw(generator, 0, 1.0)[1])
    assert masks.shape == (1, 2, 32, 32)
    assert set(np.unique(masks)) <= {0, 255}
    assert overlap(masks[0, 0] > 0, bright) > 0.7
    assert overlap(masks[0, 1] > 0, dark) > 0.7
    assert not (masks[0].min(axis=0) > 0).any()  # every pixel has one class


def test_predictions_are_probabilities() -> None:
    generator = make_generator(3)
    segmenter = train(generator, brightest(generator, 0, 0.3).astype(np.uint8), iterations=5)
    p = segmenter.predict(draw(generator, 1, 1.0)[1])
    assert p.shape == (1, 2, 32, 32)
    torch.testing.assert_close(p.sum(1), torch.ones(1, 32, 32))


def test_training_is_reproducible_and_restores_the_random_state() -> None:
    generator = make_generator(3)
    labels = brightest(generator, 0, 0.3).astype(np.uint8)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first = train(generator, labels, iterations=5)
    assert torch.equal(torch.rand(3), expected)
    second = train(generator, labels, iterations=5)
    assert all(
        torch.equal(a, b)
        for a, b in zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    )


def test_a_saved_part_makes_the_same_masks(tmp_path: Path) -> None:
    generator = make_generator(3)
    segmenter = train(generator, brightest(generator, 0, 0.3).astype(np.uint8))
    save_segmenter(segmenter, tmp_path / "p.safetensors", PartMetadata("part", card={"licence": "MIT"}))
    again = load_segmenter(tmp_path / "p.safetensors")
    assert again.classes == ("part",)
    first, second = (sample_pair(generator, generator, s, latent=4).source_mask for s in (segmenter, again))
    assert (first != second).mean() < 0.01


@pytest.mark.parametrize("classes", [["../x"], ["a", "a"], "hair", [""], [1]])
def test_class_names_that_cannot_be_file_names_are_refused(tmp_path: Path, classes: object) -> None:
    segmenter = train(make_generator(3), np.eye(32, dtype=np.uint8), iterations=1)
    path = tmp_path / "p.safetensors"
    save_segmenter(segmenter, path, PartMetadata("p"))
    with safe_open(path, "pt") as file:
        document = json.loads(file.metadata()["ddsgui"])
    save_file(load_file(path), path, metadata={"ddsgui": json.dumps({**document, "classes": classes})})
    with pytest.raises(SegmenterError):
        load_segmenter(path)


def test_a_class_that_does_not_exist_is_refused() -> None:
    generator = make_generator(3)
    segmenter = train(generator, np.eye(32, dtype=np.uint8), iterations=1)
    with pytest.raises(SegmenterError, match="there is no 2"):
        sample_pair(generator, generator, segmenter, latent=1, part_class=2)


def test_activations_are_scaled_to_zero_mean_and_unit_variance() -> None:
    generator = make_generator(3)
    segmenter = Segmenter(generator.config.layer_channels(), 32, ("part",))
    pictures = [draw(generator, seed, 1.0)[1] for seed in range(3)]
    segmenter.normalize_to(iter(pictures))
    for i, (centre, scale) in enumerate(zip(segmenter.centres, segmenter.scales, strict=True)):
        values = torch.cat([features[i] for features in pictures])
        torch.testing.assert_close(centre.flatten(), values.mean((0, 2, 3)))
        torch.testing.assert_close(1 / scale.flatten(), values.std((0, 2, 3), correction=0) + 1e-4)


def test_a_part_of_another_architecture_is_refused() -> None:
    segmenter = train(make_generator(3), np.eye(32, dtype=np.uint8), iterations=1)
    with pytest.raises(SegmenterError, match="of 32 px, but"):
        segmenter.masks(draw(make_generator(3, 64), 0, 1.0)[1])
    with pytest.raises(SegmenterError, match="layer widths"):
        segmenter.masks(draw(make_generator(3, width=10), 0, 1.0)[1])


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.zeros((32, 32), np.uint8), "Nothing is painted"),
        (np.ones((32, 32), np.uint8), "Everything is painted"),
        (np.ones((16, 20), np.uint8), "20 × 16"),
        (np.full((32, 32), 9, np.uint8), "not named"),
    ],
)
def test_unusable_paintings_are_refused(labels: np.ndarray, words: str) -> None:
    with pytest.raises(SegmenterError, match=words):
        train(make_generator(3), labels)


def test_files_that_are_not_parts_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_generator(make_generator(3), path, DomainMetadata("d"))
    with pytest.raises(SegmenterError, match="not a part"):
        load_segmenter(path)
    path.write_bytes(b"nothing")
    with pytest.raises(SegmenterError, match="text file"):
        load_segmenter(path)
    for document in (
        {"format": 9},
        {"format": 1},
        {"format": 1, "channels": [1], "classes": ["a"], "size": "M"},
    ):
        save_file({"a": torch.zeros(1)}, path, metadata={"ddsgui": json.dumps({"kind": "part", **document})})
        with pytest.raises(SegmenterError):
            load_segmenter(path)


def test_a_picture_of_a_negative_seed_can_be_painted() -> None:
    generator = make_generator(3)
    painted = brightest(generator, -5, 0.3)
    *_, last = train_segmenter(
        generator, [PaintedExample(Seed(-5), 1.0, painted.astype(np.uint8))], ("part",)
    )
    assert last.segmenter is not None
    assert overlap(last.segmenter.masks(draw(generator, -5, 1.0)[1])[0, 0] > 0, painted) > 0.7


def test_a_sound_file_of_another_kind_is_named(tmp_path: Path) -> None:
    convolutions = {
        f"layers.{i}.{kind}": torch.ones(2) for i in range(0, 10, 2) for kind in ("weight", "bias")
    }
    torch.save(convolutions, tmp_path / "eyes.pt")
    (tmp_path / "label.json").write_bytes(b'\xef\xbb\xbf{"shapes": [], "imagePath": "a.png"}')
    domain = paths.assets() / "domains/portrait.safetensors"
    files = {
        tmp_path / "eyes.pt": "segmentation network",
        tmp_path / "label.json": "labelme",
        domain: "domain",
    }
    for path, words in files.items():
        with pytest.raises(SegmenterError, match=words) as caught:
            load_segmenter(path)
        assert "damaged" not in str(caught.value)
