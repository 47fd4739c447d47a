"""Oblong generators draw in squares exactly what they draw without."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ddsgui.errors import CheckpointError
from ddsgui.stylegan.frame import frame_of
from ddsgui.stylegan.generator import WHOLE, Generator, GeneratorConfig, config_from_shapes
from ddsgui.stylegan.ops import leaky_relu, upsample
from ddsgui.stylegan.padding import remove_padding

SIZES = [(2, 4), (4, 2), (3, 4), (3, 5), (5, 3), (6, 6), (1, 2)]  # width and height of the constant


def generator_of(const_size: tuple[int, int]) -> Generator:
    torch.manual_seed(2)
    side = 4 if max(const_size) <= 4 else 8
    generator = Generator(GeneratorConfig(4 * side, 6, 6, 2, (8, 6, 4), const_size=const_size))
    frame = frame_of(generator.config, 0)
    assert frame is not None
    generator.synthesis.const.data = frame.cleared(generator.synthesis.const.data, WHOLE)
    for layer in generator.synthesis.layers:
        torch.nn.init.normal_(layer.bias)  # type: ignore[arg-type]
        torch.nn.init.constant_(layer.noise_strength, 0.5)  # type: ignore[arg-type]
    return generator.freeze()


def in_frame(generator: Generator, x: Tensor, level: int) -> Tensor:
    frame = frame_of(generator.config, level)
    assert frame is not None
    return x[:, :, frame.top : frame.top + frame.height, frame.left : frame.left + frame.width]


def draw_oblong(generator: Generator, ws: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Draw without any square, as the original programs do."""
    net = generator.synthesis
    x, rgb, features = in_frame(generator, net.const, 0).expand(len(ws), -1, -1, -1), None, []
    for i, layer in enumerate(net.layers):
        level = (i + 1) // 2
        x = layer.conv(x, ws[:, i]) + layer.bias[:, None, None]  # type: ignore[operator, index]
        x = leaky_relu(x + in_frame(generator, layer.noise_const, level) * layer.noise_strength)  # type: ignore[arg-type]
        features.append(x)
        if i % 2 == 0:
            skip = net.to_rgbs[level](x, ws[:, i + 1])
            rgb = skip if rgb is None else upsample(rgb) + skip
    assert rgb is not None
    return rgb, features


@pytest.mark.parametrize("const_size", SIZES)
def test_the_picture_in_the_frame_is_the_original_one(const_size: tuple[int, int]) -> None:
    generator = generator_of(const_size)
    ws = torch.randn(2, generator.num_ws, 6)
    expected, expected_features = draw_oblong(generator, ws)
    image, features = generator.synthesis.with_features(ws)
    assert expected.shape[2:] == (4 * const_size[1], 4 * const_size[0])
    torch.testing.assert_close(in_frame(generator, image, 2), expected, atol=1e-4, rtol=1e-4)
    for i, (ours, theirs) in enumerate(zip(features, expected_features, strict=True)):
        torch.testing.assert_close(in_frame(generator, ours, (i + 1) // 2), theirs, atol=1e-4, rtol=1e-4)
        assert ours.abs().sum() == pytest.approx(float(theirs.abs().sum()), rel=1e-3), "zero elsewhere"
    outside = torch.ones_like(image, dtype=torch.bool)
    in_frame(generator, outside, 2)[:] = False
    assert (image[outside] == -1).all()


def test_padding_is_removed_from_an_oblong_picture() -> None:
    config = config_from_shapes([(6, 6)], (1, 8, 5, 3), [(8, 8, 3, 3)] * 5)
    assert (config.resolution, config.const_size, config.picture_size) == (32, (3, 5), (12, 20))
    picture = torch.arange(32 * 32).view(32, 32).numpy()
    assert remove_padding(picture, config).shape == (20, 12)
    assert GeneratorConfig.from_dict(config.as_dict()) == config


def test_square_generators_and_their_files_are_as_before() -> None:
    config = config_from_shapes([(6, 6)], (1, 8, 4, 4), [(8, 8, 3, 3)] * 5)
    assert frame_of(config, 0) is None
    assert set(config.as_dict()) == {"resolution", "z_dim", "w_dim", "mapping_layers", "channels"}


@pytest.mark.parametrize("const", [(1, 8, 0, 4), (1, 8, 65, 4), (1, 8, 4, 10**9)])
def test_absurd_constants_are_refused(const: tuple[int, ...]) -> None:
    with pytest.raises(CheckpointError):
        config_from_shapes([(6, 6)], const, [(8, 8, 3, 3)] * 5)


def test_mapping_and_embedding_may_have_widths_of_their_own() -> None:
    config = config_from_shapes([(10, 9), (10, 10), (6, 10)], (1, 8, 4, 4), [(8, 8, 3, 3)] * 5, (5, 3))
    assert (config.z_dim, config.w_dim, config.mapping_width, config.embed_dim) == (4, 6, 10, 5)
    generator = Generator(config)
    generator.choose_class(1, "x")
    assert generator.mapping(torch.randn(2, 4)).shape == (2, 6)
    assert GeneratorConfig.from_dict(config.as_dict()) == config
