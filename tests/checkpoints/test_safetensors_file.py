from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from ddsgui.checkpoints.safetensors_file import write_steps


def read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    with safe_open(path, framework="pt") as file:
        return {key: file.get_tensor(key) for key in file.keys()}, file.metadata()  # noqa: SIM118


def test_tensors_are_read_back_bit_for_bit(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    tensors = {
        "picture": torch.randn(2, 3, 4, 4).to(memory_format=torch.channels_last),
        "number": torch.tensor(3.5, dtype=torch.float64),
        "bytes": torch.arange(7, dtype=torch.uint8),
        "switch": torch.tensor([True, False, True]),
        "half": torch.randn(5).half(),
        "brain": torch.randn(3, 2).bfloat16().t(),
        "whole": torch.tensor([-(2**62)]),
        "none": torch.empty(0, 3),
    }
    shares = list(write_steps(path, tensors, {"what": "“é”"}))
    assert shares == sorted(shares) and len(shares) == len(tensors) and shares[-1] == 1
    loaded, metadata = read(path)
    assert metadata == {"what": "“é”"}
    assert loaded.keys() == tensors.keys()
    for key, value in tensors.items():
        assert loaded[key].dtype == value.dtype and torch.equal(loaded[key], value), key


def test_all_tensors_can_be_converted_to_one_type(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    values = torch.randn(4, 4)
    assert list(write_steps(path, {"a": values, "b": values.double()}, {}, torch.float16))
    loaded, _ = read(path)
    assert all(torch.equal(value, values.half()) for value in loaded.values())


@pytest.mark.parametrize("tensors", [{}, {"none": torch.empty(0)}])
def test_a_file_without_tensors_is_written(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    assert set(write_steps(tmp_path / "a.safetensors", tensors, {"k": "v"})) <= {1.0}
    assert read(tmp_path / "a.safetensors")[1] == {"k": "v"}
