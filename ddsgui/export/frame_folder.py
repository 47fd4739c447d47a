"""The pictures of an animation as numbered files in a folder, for programs that edit video."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import ExitStack, suppress
from pathlib import Path

from ddsgui.export.animation import Animation
from ddsgui.export.content import Progress
from ddsgui.export.options import ExportOptions
from ddsgui.images import encode_png
from ddsgui.paths import output_folder, write_beside

FRAME_NAME = re.compile(r"frame_\d{4,}\.png")


def write_frames_steps(
    path: Path, animation: Animation, options: ExportOptions
) -> Generator[Progress | None, None, str]:
    """Write each picture once, in the order of the animation, as frame_0001.png, frame_0002.png, …

    Frames of an earlier export in the folder are replaced, all or none.
    """
    names = [f"frame_{number:04d}.png" for number in range(1, len(animation.images) + 1)]
    with output_folder(path):
        earlier = [file for file in path.iterdir() if FRAME_NAME.fullmatch(file.name)]
        with ExitStack() as stack:
            for done, (name, image) in enumerate(zip(names, animation.images, strict=True), start=1):
                beside = stack.enter_context(write_beside(path / name))
                beside.write_bytes(encode_png(image, compress_level=3))
                yield done, len(names)
        for file in earlier:
            if file.name not in names:
                with suppress(OSError):  # the new frames are all there
                    file.unlink()
    return ""
