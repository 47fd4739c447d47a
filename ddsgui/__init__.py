"""ddsgui: mix two StyleGAN2 domains, part by part.

The names below are for notebooks. They load torch when they are first used, not with `import ddsgui`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ddsgui.version import __version__ as __version__

if TYPE_CHECKING:
    from ddsgui.checkpoints.checkpoint import load_generator
    from ddsgui.library.library import Library
    from ddsgui.synthesis.crossover import Crossover
    from ddsgui.synthesis.latents import Seed, StoredLatent
    from ddsgui.synthesis.optimizer import DualDomainOptimizer
    from ddsgui.synthesis.sampling import sample_pair
    from ddsgui.synthesis.segmenter import load_segmenter
    from ddsgui.synthesis.settings import OptimizerSettings

__all__ = [
    "Crossover",
    "DualDomainOptimizer",
    "Library",
    "OptimizerSettings",
    "Seed",
    "StoredLatent",
    "load_generator",
    "load_segmenter",
    "sample_pair",
]

_MODULES = {
    "Crossover": "synthesis.crossover",
    "DualDomainOptimizer": "synthesis.optimizer",
    "Library": "library.library",
    "OptimizerSettings": "synthesis.settings",
    "Seed": "synthesis.latents",
    "StoredLatent": "synthesis.latents",
    "load_generator": "checkpoints.checkpoint",
    "load_segmenter": "synthesis.segmenter",
    "sample_pair": "synthesis.sampling",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value  # the next access finds it without this function
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
