from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from ddsgui.training import run_state


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Compute on one thread, which is faster for networks so small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings compute in float32 on every processor, so that their losses differ by rounding alone."""
    monkeypatch.setattr(run_state, "bfloat16_is_faster", lambda device: False)
