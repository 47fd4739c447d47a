import pytest
import torch

from ddsgui.errors import CheckpointError
from ddsgui.stylegan.generator import Generator, GeneratorConfig

TINY = GeneratorConfig(16, 12, 10, 2, (8, 8, 6))


@pytest.fixture
def generator() -> Generator:
    torch.manual_seed(0)
    g = Generator(TINY)
    for name, parameter in g.named_parameters():
        if name.endswith("noise_strength"):
            parameter.data.fill_(0.5)
    g.estimate_w_mean()
    return g.freeze()


def test_latents_images_and_features_have_the_right_shapes(generator: Generator) -> None:
    w = generator.mapping(torch.randn(3, 12))
    assert w.shape == (3, 10)
    ws = generator.broadcast(w)
    assert ws.shape == (3, generator.num_ws, 10)
    image, features = generator.synthesis.with_features(ws)
    assert image.shape == (3, 3, 16, 16)
    assert [f.shape[1] for f in features] == TINY.layer_channels()
    assert [f.shape[2] for f in features] == [4, 8, 8, 16, 16]


def test_noise_is_constant_random_or_none(generator: Generator) -> None:
    ws = generator.broadcast(generator.w_mean)
    assert torch.equal(generator.synthesis(ws), generator.synthesis(ws, noise="constant"))
    assert not torch.equal(generator.synthesis(ws, noise="random"), generator.synthesis(ws, noise="random"))
    assert not torch.equal(generator.synthesis(ws, noise="none"), generator.synthesis(ws))
    with pytest.raises(ValueError, match="noise"):
        generator.synthesis(ws, noise="loud")  # type: ignore[arg-type]


def test_truncation_pulls_towards_the_mean(generator: Generator) -> None:
    w = generator.mapping(torch.randn(5, 12))
    assert torch.equal(generator.truncate(w, 1.0), w)
    torch.testing.assert_close(generator.truncate(w, 0.0), generator.w_mean.expand(5, -1))
    near = (generator.truncate(w, 0.5) - generator.w_mean).norm()
    torch.testing.assert_close(near, (w - generator.w_mean).norm() / 2)


def test_a_frozen_generator_has_gradients_for_the_latent_only(generator: Generator) -> None:
    z = torch.randn(1, 12, requires_grad=True)
    generator.synthesis(generator.broadcast(generator.mapping(z))).square().sum().backward()
    assert z.grad is not None
    assert z.grad.norm() > 0
    assert all(p.grad is None for p in generator.parameters())


@pytest.mark.parametrize("resolution", [0, 7, 12, 4096])
def test_absurd_shapes_are_refused(resolution: int) -> None:
    with pytest.raises(CheckpointError):
        GeneratorConfig(resolution, 8, 8, 1, (8, 8))


def test_features_of_the_first_layers_can_be_computed_alone() -> None:
    torch.manual_seed(0)
    g = Generator(GeneratorConfig(16, 8, 8, 1, (8, 8, 8))).freeze()
    ws = g.broadcast(g.mapping(torch.randn(2, 8)))
    all_of_them = g.synthesis.with_features(ws)[1]
    first = g.synthesis.features(ws, 3)
    assert len(first) == 3
    assert all(torch.equal(a, b) for a, b in zip(first, all_of_them, strict=False))


def test_a_layer_saves_no_unnecessary_feature_map(generator: Generator) -> None:
    """At 1024 px, one more map per layer would take half a gigabyte."""
    layer = generator.synthesis.layers[4]
    x, w = torch.randn(1, 6, 16, 16, requires_grad=True), torch.randn(1, 10, requires_grad=True)
    saved: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        saved[tensor.data_ptr()] = tensor.numel()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        result = layer(x, w, "constant")
    maps = {pointer for pointer, size in saved.items() if size == x.numel()}
    assert {
        x.data_ptr(),
        result.data_ptr(),
    } <= maps  # the input and the output, which the next layer saves too
    assert len(maps) == 4  # and two between: after the style and after the convolution
