"""InceptionV3 from a file, with random weights: the published ones are not here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from ddsgui.errors import LibraryError
from ddsgui.evaluation import inception
from ddsgui.evaluation.features import inception_features
from ddsgui.evaluation.inception import Inception, build_inception, load_inception


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    """Random weights of the network of 2015."""
    torch.manual_seed(0)
    network = build_inception(is_of_2015=True)
    return {name: value.clone() for name, value in network.state_dict().items()}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A quarter of the side, which the network can just see."""
    monkeypatch.setattr(inception, "SIDE_PX", 75)
    yield


def images() -> torch.Tensor:
    return torch.randint(
        0, 256, (2, 3, 16, 16), generator=torch.Generator().manual_seed(0), dtype=torch.uint8
    )


def test_a_file_says_which_weights_it_holds(tmp_path: Path, state: dict[str, torch.Tensor]) -> None:
    torch.save(state, tmp_path / "2015.pth")
    network = inception_features(tmp_path / "2015.pth")
    assert "2015-12-05" in network.title
    (rows,) = network.rows([images()])
    assert rows.shape == (2, 2048) and not torch.equal(rows[0], rows[1])

    torchvision = {**state, "fc.weight": state["fc.weight"][:1000], "fc.bias": state["fc.bias"][:1000]}
    torchvision["AuxLogits.fc.bias"] = torch.zeros(1000)
    torch.save(torchvision, tmp_path / "torchvision.pth")
    newer = load_inception(tmp_path / "torchvision.pth")
    assert "torchvision" in newer.title
    assert not torch.allclose(newer.rows(images()), rows)  # it pools and resizes otherwise


def test_the_network_of_2015_pools_as_it_was_trained() -> None:
    network = build_inception(is_of_2015=True)
    x = torch.rand(1, 2048, 3, 3)
    block = network.get_submodule("Mixed_7c")
    last = block.get_submodule("branch_pool")(F.max_pool2d(x, 3, stride=1, padding=1))
    torch.testing.assert_close(block(x)[:, -last.shape[1] :], last)
    x, block = torch.rand(1, 192, 4, 4), network.get_submodule("Mixed_5b")
    mean = F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
    last = block.get_submodule("branch_pool")(mean)
    torch.testing.assert_close(block(x)[:, -last.shape[1] :], last)


def test_pictures_are_resized_as_in_2015() -> None:
    ramp = torch.arange(4.0).expand(1, 1, 4, 4)
    resized = inception._resized_as_in_2015(ramp)
    expected = (torch.arange(75) * 4 / 75).clamp(max=3)  # no half pixels, and the last row repeats
    torch.testing.assert_close(resized[0, 0, 0], expected)


def test_other_files_are_refused(tmp_path: Path) -> None:
    torch.save({"fc.bias": torch.zeros(7)}, tmp_path / "other.pth")
    (tmp_path / "none.pth").write_bytes(b"nothing")
    for name in ("other.pth", "none.pth", "missing.pth"):
        with pytest.raises(LibraryError, match=name):
            load_inception(tmp_path / name)


def test_the_note_says_that_the_reader_is_untested() -> None:
    assert all("random weights" in Inception(torch.nn.Identity(), kind).note for kind in (True, False))
