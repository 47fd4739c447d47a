"""Convolutions in bfloat16 and everything else in float32: half the time on processors with units for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

_CONVOLUTIONS = (torch.conv2d, torch.conv_transpose2d)


class HalfConvolutions(TorchFunctionMode):
    """A context in which 3×3 convolutions accept and return float32 but compute in bfloat16, as do their gradients.

    Unlike autocast it leaves alone those operations whose errors would show: styles, demodulation, 1×1 convolutions
    to and from RGB, the resampling filter, losses. A gradient of a gradient (R1) belongs outside.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if func not in _CONVOLUTIONS or args[1].shape[-1] != 3:
            return func(*args, **kwargs)
        halved = {key: _half(value) for key, value in kwargs.items()}
        return func(*(_half(value) for value in args), **halved).float()


def half_convolutions(wanted: bool) -> AbstractContextManager[Any]:
    """Return HalfConvolutions, or a context that changes nothing."""
    return HalfConvolutions() if wanted else nullcontext()


def _half(value: Any) -> Any:
    return value.bfloat16() if isinstance(value, Tensor) and value.dtype == torch.float32 else value
