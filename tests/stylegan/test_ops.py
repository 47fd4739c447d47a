import pytest
import torch
import torch.nn.functional as F

from ddsgui.stylegan.ops import ModulatedConv2d, blur, leaky_relu, leaky_relu_, upsample


def modulated_by_weights(conv: ModulatedConv2d, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """Convolve as in the textbook: one weight per sample, in a grouped convolution."""
    n, c, h, _ = x.shape
    weight = conv.weight * conv.gain * conv.affine(w)[:, None, :, None, None]
    if conv.demodulate:
        weight = weight * torch.rsqrt(weight.square().sum((2, 3, 4), keepdim=True) + 1e-8)
    out = weight.shape[1]
    if conv.up:
        y = F.conv_transpose2d(
            x.reshape(1, n * c, h, h), weight.transpose(1, 2).flatten(0, 1), stride=2, groups=n
        )
        return blur(y, gain=4.0).reshape(n, out, 2 * h, 2 * h)
    pad = weight.shape[-1] // 2
    return F.conv2d(x.reshape(1, n * c, h, h), weight.flatten(0, 1), padding=pad, groups=n).reshape(
        n, out, h, h
    )


@pytest.mark.parametrize(
    ("kernel", "demodulate", "up"), [(3, True, False), (3, True, True), (1, False, False)]
)
def test_scaling_activations_equals_scaling_weights(kernel: int, demodulate: bool, up: bool) -> None:
    torch.manual_seed(0)
    conv = ModulatedConv2d(6, 5, kernel, 4, demodulate=demodulate, up=up)
    x, w = torch.randn(3, 6, 8, 8), torch.randn(3, 4)
    torch.testing.assert_close(conv(x, w), modulated_by_weights(conv, x, w), atol=1e-5, rtol=1e-4)


def test_resampling_keeps_a_flat_picture_flat() -> None:
    flat = torch.full((1, 2, 8, 8), 3.0)
    inner = (..., slice(2, -2), slice(2, -2))
    torch.testing.assert_close(upsample(flat)[inner], torch.full((1, 2, 12, 12), 3.0))
    torch.testing.assert_close(blur(flat, padding=2)[inner], torch.full((1, 2, 5, 5), 3.0))


def test_the_activation_in_place_gives_the_same_values_and_gradients() -> None:
    torch.manual_seed(0)
    x = torch.randn(4, 3, 8, 8, requires_grad=True)
    gradients = []
    for act in (leaky_relu, leaky_relu_):
        y = act(x * 3)
        (gradient,) = torch.autograd.grad(y.square().sum(), x)
        gradients.append((y.detach(), gradient))
    (plain, plain_gradient), (in_place, in_place_gradient) = gradients
    torch.testing.assert_close(plain, in_place)
    torch.testing.assert_close(plain_gradient, in_place_gradient)
