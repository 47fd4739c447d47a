"""The choice of the frames that a project keeps of a run."""

from __future__ import annotations

from collections.abc import Collection, Sequence

MAX_FRAMES = 256  # of a run
MAX_FRAMES_BYTES = 32 << 20  # of a run, in the file: pictures, latents and moments


def chosen_iterations(
    iterations: Sequence[int], always: Collection[int], max_frames: int = MAX_FRAMES
) -> list[int]:
    """Return at most `max_frames` of rising iterations: the first, the last and `always`, and the rest evenly thinned.

    More are returned only if `always` alone has more.
    """
    if len(iterations) <= max_frames:
        return list(iterations)
    fixed = {iterations[0], iterations[-1]} | (set(always) & set(iterations))
    rest = [iteration for iteration in iterations if iteration not in fixed]
    count = max(0, min(max_frames - len(fixed), len(rest)))
    chosen = {rest[(2 * i + 1) * len(rest) // (2 * count)] for i in range(count)}
    return [iteration for iteration in iterations if iteration in fixed or iteration in chosen]
