import math

import pytest
import torch

from ddsgui.errors import CheckpointError
from ddsgui.stylegan.discriminator import (
    Discriminator,
    DiscriminatorBlock,
    DiscriminatorConfig,
    Filter,
    append_minibatch_stddev,
)
from ddsgui.stylegan.ops import EqualConv2d


def make(filter: Filter = "box", resolution: int = 16) -> Discriminator:
    torch.manual_seed(0)
    levels = resolution.bit_length() - 2
    return Discriminator(DiscriminatorConfig(resolution, (6, 5, 4, 3)[:levels], filter))


def constant_block(filter: Filter, value: float = 1.0) -> torch.Tensor:
    """Apply a block of one channel and weights of 1 to a constant 16×16 picture."""
    block = DiscriminatorBlock(1, 1, filter)
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.fill_(0 if parameter.dim() == 1 else 1)
        return block(torch.full((1, 1, 16, 16), value))


@pytest.mark.parametrize("filter", ["box", "binomial"])
def test_a_block_of_ones_matches_the_calculation_by_hand(filter):
    # conv1: 9 neighbours / √9 = 3, × √2 after the activation; conv2: 3 × that, × √2 again = 18 in the middle.
    # The skip carries 1. Their sum / √2.
    out = constant_block(filter)
    assert out.shape == (1, 1, 8, 8)
    assert out[0, 0, 4, 4].item() == pytest.approx((18 + 1) / math.sqrt(2), rel=1e-5)


def test_negative_activations_are_multiplied_by_a_fifth():
    # conv1: -3 · 0.2 · √2; conv2: three times that, · 0.2 · √2 = -0.72; the skip carries -1.
    assert constant_block("box", -1.0)[0, 0, 4, 4].item() == pytest.approx(-1.72 / math.sqrt(2), rel=1e-5)


def test_the_weights_of_a_convolution_are_scaled_in_use():
    conv = EqualConv2d(4, 2, 3, padding=1)
    with torch.no_grad():
        conv.weight.fill_(1)
    assert conv(torch.ones(1, 4, 5, 5))[0, 0, 2, 2].item() == pytest.approx(36 / math.sqrt(36))


def test_the_deviation_matches_the_calculation_by_hand():
    # Two groups of two: pictures 0 and 2 differ by 2 everywhere (deviation 1), pictures 1 and 3 not at all.
    x = torch.tensor([1.0, 5.0, 3.0, 5.0]).reshape(4, 1, 1, 1).expand(4, 2, 3, 3)
    out = append_minibatch_stddev(x, (2,))
    assert out.shape == (4, 3, 3, 3)
    torch.testing.assert_close(out[:, :2], x)
    torch.testing.assert_close(out[:, 2, 0, 0], torch.tensor([1.0, 1e-4, 1.0, 1e-4]))


@pytest.mark.parametrize(("pictures", "size"), [(16, 8), (8, 8), (12, 4), (6, 6), (1, 1)])
def test_groups_have_the_largest_size_that_divides_the_batch(pictures, size):
    # Only picture 0 is 1, so that its group's deviation shows the size of the group.
    x = torch.zeros(pictures, 1, 1, 1)
    x[0] = 1
    expected = math.sqrt((1 / size) * (1 - 1 / size) + 1e-8)
    assert append_minibatch_stddev(x, (8, 4))[0, 1].item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("filter", ["box", "binomial"])
def test_logits_and_features_have_the_right_shapes_and_gradients(filter):
    d = make(filter)
    x = torch.randn(3, 3, 16, 16, requires_grad=True)
    logits = d(x)
    assert logits.shape == (3, 1)
    (slope,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
    slope.square().sum().backward()  # R1 needs the second derivative
    assert all(p.grad is not None for name, p in d.named_parameters() if name.endswith("weight"))
    for side, channels in ((16, 4), (8, 5), (4, 6)):
        assert d.features(x, side).shape == (3, channels, side, side)
        assert d.config.width(side) == channels
    with pytest.raises(ValueError, match="no side of 5"):
        d.features(x, 5)


def test_the_logits_are_computed_from_the_features():
    d = make()
    x = torch.randn(4, 3, 16, 16)
    y = append_minibatch_stddev(d.features(x, 4), (8, 4))
    flat = (d.final_conv(y).relu() - 0.2 * (-d.final_conv(y)).relu()) * math.sqrt(2)
    hidden = d.final_linear(flat.flatten(1))
    hidden = (hidden.relu() - 0.2 * (-hidden).relu()) * math.sqrt(2)
    torch.testing.assert_close(d(x), d.logit(hidden))


def test_fading_mixes_the_larger_picture_with_the_smaller_one():
    d, small = make(), make(resolution=8)
    d.rgb_smaller = EqualConv2d(3, 5, 1)
    d.rgb_smaller.load_state_dict(small.from_rgb.state_dict())
    tail = {k: v for k, v in small.state_dict().items() if k.startswith(("final", "logit"))}
    d.load_state_dict(
        {k.replace("blocks.0", "blocks.1"): v for k, v in small.state_dict().items() if "blocks" in k} | tail,
        strict=False,
    )
    x = torch.randn(2, 3, 16, 16)
    halved = torch.nn.functional.avg_pool2d(x, 2)
    torch.testing.assert_close(d(x, fade=0.0), small(halved))
    full, none, half = (d.features(x, 8, fade) for fade in (1.0, 0.0, 0.5))
    torch.testing.assert_close(half, (full + none) / 2)
    assert not torch.equal(full, none)


@pytest.mark.parametrize(
    ("resolution", "channels", "filter"),
    [(12, (4, 4), "box"), (16, (4, 4), "box"), (8, (4, 0), "box"), (8, (4, 4), "gauss")],
)
def test_absurd_shapes_are_refused(resolution, channels, filter):
    with pytest.raises(CheckpointError):
        DiscriminatorConfig(resolution, channels, filter)
