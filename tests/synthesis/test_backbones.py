import hashlib
import io
import urllib.error
from pathlib import Path

import pytest
import torch

from ddsgui.errors import LibraryError
from ddsgui.synthesis import backbones
from ddsgui.synthesis.backbones import BACKBONES, load_backbone
from ddsgui.synthesis.torchvision_compat import torchvision_models


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DDSGUI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def weights_of(builder: str) -> bytes:
    buffer = io.BytesIO()
    torch.save(getattr(torchvision_models(), builder)(weights=None).state_dict(), buffer)
    return buffer.getvalue()


class Reply(io.BytesIO):
    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.headers = {"Content-Length": str(len(content))}


@pytest.mark.parametrize("name", ["squeezenet1_1", "resnet18"])
def test_a_local_file_serves(tmp_path: Path, name: str) -> None:
    (tmp_path / "w.pth").write_bytes(weights_of(name))
    backbone = load_backbone(f"{name}={tmp_path / 'w.pth'}")
    layers = backbone.choose(("relu1_1", "relu3_3"))  # VGG's names: it takes its own
    assert layers == backbone.default
    features = backbone(torch.zeros(1, 3, 64, 64), layers)
    assert len(features) == len(layers)
    assert not any(p.requires_grad for p in backbone.parameters())


def test_alexnet_serves_small_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    # Its fully connected layers make 233 MB of nothing that a test needs.
    models = torchvision_models()
    network = models.AlexNet()
    spec = backbones._DOWNLOADS["alexnet"]
    backbone = backbones._cut("alexnet", network.features, spec.layers, spec.default)
    assert len(backbone(torch.zeros(1, 3, 64, 64), spec.default)) == 5
    assert 1 <= len(backbone(torch.zeros(1, 3, 16, 16), spec.default)) < 5


def test_offline_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_net(*_args, **_kwargs):
        raise urllib.error.URLError("no route")

    monkeypatch.setattr("urllib.request.urlopen", no_net)
    with pytest.raises(LibraryError, match="vgg16") as caught:
        load_backbone("alexnet")
    assert "https://" in str(caught.value)


def test_a_download_is_checked_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = weights_of("squeezenet1_1")
    monkeypatch.setattr("urllib.request.urlopen", lambda *_a, **_k: Reply(content))
    seen: list[tuple[int, int]] = []
    with pytest.raises(LibraryError, match="damaged"):  # these weights are not the published ones
        load_backbone("squeezenet1_1", lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(content), len(content))
    assert not list((tmp_path / "home" / "backbones").iterdir())

    digest = hashlib.sha256(content).hexdigest()[:8]
    weights = torchvision_models().SqueezeNet1_1_Weights.IMAGENET1K_V1
    monkeypatch.setattr(type(weights), "url", f"https://example.invalid/squeezenet1_1-{digest}.pth")
    assert load_backbone("squeezenet1_1").name == "squeezenet1_1"

    def no_net(*_args, **_kwargs):
        raise AssertionError("downloaded twice")

    monkeypatch.setattr("urllib.request.urlopen", no_net)
    assert load_backbone("squeezenet1_1").name == "squeezenet1_1"


def test_unknown_names_and_foreign_files(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=BACKBONES[-1]):
        load_backbone("vgg99")
    (tmp_path / "w.pth").write_bytes(b"nothing")
    with pytest.raises(LibraryError, match="does not hold"):
        load_backbone(f"resnet18={tmp_path / 'w.pth'}")
