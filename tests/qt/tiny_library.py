"""A library of two random domains of 16 pixels and a part, the smallest that a window can mix."""

from __future__ import annotations

from pathlib import Path

SIDE = 16
PARENT = "0" * 64  # of both domains, which makes them a family


def make_tiny_library(folder: Path) -> None:
    """Save two domains, named like bundled ones, and a part in a user folder."""
    import torch

    from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator
    from ddsgui.stylegan.generator import Generator, GeneratorConfig
    from ddsgui.synthesis.segmenter import PartMetadata, Segmenter, save_segmenter

    torch.set_num_threads(1)  # the fastest for pictures so small
    (folder / "domains").mkdir()
    (folder / "parts").mkdir()
    config = GeneratorConfig(SIDE, 8, 8, 2, (8, 8, 8))
    for seed, name in enumerate(("portrait", "caricature")):
        torch.manual_seed(seed)
        generator = Generator(config)
        generator.estimate_w_mean()
        metadata = DomainMetadata(name, name.capitalize(), parent=PARENT)
        save_generator(generator, folder / f"domains/{name}.safetensors", metadata)
    segmenter = Segmenter(config.layer_channels(), SIDE, ("spot",), "S")
    save_segmenter(segmenter, folder / "parts/eyes-nose-mouth.safetensors", PartMetadata("eyes-nose-mouth"))
