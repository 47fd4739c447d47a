"""Networks made of the tensors in a file, strictly: every tensor has a place, and every place a tensor."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ddsgui.errors import CheckpointError
from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig
from ddsgui.stylegan.generator import Generator, GeneratorConfig


def to_float32(value: Tensor, what: str) -> Tensor:
    """Return a float32 copy that does not depend on the file. Raises CheckpointError unless it is a dense array.

    what: the file and the tensor, for the error. A view that repeats a few numbers as a huge tensor would fill the
    memory when copied.
    """
    dense = value.layout == torch.strided and value.is_floating_point()
    if not dense or value.numel() * value.element_size() > value.untyped_storage().nbytes():
        raise CheckpointError(f"{what} is not a plain array of numbers; the file is damaged.")
    return value.to(torch.float32, copy=True)


def assemble_generator(config: GeneratorConfig, tensors: dict[str, Tensor], name: str) -> Generator:
    """Return a generator of exactly these tensors. Raises CheckpointError, which names the first that does not fit."""
    with torch.device("meta"):
        generator = Generator(config)
    _assign(generator, tensors, name, "StyleGAN2 generator")
    return generator


def assemble_discriminator(
    config: DiscriminatorConfig, tensors: dict[str, Tensor], name: str
) -> Discriminator:
    """Return a discriminator of exactly these tensors. Raises CheckpointError as assemble_generator does."""
    with torch.device("meta"):
        discriminator = Discriminator(config)
    _assign(discriminator, tensors, name, "StyleGAN2 discriminator")
    return discriminator


def _assign(network: nn.Module, tensors: dict[str, Tensor], name: str, what: str) -> None:
    expected = network.state_dict()
    missing, extra = expected.keys() - tensors.keys(), tensors.keys() - expected.keys()
    if missing or extra:
        verb, keys = ("lacks", missing) if missing else ("has unknown tensors:", extra)
        raise CheckpointError(f"{name} {verb} {_first(keys)}; it is not a complete {what}.")
    for key, value in expected.items():
        if tensors[key].shape != value.shape:
            raise CheckpointError(
                f"{name}: {key} has the shape {list(tensors[key].shape)} instead of {list(value.shape)}; "
                f"it is not a {what} that ddsgui knows."
            )
        if not _is_finite(tensors[key]):
            raise CheckpointError(f"{name}: {key} has numbers that are not finite; the file is damaged.")
    network.load_state_dict(tensors, assign=True)


def _is_finite(value: Tensor) -> bool:
    # isfinite(value) would need more memory than the tensor itself.
    minimum, maximum = value.aminmax()  # both are NaN if a number is
    return bool(torch.isfinite(minimum) and torch.isfinite(maximum))


def _first(keys: set[str]) -> str:
    first = sorted(keys)[:3]
    return ", ".join(first) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
