import hashlib
import io
from pathlib import Path

import pytest
import torch

from ddsgui.download import resumable
from ddsgui.errors import LibraryError
from ddsgui.synthesis import backbones
from ddsgui.synthesis.backbones import BACKBONES, load_backbone
from ddsgui.synthesis.torchvision_compat import torchvision_models
from tests.download.conftest import Server, Shop, server, shop

__all__ = ["Server", "Shop", "server", "shop"]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DDSGUI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def weights_of(builder: str) -> bytes:
    buffer = io.BytesIO()
    torch.save(getattr(torchvision_models(), builder)(weights=None).state_dict(), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["squeezenet1_1", "resnet18"])
def test_a_backbone_is_loaded_from_a_local_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "w.pth").write_bytes(weights_of(name))
    backbone = load_backbone(f"{name}={tmp_path / 'w.pth'}")
    layers = backbone.choose(("relu1_1", "relu3_3"))  # these are VGG's names, so its default layers are used
    assert layers == backbone.default
    features = backbone(torch.zeros(1, 3, 64, 64), layers)
    assert len(features) == len(layers)
    assert not any(p.requires_grad for p in backbone.parameters())


def test_alexnet_accepts_small_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    # The fully connected layers, 233 MB, are not needed here.
    models = torchvision_models()
    network = models.AlexNet()
    spec = backbones._DOWNLOADS["alexnet"]
    backbone = backbones._cut("alexnet", network.features, spec.layers, spec.default)
    assert len(backbone(torch.zeros(1, 3, 64, 64), spec.default)) == 5
    assert 1 <= len(backbone(torch.zeros(1, 3, 16, 16), spec.default)) < 5


def serve(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    weights = torchvision_models().SqueezeNet1_1_Weights.IMAGENET1K_V1
    monkeypatch.setattr(type(weights), "url", url)


def test_without_a_connection_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "http://127.0.0.1:9/squeezenet1_1-b8a52dc0.pth"
    monkeypatch.setattr(resumable, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(resumable, "REPORT_SECONDS", 0.0)
    serve(monkeypatch, url)
    with pytest.raises(LibraryError, match="vgg16") as caught:
        load_backbone("squeezenet1_1")
    assert url in str(caught.value)


def test_a_download_is_checked_and_kept(tmp_path: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    content = weights_of("squeezenet1_1")
    digits = hashlib.sha256(content).hexdigest()[:8]
    for name in ("squeezenet1_1-00000000.pth", f"squeezenet1_1-{digits}.pth"):
        shop.server.files[f"/{name}"] = content
    serve(monkeypatch, shop.server.url("/squeezenet1_1-00000000.pth"))
    seen: list[tuple[int, int]] = []
    with pytest.raises(LibraryError, match="damaged"):  # these weights are not the published ones
        load_backbone("squeezenet1_1", lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(content), len(content)) and seen[0][0] < len(content)
    assert not list((tmp_path / "home" / "backbones").iterdir())

    serve(monkeypatch, shop.server.url(f"/squeezenet1_1-{digits}.pth"))
    assert load_backbone("squeezenet1_1").name == "squeezenet1_1"
    shop.server.asked.clear()
    assert load_backbone("squeezenet1_1").name == "squeezenet1_1"
    assert shop.server.asked == []


def test_an_interrupted_download_resumes(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    content = weights_of("squeezenet1_1")
    name = f"squeezenet1_1-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    shop.server.files[f"/{name}"] = content
    serve(monkeypatch, shop.server.url(f"/{name}"))
    steps = backbones.download_backbone("squeezenet1_1")
    next(steps)
    steps.close()
    assert load_backbone("squeezenet1_1").name == "squeezenet1_1"
    assert (shop.server.asked[-1][1] or "").startswith("bytes=")


def test_unknown_names_and_foreign_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=BACKBONES[-1]):
        load_backbone("vgg99")
    (tmp_path / "w.pth").write_bytes(b"nothing")
    with pytest.raises(LibraryError, match="does not hold"):
        load_backbone(f"resnet18={tmp_path / 'w.pth'}")
