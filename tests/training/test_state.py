from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from ddsgui.errors import TrainingError
from ddsgui.training.state import (
    add_prefix,
    all_finite,
    flatten_adam,
    load_state,
    restore_adam,
    restore_module,
    save_state,
    strip_prefix,
)


def test_every_dtype_is_restored_bit_for_bit(tmp_path):
    tensors = {
        "float": torch.tensor([0.1, -0.0, float("nan"), float("inf")]),
        "double": torch.tensor([0.1], dtype=torch.float64),
        "half": torch.tensor([0.1], dtype=torch.float16),
        "brain": torch.tensor([0.1], dtype=torch.bfloat16),
        "bytes": torch.Generator().manual_seed(3).get_state(),
        "whole": torch.tensor(2**62 + 1),
        "sliced": torch.arange(10)[::3],
    }
    save_state(tmp_path / "s.safetensors", tensors, {"step": 7, "seed": -1})
    loaded, document = load_state(tmp_path / "s.safetensors")
    assert (document["step"], document["seed"]) == (7, -1)
    assert loaded.keys() == tensors.keys()
    for key, value in tensors.items():
        assert loaded[key].dtype == value.dtype
        bits = [t.reshape(-1).view(torch.uint8) for t in (loaded[key], value.contiguous())]
        assert bits[0].equal(bits[1]), key


def test_loaded_tensors_do_not_depend_on_the_file(tmp_path):
    path = tmp_path / "s.safetensors"
    save_state(path, {"a": torch.ones(1000)}, {})
    loaded, _ = load_state(path)
    path.write_bytes(bytes(path.stat().st_size))
    assert loaded["a"].equal(torch.ones(1000))


def test_a_state_that_cannot_be_resumed_gets_one_sentence(tmp_path):
    path = tmp_path / "s.safetensors"
    with pytest.raises(TrainingError, match="There is no saved training"):
        load_state(path)
    save_state(path, {"a": torch.ones(1000)}, {})
    whole = path.read_bytes()
    for content in (b"", b"text", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(TrainingError, match="damaged") as caught:
            load_state(path)
        assert "\n" not in str(caught.value)
    for document, words in (("[1]", "not a saved"), ("{}", "not a saved"), ("{", "damaged")):
        save_file({"a": torch.ones(1)}, path, metadata={"ddsgui": document})
        with pytest.raises(TrainingError, match=words):
            load_state(path)
    save_file({}, path, metadata={"ddsgui": json.dumps({"kind": "training", "format": 9})})
    with pytest.raises(TrainingError, match="newer"):
        load_state(path)


def test_a_prefix_is_added_and_removed():
    tensors = add_prefix("g", {"a.b": torch.ones(1)}) | add_prefix("gg", {"c": torch.ones(1)})
    assert tensors.keys() == {"g.a.b", "gg.c"}
    assert strip_prefix(tensors, "g").keys() == {"a.b"}


def network(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 4, 3))
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def descend(net: nn.Module, adam: torch.optim.Optimizer, steps: range) -> None:
    for step in steps:
        x = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(step))
        adam.zero_grad()
        net(x).square().mean().backward()
        adam.step()


def test_adam_resumes_bit_for_bit(tmp_path):
    unbroken, resumed = network(0), network(1)
    adams = [torch.optim.Adam(net.parameters(), betas=(0.0, 0.99)) for net in (unbroken, resumed)]
    descend(unbroken, adams[0], range(3))
    tensors = add_prefix("net", unbroken.state_dict()) | add_prefix("adam", flatten_adam(adams[0]))
    save_state(tmp_path / "s.safetensors", tensors, {})
    loaded, _ = load_state(tmp_path / "s.safetensors")
    restore_module(resumed, strip_prefix(loaded, "net"))
    restore_adam(adams[1], strip_prefix(loaded, "adam"))
    for net, adam in zip((unbroken, resumed), adams, strict=True):
        descend(net, adam, range(3, 6))
    for expected, actual in zip(unbroken.parameters(), resumed.parameters(), strict=True):
        assert expected.equal(actual)


def test_an_adam_without_steps_has_no_state():
    adam = torch.optim.Adam(network(0).parameters())
    assert flatten_adam(adam) == {}
    restore_adam(adam, {})
    assert not adam.state_dict()["state"]


def test_the_state_of_other_networks_is_refused():
    net = network(0)
    adam = torch.optim.Adam(net.parameters())
    for wrong in ({"9.exp_avg": torch.ones(2)}, {"0.exp_avg": torch.ones(2)}, {"x": torch.ones(2)}):
        with pytest.raises(TrainingError, match="other networks"):
            restore_adam(adam, wrong)
    for wrong in ({}, {k: torch.ones(1) for k in net.state_dict()}):
        with pytest.raises(TrainingError, match="other networks"):
            restore_module(net, wrong)


def test_diverged_losses_are_recognised():
    assert all_finite({"a": 1.0, "b": -2.0})
    assert not all_finite({"a": float("nan")})
    assert not all_finite({"a": float("inf")})
