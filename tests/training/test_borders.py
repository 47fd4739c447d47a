from __future__ import annotations

import pytest
import torch

from ddsgui.training.borders import LINES, border_differences, border_loss, frame_loss, frame_strength


def ramp(side: int = 16) -> torch.Tensor:
    """A slope without any second difference: [1, 1, side, side]."""
    along = torch.linspace(-1, 1, side)
    return (along + 0.5 * along[:, None])[None, None]


def framed(strength: float) -> torch.Tensor:
    image = ramp()
    for edge in (0, -1):
        image[..., edge, :] -= strength
        image[..., 1:-1, edge] -= strength
    return image


def test_a_slope_has_no_second_differences_and_a_line_has_one_on_every_border():
    torch.testing.assert_close(border_differences(ramp()), torch.zeros(4, 1, 1, LINES, 16), rtol=0, atol=1e-6)
    outermost, *rest = border_differences(framed(0.5)).unbind(3)
    inner = slice(1, -1)  # in the corners two lines cross
    torch.testing.assert_close(outermost[..., inner], torch.full((4, 1, 1, 14), -0.5))
    for line in rest:
        torch.testing.assert_close(line[..., 2:-2], torch.zeros(4, 1, 1, 12), rtol=0, atol=1e-6)


def test_the_loss_of_pairs_sees_a_frame_and_nothing_within():
    changed = ramp()
    changed[..., 6:10, 6:10] = 1
    assert float(border_loss(changed, ramp())) < 1e-6
    assert float(border_loss(framed(0.5), ramp())) > 0.1
    assert float(border_loss(framed(0.5), framed(0.5))) == 0


def test_without_pairs_only_what_exceeds_the_usual_counts():
    usual = frame_strength(framed(0.2))
    assert float(frame_loss(framed(0.1), usual)) < 1e-7
    assert float(frame_loss(framed(0.2), usual)) < 1e-7
    image = framed(0.5).requires_grad_()
    loss = frame_loss(image, usual)
    assert loss.item() == pytest.approx(float((frame_strength(framed(0.5)) - usual).mean()))
    (gradient,) = torch.autograd.grad(loss, image)
    assert (gradient[..., 5:-5, 5:-5] == 0).all()
    assert float(frame_loss(framed(0.4), usual)) < loss.item()
