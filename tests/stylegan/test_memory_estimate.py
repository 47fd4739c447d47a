"""The estimates of memory are compared with measurements of benchmarks/large.py and with each other."""

from __future__ import annotations

import pytest

from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.stylegan.memory_estimate import (
    MemoryEstimate,
    _Net,
    estimate_adaptation,
    estimate_drawing,
    estimate_drawn,
    estimate_mixing,
    estimate_part_training,
    format_gigabytes,
)
from ddsgui.synthesis.settings import PRESETS

WIDE = (512, 512, 512, 512, 512, 256, 128, 64, 32)
NARROW = (128, 128, 96, 64, 48, 32, 24, 16, 16)


def config(side: int, channels: tuple[int, ...] = WIDE) -> dict:
    latent, layers = (256, 4) if channels == NARROW else (512, 8)
    return GeneratorConfig(side, latent, latent, layers, channels[: side.bit_length() - 2]).as_dict()


def tasks(shape: dict) -> list[MemoryEstimate]:
    side = shape["resolution"]
    return [
        estimate_drawing(shape),
        estimate_part_training(shape),
        estimate_mixing(shape, generators=1, backbone_side=256),
        estimate_mixing(shape, generators=2, backbone_side=side),
        estimate_adaptation(shape, 4),
    ]


# Peak memory of processes in GB, from benchmarks/large.py.
MEASURED = [
    ("find", 256, NARROW, 0.37),
    ("find", 512, NARROW, 0.50),
    ("find", 1024, NARROW, 1.19),
    ("find", 256, WIDE, 0.68),
    ("find", 1024, WIDE, 2.13),
    ("segment", 256, NARROW, 0.48),
    ("segment", 512, NARROW, 0.79),
    ("segment", 1024, NARROW, 1.76),
    ("segment", 256, WIDE, 1.29),
    ("segment", 512, WIDE, 2.07),
    ("mix-fast", 256, NARROW, 0.92),
    ("mix-fast", 512, NARROW, 0.99),
    ("mix-fast", 256, WIDE, 1.55),
    ("mix-fast", 512, WIDE, 2.33),
    ("mix-fast", 1024, WIDE, 4.35),
    ("mix-official", 256, NARROW, 0.92),
    ("mix-official", 512, NARROW, 0.97),
    ("mix-official", 1024, NARROW, 1.71),
    ("mix-official", 256, WIDE, 1.51),
    ("mix-live", 256, NARROW, 0.39),
    ("mix-live", 256, WIDE, 0.85),
    ("mix-paper", 256, NARROW, 0.97),
    ("mix-paper", 512, NARROW, 2.29),
    ("mix-paper", 512, WIDE, 4.68),
    ("mix-paper", 1024, NARROW, 8.70),
    ("mix-paper", 256, WIDE, 2.05),
    ("mix-paper", 1024, WIDE, 11.02),
    ("adapt-4", 256, NARROW, 0.96),
    ("adapt-4", 512, NARROW, 2.45),
    ("adapt-4", 256, WIDE, 5.42),
    ("adapt-2", 1024, NARROW, 4.26),
    ("adapt-2", 512, WIDE, 5.64),
    ("adapt-2", 1024, WIDE, 9.12),
]


@pytest.mark.parametrize(("task", "side", "channels", "peak"), MEASURED)
def test_an_estimate_is_not_below_the_measured_peak_nor_far_above(
    task: str, side: int, channels: tuple[int, ...], peak: float
):
    shape = config(side, channels)
    kind, _, detail = task.partition("-")
    if kind == "mix":
        estimate = PRESETS[detail].memory_estimate(shape)
    elif kind == "adapt":
        estimate = estimate_adaptation(shape, int(detail))
    else:
        estimate = {"find": estimate_drawing, "segment": estimate_part_training}[kind](shape)
    assert peak * 1e9 <= estimate.bytes <= 1.15 * peak * 1e9 + 0.15e9


def test_the_estimated_number_of_weights_is_nearly_exact():
    shape = GeneratorConfig(64, 96, 96, 3, (96, 64, 48, 32, 16))
    counted = 4 * sum(p.numel() for p in Generator(shape).parameters())
    assert _Net(shape.as_dict()).weights == pytest.approx(counted, rel=0.02)


def test_larger_and_wider_domains_need_more():
    narrow = tuple(c // 4 for c in WIDE)
    for small, large in ((config(512), config(1024)), (config(512, narrow), config(512))):
        for less, more in zip(tasks(small), tasks(large), strict=True):
            assert less.bytes < more.bytes


def test_more_pictures_need_more():
    shape = config(256)
    assert estimate_part_training(shape, 1).bytes < estimate_part_training(shape, 3).bytes
    assert estimate_adaptation(shape, 2).bytes < estimate_adaptation(shape, 4).bytes


def test_the_sentence_gives_the_needed_and_the_free_memory():
    estimate = MemoryEstimate("Mixing", 1024, 3_120_000_000)
    for free, words in ((20_400_000_000, "20 GB"), (2_000_000_000, "only 2.0 GB"), (None, "3.1 GB")):
        sentence = estimate.sentence(free)
        assert sentence.startswith("Mixing at 1024 px") and words in sentence
    assert [estimate.fits(free) for free in (4 * 10**9, 3 * 10**9, None)] == [True, False, True]


def test_gigabytes_are_rounded_to_two_digits():
    assert [format_gigabytes(n) for n in (4e8, 9.94e9, 9.96e9, 2e10)] == [
        "0.4 GB",
        "9.9 GB",
        "10 GB",
        "20 GB",
    ]


def test_a_drawn_domain_needs_less_than_an_adaptation_and_more_with_more_pairs():
    shape = config(256, NARROW)
    few, many = (estimate_drawn(shape, 4, pairs).bytes for pairs in (100, 1500))
    assert few < many < few + 1.5e9
    assert few < estimate_adaptation(shape, 4).bytes
