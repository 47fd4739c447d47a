"""Convolutions in bfloat16, everything else in float32: half the time on processors that have the units for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

_CONVOLUTIONS = (torch.conv2d, torch.conv_transpose2d)


class HalfConvolutions(TorchFunctionMode):
    """Within it 3×3 convolutions take and give float32 but compute in bfloat16, and so will their gradients.

    Unlike autocast it leaves alone what an error would show in: styles, demodulation, 1×1 convolutions to and
    from RGB, the resampling filter, losses. A gradient of a gradient (R1) belongs outside.
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
    """HalfConvolutions, or a context that changes nothing."""
    return HalfConvolutions() if wanted else nullcontext()


def bfloat16_is_faster(device: torch.device) -> bool:
    """Whether this device multiplies bfloat16 faster than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type != "cpu":
        return False
    there = torch.cpu.get_capabilities()
    return bool(there.get("amx_bf16") or there.get("avx512_bf16"))


def _half(value: Any) -> Any:
    return value.bfloat16() if isinstance(value, Tensor) and value.dtype == torch.float32 else value
