"""LPIPS against others: torchmetrics' with the bundled VGG-16, and the original where its weights are."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from ddsgui import paths
from ddsgui.errors import LibraryError
from ddsgui.evaluation.lpips import CONV5, load_lpips
from ddsgui.synthesis.torchvision_compat import torchvision_models

VGG = Path(torch.hub.get_dir()) / "checkpoints" / "vgg16-397923af.pth"
CONVOLUTIONS = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, *CONV5)


@pytest.fixture
def pictures() -> tuple[Tensor, Tensor]:
    first = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return first, (first.roll(3, 3) * 0.8).clamp(-1, 1)


def test_distances_are_those_of_torchmetrics(
    pictures: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    torchvision_models()  # torchmetrics imports torchvision
    from torchmetrics.functional.image import lpips as reference

    with torch.device("meta"):  # the trunk gets its weights below, and its classifier none
        features = torchvision_models().vgg16(weights=None).features
    weights = {}
    for name in ("vgg16", "vgg16-conv5"):
        weights |= load_file(paths.assets() / "backbones" / f"{name}.safetensors")
    state = {name.removeprefix("features."): weight.float() for name, weight in weights.items()}
    features.load_state_dict(state, assign=True)
    assert {int(name.partition(".")[0]) for name in state} == set(CONVOLUTIONS)
    monkeypatch.setattr(reference, "_get_tv_model_features", lambda name, pretrained: features)
    network = reference._LPIPS(pretrained=True, net="vgg")  # its heads are a copy of the original's
    with torch.no_grad():
        expected = network(*pictures).flatten()
    torch.testing.assert_close(
        torch.tensor(load_lpips().distances(*pictures)), expected, rtol=1e-4, atol=1e-6
    )


def test_equal_pictures_have_no_distance(pictures: tuple[Tensor, Tensor]) -> None:
    assert load_lpips().distances(pictures[0], pictures[0]) == [0, 0]


@pytest.mark.skipif(not VGG.is_file(), reason="torchvision's VGG-16 is not on this computer")
def test_distances_are_those_of_the_original(pictures: tuple[Tensor, Tensor]) -> None:
    lpips = pytest.importorskip("lpips")
    with torch.no_grad():
        expected = lpips.LPIPS(net="vgg", verbose=False)(*pictures).flatten()
    # The bundled weights have half the digits.
    torch.testing.assert_close(
        torch.tensor(load_lpips().distances(*pictures)), expected, rtol=5e-3, atol=1e-4
    )


def test_missing_weights_get_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "assets", lambda: tmp_path)
    with pytest.raises(LibraryError, match="LPIPS"):
        load_lpips()
