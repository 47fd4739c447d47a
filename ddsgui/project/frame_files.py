"""A frame of a run as two files: its picture, and the state of the search that drew it."""

from __future__ import annotations

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ddsgui.errors import OptimizerError, ProjectError
from ddsgui.images import encode_png
from ddsgui.project.frames import Frame
from ddsgui.synthesis.latents import Space, StoredLatent
from ddsgui.synthesis.settings import MAX_ITERATIONS, AdamMoments

COMPRESS_LEVEL = 3  # a run has many frames, and a PNG of 1024 px takes a third of a second at 6


def frame_name(iteration: int, suffix: str) -> str:
    """Return the name of a frame's file in the run's folder."""
    return f"frames/{iteration:06}{suffix}"


def encode_frame(frame: Frame) -> dict[str, bytes]:
    """Return the files of a frame by name."""
    files = {frame_name(frame.iteration, ".png"): encode_png(frame.image, compress_level=COMPRESS_LEVEL)}
    if frame.latent is not None:
        arrays = {"latent": frame.latent}
        if (moments := frame.moments) is not None:
            arrays |= {
                "mean": moments.mean,
                "square": moments.square,
                "steps": np.array([moments.steps], np.int64),
            }
        files[frame_name(frame.iteration, ".safetensors")] = save(
            {
                key: np.ascontiguousarray(a, None if key == "steps" else np.float32)
                for key, a in arrays.items()
            }
        )
    return files


def decode_state(content: bytes, space: Space, name: str) -> tuple[np.ndarray, AdamMoments | None]:
    """Return a latent of `space`, and Adam's moments if they are in the file.

    Raises ProjectError, which names `name`, if one of them is damaged.
    """
    damaged = ProjectError(f"{name} is damaged.")
    try:
        arrays = load(content)
        latent = StoredLatent(arrays["latent"], space).array
    except (SafetensorError, OptimizerError, KeyError, ValueError, TypeError) as error:
        raise damaged from error
    mean, square, steps = (arrays.get(key) for key in ("mean", "square", "steps"))
    if mean is None or square is None or steps is None:
        return latent, None
    if mean.shape != latent.shape or square.shape != latent.shape or steps.shape != (1,):
        raise damaged
    if mean.dtype != np.float32 or square.dtype != np.float32 or steps.dtype != np.int64:
        raise damaged
    if not (np.isfinite(mean).all() and np.isfinite(square).all() and 1 <= steps[0] <= MAX_ITERATIONS):
        raise damaged
    return latent, AdamMoments(int(steps[0]), mean, square)
