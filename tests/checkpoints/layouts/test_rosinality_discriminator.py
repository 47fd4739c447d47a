"""The "d" of a rosinality training state, against the formulas of that program written out step by step."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from ddsgui.checkpoints.checkpoint import inspect_file, load_discriminator
from ddsgui.checkpoints.torch_save import read_torch_file
from ddsgui.errors import CheckpointError

GOLDEN = Path(__file__).parents[2] / "checkpoints/golden"
KERNEL = torch.outer(torch.tensor([1.0, 3, 3, 1]), torch.tensor([1.0, 3, 3, 1])) / 64
WIDTHS = {16: 4, 8: 5, 4: 6}


def make_state() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    state = {"convs.0.0.weight": torch.randn(4, 3, 1, 1), "convs.0.1.bias": torch.randn(4)}
    for i, (inputs, outputs) in enumerate(((4, 5), (5, 6)), 1):
        state |= {
            f"convs.{i}.conv1.0.weight": torch.randn(inputs, inputs, 3, 3),
            f"convs.{i}.conv1.1.bias": torch.randn(inputs),
            f"convs.{i}.conv2.0.kernel": KERNEL,
            f"convs.{i}.conv2.1.weight": torch.randn(outputs, inputs, 3, 3),
            f"convs.{i}.conv2.2.bias": torch.randn(outputs),
            f"convs.{i}.skip.0.kernel": KERNEL,
            f"convs.{i}.skip.1.weight": torch.randn(outputs, inputs, 1, 1),
        }
    return state | {
        "final_conv.0.weight": torch.randn(6, 7, 3, 3),
        "final_conv.1.bias": torch.randn(6),
        "final_linear.0.weight": torch.randn(6, 96),
        "final_linear.0.bias": torch.randn(6),
        "final_linear.1.weight": torch.randn(1, 6),
        "final_linear.1.bias": torch.randn(1),
    }


def activate(x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    shape = (1, -1, 1, 1) if x.dim() == 4 else (1, -1)
    return F.leaky_relu(x + bias.reshape(shape), 0.2) * math.sqrt(2)


def scaled(weight: torch.Tensor) -> torch.Tensor:
    return weight / math.sqrt(weight[0].numel())


def filtered(x: torch.Tensor, padding: int) -> torch.Tensor:
    channels = x.shape[1]
    return F.conv2d(x, KERNEL.expand(channels, 1, 4, 4), padding=padding, groups=channels)


def logits(state: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    x = activate(F.conv2d(x, scaled(state["convs.0.0.weight"])), state["convs.0.1.bias"])
    for block in ("convs.1", "convs.2"):
        y = F.conv2d(x, scaled(state[f"{block}.conv1.0.weight"]), padding=1)
        y = filtered(activate(y, state[f"{block}.conv1.1.bias"]), padding=2)
        y = F.conv2d(y, scaled(state[f"{block}.conv2.1.weight"]), stride=2)
        y = activate(y, state[f"{block}.conv2.2.bias"])
        x = (y + F.conv2d(filtered(x, 1), scaled(state[f"{block}.skip.1.weight"]), stride=2)) / math.sqrt(2)
    spread = x.var(0, unbiased=False).add(1e-8).sqrt().mean()  # up to four pictures are one group
    x = torch.cat([x, spread.expand(len(x), 1, 4, 4)], 1)
    x = activate(F.conv2d(x, scaled(state["final_conv.0.weight"]), padding=1), state["final_conv.1.bias"])
    x = activate(x.flatten(1) @ scaled(state["final_linear.0.weight"]).T, state["final_linear.0.bias"])
    return x @ scaled(state["final_linear.1.weight"]).T + state["final_linear.1.bias"]


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("pictures", [1, 3, 4])
def test_the_logits_follow_the_formulas(tmp_path, prefix, pictures):
    state = make_state()
    golden = read_torch_file(GOLDEN / "rosinality_dataparallel.pt")
    torch.save(golden | {"d": {prefix + k: v for k, v in state.items()}}, tmp_path / "x.pt")
    d = load_discriminator(tmp_path / "x.pt")
    assert d is not None
    assert d.config.as_dict() == {"resolution": 16, "channels": [6, 5, 4], "filter": "binomial"}
    assert not any(p.requires_grad for p in d.parameters())
    x = torch.randn(pictures, 3, 16, 16)
    torch.testing.assert_close(d(x), logits(state, x), rtol=1e-4, atol=1e-5)


def test_a_state_without_a_discriminator_gives_none(tmp_path):
    assert load_discriminator(GOLDEN / "rosinality.pt") is None  # its "d" is empty
    assert load_discriminator(GOLDEN / "rosinality_dataparallel.pt") is None
    torch.save({"d": {"b4.conv.weight": torch.zeros(2)}}, tmp_path / "other.pt")
    assert load_discriminator(tmp_path / "other.pt") is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"convs.1.conv2.0.kernel": torch.ones(4, 4)}, "filter"),
        ({"convs.1.attention.weight": torch.zeros(2)}, "convs.1.attention.weight"),
        ({"convs.1.conv2.1.weight": torch.zeros(5, 4, 1, 1)}, "blocks.0.conv2.weight"),
        ({"convs.0.0.weight": torch.tensor(1.0)}, "from_rgb.weight"),
        ({"final_linear.1.bias": torch.tensor([float("nan")])}, "not finite"),
        ({"final_linear.1.bias": None}, "logit.bias"),
        ({f"convs.1.{k}": None for k in ("conv2.1.weight", "conv2.2.bias")}, "only a part"),
        ({"convs.1.conv1.1.bias": torch.zeros(4, dtype=torch.int64)}, "plain array"),
    ],
)
def test_a_broken_discriminator_gets_one_sentence(tmp_path, change, words):
    state = {k: v for k, v in (make_state() | change).items() if v is not None}
    torch.save({"d": state}, tmp_path / "x.pt")
    with pytest.raises(CheckpointError, match=words) as caught:
        load_discriminator(tmp_path / "x.pt")
    assert "\n" not in str(caught.value)


def test_inspect_lists_the_discriminator(tmp_path):
    assert "d" in inspect_file(GOLDEN / "rosinality.pt").also_inside
