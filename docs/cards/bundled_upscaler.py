"""The bundled upscaler: four times as large, and a photograph stays a photograph.

    python docs/cards/bundled_upscaler.py DATA OUT.safetensors [--minutes 25]

learns to enlarge the faces of 256 px in DATA/faces.zip, whose portrait-pictures.csv lies next to this program, and
pictures of the bundled drawn domains. Held-out faces are then enlarged from 64 to 256 px, and compared with bicubic
interpolation and the bundled upscaler by LPIPS and PSNR.

The loss is the mean absolute difference, of the pixels and of VGG-16's early activations, and once more of the pixels
at the side of the input, so that no detail is invented that the input contradicts. There is no adversary.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
import time
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from ddsgui import paths
from ddsgui.checkpoints.checkpoint import load_generator
from ddsgui.device import tune_allocator
from ddsgui.evaluation.lpips import load_lpips
from ddsgui.evaluation.similarity import psnr_of_bytes
from ddsgui.images import to_tensor, to_uint8
from ddsgui.synthesis.backbones import load_backbone
from ddsgui.synthesis.sampling import picture
from ddsgui.synthesis.upscaler import (
    SCALE,
    CompactConfig,
    CompactNetwork,
    Upscaler,
    load_upscaler,
    save_upscaler,
)
from ddsgui.training.losses import feature_loss

CONFIG = CompactConfig(channels=32, convolutions=8)
HELD_OUT = 60
DRAWN, DRAWN_SEEDS = ("caricature", "engraving", "pop-art", "watercolour"), range(1000, 1150)
DRAWN_SHARE = 0.3  # of a batch
SIDE = 128  # pixels of a crop
BATCH, RATE, WARM_UP = 8, 1.5e-3, 200
SOFTNESS = (
    0.3,
    2.0,
)  # pixels, standard deviation of the blur before a crop becomes small: networks draw softly
FEATURES, COARSE = 0.15, 1.0  # weights
LAYERS = ("relu1_2", "relu2_2")


def photographs(data: Path) -> list[np.ndarray]:
    """Return the chosen faces that are 256 pixels large, uint8 [256, 256, 3]."""
    with Path(__file__).with_name("portrait-pictures.csv").open(newline="", encoding="utf-8") as file:
        names = [row["file"] for row in csv.DictReader(file) if row["archive"] == "faces.zip"]
    archive = zipfile.ZipFile(data / "faces.zip")
    images = (np.array(Image.open(io.BytesIO(archive.read(name))).convert("RGB")) for name in names)
    return [image for image in images if image.shape[0] == 256]


def drawings() -> list[np.ndarray]:
    """Return pictures of the bundled drawn domains, uint8 [128, 128, 3]."""
    pictures = []
    for name in DRAWN:
        generator = load_generator(paths.assets() / "domains" / f"{name}.safetensors")
        pictures += [
            to_uint8(picture(generator, seed, 0.9))[0] for seed in tqdm(DRAWN_SEEDS, desc=name, disable=None)
        ]
    return pictures


def crop(image: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return a crop of an image, uint8 [SIDE, SIDE, 3], and how a soft network would have drawn it at a quarter."""
    top, left = rng.integers(0, image.shape[0] - SIDE + 1, 2)
    large = image[top : top + SIDE, left : left + SIDE]
    if rng.random() < 0.5:
        large = large[:, ::-1]
    large = np.ascontiguousarray(large)
    soft = cv2.GaussianBlur(large, (0, 0), rng.uniform(*SOFTNESS))
    return large, cv2.resize(soft, (SIDE // SCALE, SIDE // SCALE), interpolation=cv2.INTER_AREA)


def train(photos: list[np.ndarray], drawn: list[np.ndarray], minutes: float) -> CompactNetwork:
    """Return a network that has learnt for so many minutes."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    network = CompactNetwork(CONFIG)
    last = network.body[-1]
    assert isinstance(last, torch.nn.Conv2d) and last.bias is not None
    with torch.no_grad():  # begins near the enlargement by blocks
        last.weight.mul_(0.1)
        last.bias.zero_()
    network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    average = [p.detach().clone() for p in network.parameters()]
    vgg = load_backbone("vgg16")
    adam = torch.optim.Adam(network.parameters(), RATE, (0.9, 0.99))
    began, step, share = time.monotonic(), 0, 0.0
    with tqdm(total=round(minutes * 60), unit="s", disable=None) as bar:
        while share < 1:
            share = (time.monotonic() - began) / (minutes * 60)
            rate = min(1, (step + 1) / WARM_UP) * (0.02 + 0.98 * max(0.0, 1 - share))
            adam.param_groups[0]["lr"] = RATE * rate
            sets = [drawn if rng.random() < DRAWN_SHARE else photos for _ in range(BATCH)]
            crops = [crop(images[rng.integers(len(images))], rng) for images in sets]
            wanted, small = (
                torch.from_numpy(np.stack(part)).movedim(-1, 1).float().div(255)
                for part in zip(*crops, strict=True)
            )
            large = network(small.contiguous(memory_format=torch.channels_last))
            loss = loss_of(large, wanted, vgg)
            adam.zero_grad()
            loss.backward()
            adam.step()
            step += 1
            with torch.no_grad():
                for mean, parameter in zip(average, network.parameters(), strict=True):
                    mean.lerp_(parameter, max(0.005, 1 / step))
            bar.n = round(min(1, share) * minutes * 60)
            bar.set_postfix(step=step, loss=f"{loss.item():.4f}")
    with torch.no_grad():
        for parameter, value in zip(network.parameters(), average, strict=True):
            parameter.copy_(value)
    return network


def loss_of(large: Tensor, wanted: Tensor, vgg: torch.nn.Module) -> Tensor:
    """Return the loss of enlarged pictures [N, 3, S, S] in [0, 1]."""
    pixels = (large - wanted).abs().mean()
    coarse = (F.avg_pool2d(large, SCALE) - F.avg_pool2d(wanted, SCALE)).abs().mean()
    features = feature_loss(vgg, large * 2 - 1, wanted * 2 - 1, LAYERS)  # type: ignore[arg-type]
    return pixels + COARSE * coarse + FEATURES * features


def compare(upscalers: dict[str, Upscaler | None], photos: list[np.ndarray]) -> None:
    """Print LPIPS and PSNR of photographs that were made small and enlarged again. None: bicubic interpolation."""
    lpips = load_lpips()
    for name, upscaler in upscalers.items():
        distances, ratios = [], []
        for image in photos:
            small = cv2.resize(image, (64, 64), interpolation=cv2.INTER_AREA)
            if upscaler is None:
                large = cv2.resize(small, (256, 256), interpolation=cv2.INTER_CUBIC)
            else:
                large = upscaler.upscale(small)
            distances += lpips.distances(to_tensor(image), to_tensor(large))
            ratios.append(psnr_of_bytes(image, large))
        print(f"{name}: LPIPS {np.mean(distances):.4f}, PSNR {np.mean(ratios):.2f} dB, {len(photos)} faces")


def main() -> None:
    """Train, write and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder with faces.zip")
    parser.add_argument("out", type=Path, help="file to write")
    parser.add_argument("--minutes", type=float, default=25.0)
    args = parser.parse_args()
    tune_allocator()
    photos = photographs(args.data)
    held_out, photos = photos[:: len(photos) // HELD_OUT][:HELD_OUT], photos
    names = {id(image) for image in held_out}
    network = train([image for image in photos if id(image) not in names], drawings(), args.minutes)
    card = {
        "title": "Faces and drawings",
        "origin": "trained by docs/cards/bundled_upscaler.py of ddsgui",
        "licence": "MIT",
    }
    save_upscaler(network, CONFIG, args.out, card, half=True)
    compare({"bicubic": None, "bundled": load_upscaler(), "new": load_upscaler(args.out)}, held_out)


if __name__ == "__main__":
    main()
