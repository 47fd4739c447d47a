"""All formats that a mix can be exported to."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias

from ddsgui.errors import ImageError, UsageError
from ddsgui.export.animated_webp import write_webp_steps
from ddsgui.export.animation import Animation, animation_steps
from ddsgui.export.apng import write_apng_steps
from ddsgui.export.content import ExportContent, Progress
from ddsgui.export.frame_folder import write_frames_steps
from ddsgui.export.gif import write_gif_steps
from ddsgui.export.layers import draw_layers_steps
from ddsgui.export.openraster import write_openraster_steps
from ddsgui.export.options import ExportOptions
from ddsgui.export.pictures import (
    draw_result_steps,
    write_jpeg_steps,
    write_png_steps,
    write_tiff_steps,
    write_webp_picture_steps,
)
from ddsgui.export.psd import write_psd_steps
from ddsgui.export.sheets import draw_sheet_steps, draw_strip_steps, write_sheet_steps
from ddsgui.export.video import write_video_steps
from ddsgui.export.video_encoders import find_encoder, missing_encoder
from ddsgui.text import listing

Kind = Literal["picture", "animation", "layers", "sheet"]
# Draws what a file will show; it may need networks.
Draw: TypeAlias = Callable[[ExportContent, ExportOptions], Generator[Progress | None, None, Any]]
# Writes what was drawn to a path and returns sentences about it, "" if there is nothing to say. It needs no network.
Write: TypeAlias = Callable[[Path, Any, ExportOptions], Generator[Progress | None, None, str]]
ANIMATED, TIMED = ("animate", "ping_pong", "side_by_side", "scale"), ("fps", "seconds", "hold")


@dataclass(frozen=True)
class ExportFormat:
    """A format: its names, its options, and the two halves of an export."""

    name: str  # on the command line
    title: str
    suffix: str  # "" for a folder
    description: str  # a line for an artist
    kind: Kind
    options: tuple[str, ...]  # the fields of ExportOptions that it reads
    draw: Draw
    write: Write

    def check(self) -> None:
        """Raise ImageError, which says what to do, if this computer cannot write it. It may take a second."""
        if self.suffix in (".mp4", ".webm"):
            container = "mp4" if self.suffix == ".mp4" else "webm"
            if find_encoder(container) is None:
                raise ImageError(missing_encoder(container))

    @property
    def is_folder(self) -> bool:
        """True if it is a folder of files."""
        return not self.suffix

    def file_name(self, options: ExportOptions) -> str:
        """Return the name of its file among the files of a mix: result.jpg, optimisation.gif, sheet.png."""
        if self.is_folder:
            return self.name
        if self.kind == "animation":
            return f"{'morph' if options.animate == 'morph' else 'optimisation'}{self.suffix}"
        if self.kind == "picture" and (options.scale or 1) > 1:
            return f"result_x{options.scale}{self.suffix}"
        return f"{self.name if self.kind == 'sheet' else 'result'}{self.suffix}"


def _noted(write: Write) -> Write:
    """Return a function that writes an animation and adds what was left out of it to the note."""

    def write_steps(
        path: Path, animation: Animation, options: ExportOptions
    ) -> Generator[Progress | None, None, str]:
        note = yield from write(path, animation, options)
        return f"{note} {animation.note}".strip()

    return write_steps


def _picture(
    name: str, title: str, suffix: str, description: str, write: Write, *options: str
) -> ExportFormat:
    return ExportFormat(
        name, title, suffix, description, "picture", ("scale", *options), draw_result_steps, write
    )


def _animation(
    name: str, title: str, suffix: str, description: str, write: Write, *options: str
) -> ExportFormat:
    options = (*ANIMATED, *options)
    return ExportFormat(
        name, title, suffix, description, "animation", options, animation_steps, _noted(write)
    )


FORMATS: dict[str, ExportFormat] = {
    fmt.name: fmt
    for fmt in (
        _picture("png", "PNG", ".png", "Without loss, with the recipe inside", write_png_steps),
        _picture("jpeg", "JPEG", ".jpg", "Small, for the web and for mail", write_jpeg_steps, "quality"),
        _picture(
            "webp",
            "WebP",
            ".webp",
            "Smaller than JPEG at the same quality",
            write_webp_picture_steps,
            "quality",
        ),
        _picture("tiff", "TIFF", ".tif", "Not compressed, for print and layout", write_tiff_steps),
        _animation("gif", "GIF", ".gif", "Plays everywhere; 255 colours", write_gif_steps, *TIMED, "max_mb"),
        _animation(
            "awebp",
            "Animated WebP",
            ".webp",
            "All colours, smaller than GIF",
            write_webp_steps,
            *TIMED,
            "quality",
        ),
        _animation(
            "apng", "Animated PNG", ".png", "All colours without loss; large", write_apng_steps, *TIMED
        ),
        _animation(
            "mp4",
            "MP4 video",
            ".mp4",
            "For phones, presentations and editing",
            partial(write_video_steps, "mp4"),
            *TIMED,
        ),
        _animation(
            "webm",
            "WebM video",
            ".webm",
            "Small video for the web, VP9",
            partial(write_video_steps, "webm"),
            *TIMED,
        ),
        _animation("frames", "Frames", "", "A folder of numbered PNG files", write_frames_steps),
        ExportFormat(
            "psd",
            "PSD layers",
            ".psd",
            "For Photoshop, Krita and GIMP, with masks",
            "layers",
            (),
            draw_layers_steps,
            write_psd_steps,
        ),
        ExportFormat(
            "ora",
            "OpenRaster layers",
            ".ora",
            "For Krita, GIMP and MyPaint, cut out",
            "layers",
            (),
            draw_layers_steps,
            write_openraster_steps,
        ),
        ExportFormat(
            "sheet",
            "Contact sheet",
            ".png",
            "All pictures of the mix on one page",
            "sheet",
            ("scale",),
            draw_sheet_steps,
            write_sheet_steps,
        ),
        ExportFormat(
            "strip",
            "Before and after",
            ".png",
            "Source, target and result side by side",
            "sheet",
            ("scale",),
            draw_strip_steps,
            write_sheet_steps,
        ),
    )
}


def format_named(name: str) -> ExportFormat:
    """Return a format by its name. Raises UsageError, which lists the names, if there is none."""
    if name in FORMATS:
        return FORMATS[name]
    raise UsageError(f"There is no export format {name!r}. Choose among {listing(list(FORMATS))}.")
