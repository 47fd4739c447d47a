import pytest
import torch
import torch.nn.functional as F
from torch import nn

from ddsgui.synthesis import perceptual
from ddsgui.synthesis.backbones import Backbone, load_backbone
from ddsgui.synthesis.perceptual import PerceptualLoss
from ddsgui.synthesis.settings import PRESETS


def tiny_backbone() -> Backbone:
    torch.manual_seed(0)
    stages = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 5, 3), nn.ReLU()
    )
    return Backbone("tiny", stages, {"a": 1, "b": 4}, ("a", "b"))


def test_the_loss_is_equation_3() -> None:
    loss = PerceptualLoss(tiny_backbone(), ("a", "b"))
    torch.manual_seed(1)
    first, second = torch.rand(2, 1, 3, 16, 16) * 2 - 1
    mask = torch.zeros(1, 1, 16, 16)
    mask[..., 3:9, 2:10] = 1
    f, g = loss.features(first), loss.features(second)
    expected = torch.zeros(())
    for a, b in zip(f, g, strict=True):
        scale = F.interpolate(mask, a.shape[2:], mode="area")
        expected += (a * scale - b * scale).square().sum() / a.numel()
    values, _ = loss.compare(first, [loss.reference(second, mask)], [1])
    torch.testing.assert_close(values, expected[None, None])


def test_gradients_are_those_of_equation_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perceptual, "STRIP_ELEMENTS", 96)  # several strips, the last one smaller
    loss = PerceptualLoss(tiny_backbone().double(), ("a", "b"))
    torch.manual_seed(1)
    picture, *pictures = torch.rand(3, 2, 3, 15, 14, dtype=torch.double) * 2 - 1
    picture = picture.contiguous(memory_format=torch.channels_last).requires_grad_()
    masks = torch.rand(2, 2, 1, 15, 14, dtype=torch.double)
    masks[0, :, :, :4], masks[0, ..., -1] = 0, 0
    references = [loss.reference(fixed, mask) for fixed, mask in zip(pictures, masks, strict=True)]
    values, gradient = loss.compare(picture, references, (3, 0.5))
    features = loss.features(picture)
    expected = torch.zeros(2, 2, dtype=torch.double)  # of each reference and picture
    for number, reference in enumerate(references):
        for f, g, m in zip(features, reference.features, reference.masks, strict=True):
            expected[number] += ((f - g) * m).square().mean((1, 2, 3))
    torch.mv(expected.t(), torch.tensor([3, 0.5], dtype=torch.double)).sum().backward()
    torch.testing.assert_close(values, expected.float())
    torch.testing.assert_close(gradient, picture.grad)


@pytest.mark.parametrize("fast", [True, False])
def test_reduced_precision_is_bfloat16_where_that_is_fast(
    fast: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(perceptual, "bfloat16_is_faster", lambda device: fast)
    torch.manual_seed(0)
    first, second = torch.rand(2, 1, 3, 16, 16) * 2 - 1
    mask = torch.rand(1, 1, 16, 16)
    values, gradients = [], []
    for reduced in (False, True):
        loss = PerceptualLoss(tiny_backbone(), ("a", "b"), reduced_precision=reduced)
        reference = loss.reference(second, mask)
        assert (reference.features[0].dtype == torch.bfloat16) == (reduced and fast)
        value, gradient = loss.compare(first, [reference], [1])
        values.append(value)
        gradients.append(gradient)
    assert values[0].dtype == values[1].dtype == torch.float32
    torch.testing.assert_close(values[1], values[0], rtol=0.02, atol=0)
    error = (gradients[1] - gradients[0]).norm() / gradients[0].norm()
    assert (0 < error < 0.25) if fast else error == 0


def test_an_empty_mask_and_equal_pictures_cost_nothing() -> None:
    loss = PerceptualLoss(tiny_backbone(), ("a", "b"))
    first, second = torch.rand(2, 1, 3, 16, 16)
    nothing, everything = torch.zeros(1, 1, 16, 16), torch.ones(1, 1, 16, 16)
    references = [loss.reference(second, nothing), loss.reference(first, everything)]
    values, gradient = loss.compare(first, references, (1, 1))
    assert values.tolist() == [[0], [0]]
    assert not gradient.any()


def test_a_comparison_without_gradients_has_the_same_values() -> None:
    loss = PerceptualLoss(tiny_backbone(), ("a", "b"))
    first, second = torch.rand(2, 1, 3, 16, 16)
    references = [loss.reference(second, torch.ones(1, 1, 16, 16))]
    expected = loss.compare(first, references, [1])
    with torch.no_grad():
        torch.testing.assert_close(loss.compare(first, references, [1]), expected)


def test_pictures_can_be_enlarged_before_the_comparison() -> None:
    loss = PerceptualLoss(tiny_backbone(), ("a",), upscale_to=32)
    assert loss.features(torch.rand(1, 3, 16, 16))[0].shape[2:] == (32, 32)


@pytest.mark.parametrize(("side", "seen"), [(16, 16), (32, 32), (64, 32)])
def test_only_pictures_above_the_limit_are_reduced(side: int, seen: int) -> None:
    loss = PerceptualLoss(tiny_backbone(), ("a",), max_side=32)
    assert loss.features(torch.rand(1, 3, side, side))[0].shape[-1] == seen


@pytest.mark.parametrize("preset", PRESETS)
def test_the_bundled_vgg_has_the_layers_of_every_preset(preset: str) -> None:
    layers = PRESETS[preset].layers
    loss = PerceptualLoss(load_backbone("vgg16"), layers)
    assert loss.layers == layers
    sides = [f.shape[-1] for f in loss.features(torch.zeros(1, 3, 64, 64))]
    assert sides == [{"1": 64, "2": 32, "3": 16, "4": 8}[name[4]] for name in layers]


def test_activations_are_positive_and_of_similar_size() -> None:
    noise = torch.rand(1, 3, 64, 64) * 2 - 1
    for f in PerceptualLoss(load_backbone("vgg16"), PRESETS["paper"].layers).features(noise):
        assert f.min() >= 0
        assert 0.05 < f.mean() < 20


def test_masks_of_enlarged_pictures_are_interpolated_from_layer_to_layer() -> None:
    loss = PerceptualLoss(tiny_backbone(), ("a", "b"), upscale_to=32)
    mask = torch.zeros(1, 1, 16, 16)
    mask[..., 4:8, 4:8] = 1
    first, second = loss.masks(mask, loss.features(torch.rand(1, 3, 16, 16)))
    torch.testing.assert_close(first, F.interpolate(mask, (32, 32), mode="bilinear"))
    torch.testing.assert_close(second, F.interpolate(first, second.shape[2:], mode="bilinear"))
    assert 0 < first[0, 0, 7, 7] < 1  # an edge


def test_a_backbone_without_normalisation_reads_pictures_as_they_are() -> None:
    identity = Backbone("none", nn.Sequential(nn.Identity()), {"a": 0}, ("a",), normalised=False)
    image = torch.rand(1, 3, 8, 8) * 2 - 1
    torch.testing.assert_close(identity(image, ("a",))[0], image)
