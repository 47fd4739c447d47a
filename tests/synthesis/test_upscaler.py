from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from ddsgui import paths
from ddsgui.checkpoints.native import save_tensors
from ddsgui.errors import CheckpointError, DdsError, LibraryError
from ddsgui.images import read_image, write_png
from ddsgui.synthesis import spandrel_upscaler, upscaler
from ddsgui.synthesis.upscaler import (
    CompactConfig,
    CompactNetwork,
    Upscaler,
    load_upscaler,
    save_upscaler,
)

TINY = CompactConfig(channels=4, convolutions=2, scale=2)


def drawn(config: CompactConfig = TINY, seed: int = 0) -> CompactNetwork:
    """Make a network with random weights."""
    torch.manual_seed(seed)
    network = CompactNetwork(config)
    with torch.no_grad():
        for weights in network.parameters():
            weights.normal_(std=0.4)
    return network


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def still(config: CompactConfig) -> CompactNetwork:
    """Make a network that adds nothing to the pixels of the picture."""
    network = CompactNetwork(config)
    with torch.no_grad():
        for weights in network.parameters():
            weights.zero_()
    return network


# ---- the network


def test_one_pixel_matches_the_calculation_by_hand():
    """The sum of (0.2, 0.4, 0.6) − 1.5 is −0.3; times 0.5 it is −0.15, which is added to green 1 to 4 times."""
    network = still(CompactConfig(channels=1, convolutions=0, scale=2))
    weights = network.state_dict()
    weights["body.0.weight"][0, :, 1, 1] = 1
    weights["body.0.bias"][0] = -1.5
    weights["body.1.weight"][0] = 0.5
    weights["body.2.weight"][4:8, 0, 1, 1] = torch.tensor([1.0, 2.0, 3.0, 4.0])
    image = torch.tensor([0.2, 0.4, 0.6]).view(1, 3, 1, 1) * 2 - 1
    larger = (Upscaler(network, 2, 2)(image) + 1) / 2
    expected = torch.tensor(
        [[[0.2, 0.2], [0.2, 0.2]], [[0.25, 0.1], [-0.05, -0.2]], [[0.6, 0.6], [0.6, 0.6]]]
    )
    torch.testing.assert_close(larger[0], expected)


def test_detail_comes_from_the_neighbour_that_a_weight_names():
    """Blue of the pixel on the right, or 0 beyond the edge, goes into the lower left of each block."""
    network = still(CompactConfig(channels=1, convolutions=0, scale=2))
    weights = network.state_dict()
    weights["body.0.weight"][0, 2, 1, 1] = 1
    weights["body.1.weight"][0] = 1
    weights["body.2.weight"][2, 0, 1, 2] = 1  # red, lower left
    image = torch.zeros(1, 3, 1, 3)
    image[0, 2, 0] = torch.tensor([0.1, 0.3, 0.7])
    red = (Upscaler(network, 2, 2)(image * 2 - 1)[0, 0] + 1) / 2
    torch.testing.assert_close(red, torch.tensor([[0.0] * 6, [0.3, 0, 0.7, 0, 0, 0]]))


def test_pictures_become_pictures_rounded_and_clipped():
    network = still(CompactConfig(channels=1, convolutions=0, scale=2))
    network.state_dict()["body.2.bias"][:4] = torch.tensor([2.0, -2.0, 10.4 / 255, 0])
    picture = np.full((3, 2, 3), 100, np.uint8)
    larger = Upscaler(network, 2, 2).upscale(picture)
    assert larger.shape == (6, 4, 3) and larger.dtype == np.uint8
    assert larger[:2, :2, 0].tolist() == [[255, 0], [110, 100]]
    assert np.all(larger[..., 1:] == 100)


# ---- tiles


def test_tiles_give_the_same_picture_as_the_whole(monkeypatch):
    whole, picture = Upscaler(drawn(), 2, TINY.reach), noise(20, 27)
    expected = whole.upscale(picture)
    monkeypatch.setattr(upscaler, "TILE_PX", 8)
    assert np.abs(whole.upscale(picture).astype(int) - expected).max() <= 1
    short = Upscaler(drawn(), 2, TINY.reach - 1)
    assert np.abs(short.upscale(picture).astype(int) - expected).max() > 1
    assert len(list(whole.upscale_steps(picture))) == 3 * 4 - 1  # a step between any two tiles
    image = torch.rand(2, 3, 20, 27) * 2 - 1
    tiled = whole(image)
    monkeypatch.undo()
    torch.testing.assert_close(tiled, whole(image))


def test_a_network_without_a_known_reach_is_not_tiled(monkeypatch):
    monkeypatch.setattr(upscaler, "TILE_PX", 8)
    sizes: list[torch.Size] = []
    network = drawn()
    network.register_forward_pre_hook(lambda _, given: sizes.append(given[0].shape))
    Upscaler(network, 2, None).upscale(noise(20, 27))
    assert sizes == [(1, 3, 20, 27)]


# ---- files


def test_a_saved_upscaler_gives_the_same_picture(tmp_path):
    network, path = drawn(), tmp_path / "mine.safetensors"
    save_upscaler(network, TINY, path, {"licence": "MIT"})
    again = load_upscaler(path)
    assert (again.scale, again.name) == (2, "mine.safetensors")
    assert not any(p.requires_grad for p in again.parameters())
    np.testing.assert_array_equal(again.upscale(noise(9, 7)), Upscaler(network, 2, 4).upscale(noise(9, 7)))


@pytest.fixture(scope="module")
def bundled() -> Upscaler:
    return load_upscaler()


def test_the_bundled_upscaler_has_its_licence(bundled):
    folder = paths.assets() / "upscalers"
    with safe_open(folder / "faces-and-drawings.safetensors", "pt") as file:
        document = json.loads(file.metadata()["ddsgui"])
        assert {file.get_slice(key).get_dtype() for key in file.keys()} == {"F16"}  # noqa: SIM118
    assert (document["kind"], document["card"]["licence"]) == ("upscaler", "MIT")
    assert bundled.scale == 4


def test_the_bundled_upscaler_keeps_the_small_picture(bundled):
    face = read_image(paths.assets() / "examples" / "caricature" / "00.png")[:128, :128]
    again = cv2.resize(bundled.upscale(face), (128, 128), interpolation=cv2.INTER_AREA)
    assert np.abs(again.astype(float) - face).mean() < 4


def disc(side: int, centre: tuple[float, float], radius: float) -> np.ndarray:
    """Draw an anti-aliased light disc on a dark background; centre and radius are fractions of the side."""
    y, x = (np.mgrid[0:side, 0:side] + 0.5) / side
    distance = np.hypot(x - centre[0], y - centre[1])
    light = np.clip((radius - distance) * side + 0.5, 0, 1)[..., None]
    return (light * (220, 180, 150) + (1 - light) * (40, 50, 70)).astype(np.uint8)


def test_the_bundled_upscaler_sharpens_without_a_shift(bundled):
    small = disc(32, (0.55, 0.45), 0.3)
    larger, truth = bundled.upscale(small), disc(128, (0.55, 0.45), 0.3).astype(float)

    def error(picture: np.ndarray, dx: int = 0, dy: int = 0) -> float:
        moved = np.roll(picture, (dy, dx), (0, 1))[8:-8, 8:-8]
        return float(np.abs(moved - truth[8:-8, 8:-8]).mean())

    def steepest(picture: np.ndarray) -> int:
        return int(np.abs(np.diff(picture[:, :, 0].astype(int), axis=1)).max())

    assert steepest(larger) > 1.5 * steepest(cv2.resize(small, (128, 128), interpolation=cv2.INTER_CUBIC))
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        assert error(larger) < error(larger, dx, dy)
    again = cv2.resize(larger, (32, 32), interpolation=cv2.INTER_AREA)
    assert np.abs(again.astype(float) - small).mean() < 4


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"kind": "domain"}, "is a domain of ddsgui, not an upscaler"),
        ({"kind": "upscaler", "format": 99}, "newer version"),
        ({"kind": "upscaler", "format": 1}, "does not describe"),
        ({"kind": "upscaler", "format": 1, "config": {"width": 3}}, "does not describe"),
        ({"kind": "upscaler", "format": 1, "config": {"channels": 10**9}}, "cannot have channels 1000000000"),
        ({"kind": "upscaler", "format": 1, "config": {"channels": 8}}, "does not hold the upscaler"),
    ],
)
def test_a_file_that_is_not_an_upscaler_gets_one_sentence(tmp_path, document, words):
    save_tensors(tmp_path / "a.safetensors", drawn().state_dict(), document)
    with pytest.raises(CheckpointError, match=words):
        load_upscaler(tmp_path / "a.safetensors")


def test_a_missing_file_is_reported():
    with pytest.raises(LibraryError, match="There is no file"):
        load_upscaler(Path("nowhere.pth"))


def test_a_damaged_installation_is_reported(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "assets", lambda: tmp_path)
    with pytest.raises(LibraryError, match="install ddsgui again"):
        load_upscaler()


# ---- files of other programs


class Malice:
    def __reduce__(self):
        return (Path.touch, (Path("executed"),))


@pytest.fixture
def spandrel():
    from ddsgui.synthesis.torchvision_compat import torchvision_models

    torchvision_models()
    return pytest.importorskip("spandrel")


def test_without_spandrel_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "spandrel", None)
    torch.save(drawn().state_dict(), tmp_path / "2x.pth")
    with pytest.raises(LibraryError, match=r'2x\.pth.*pip install "ddsgui\[upscalers\]"'):
        load_upscaler(tmp_path / "2x.pth")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"purpose": "Restoration", "scale": 1}, "does not make pictures larger"),
        ({"purpose": "FaceSR"}, "does not make pictures larger"),
        ({"purpose": "Inpainting"}, "does not make pictures larger"),
        ({"input_channels": 1}, "colour pictures"),
        ({"output_channels": 4}, "colour pictures"),
    ],
)
def test_only_upscalers_of_colour_pictures_are_accepted(changed, words):
    usual = {"purpose": "SR", "scale": 4, "input_channels": 3, "output_channels": 3}
    spandrel_upscaler._check(SimpleNamespace(**usual), "good.pth")
    with pytest.raises(CheckpointError, match=f"bad.pth .*{words}"):
        spandrel_upscaler._check(SimpleNamespace(**{**usual, **changed}), "bad.pth")


def test_files_of_other_programs_are_read_by_spandrel(spandrel, tmp_path):
    config = CompactConfig(channels=8, convolutions=1, scale=2)
    network = drawn(config)
    torch.save({"params": network.state_dict()}, tmp_path / "a.pth")
    save_file(network.state_dict(), tmp_path / "b.safetensors")
    expected = Upscaler(network, 2, None).upscale(noise(12, 10))
    for name in ("a.pth", "b.safetensors"):
        loaded = load_upscaler(tmp_path / name)
        assert (loaded.scale, loaded.name) == (2, name)
        assert np.abs(loaded.upscale(noise(12, 10)).astype(int) - expected).max() <= 1


def test_nothing_in_a_file_of_another_program_is_executed(spandrel, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"params": Malice()}, tmp_path / "bad.pth")
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # TorchScript is deprecated, but its files still exist
        torch.jit.script(torch.nn.ReLU()).save(str(tmp_path / "program.pt"))
    for name in ("bad.pth", "program.pt"):
        with pytest.raises(DdsError, match=name):
            load_upscaler(tmp_path / name)
    assert not Path("executed").exists()


def test_a_network_that_spandrel_does_not_know_is_refused(spandrel, tmp_path):
    save_file({"a.weight": torch.zeros(3, 3)}, tmp_path / "a.safetensors")
    with pytest.raises(CheckpointError, match="not an upscaler"):
        load_upscaler(tmp_path / "a.safetensors")


def test_a_sound_file_of_another_kind_is_named(tmp_path):
    write_png(tmp_path / "a.pth", noise(4, 4))
    torch.save({"synthesis.input.freqs": torch.ones(2)}, tmp_path / "b.pth")
    domain = paths.assets() / "domains/portrait.safetensors"
    for path, words in (
        (tmp_path / "a.pth", "PNG picture"),
        (tmp_path / "b.pth", "StyleGAN3"),
        (domain, "domain"),
    ):
        with pytest.raises(CheckpointError, match=words):
            load_upscaler(path)


def test_an_upscaler_is_known_by_its_content(tmp_path):
    save_upscaler(drawn(TINY), TINY, tmp_path / "a.safetensors", {})
    assert load_upscaler((tmp_path / "a.safetensors").rename(tmp_path / "a.dat")).scale == TINY.scale
