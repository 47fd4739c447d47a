"""The options --export and its kin, and the files that they add to those of a mix."""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsgui.commands.options import real_number
from ddsgui.errors import DdsError, ProjectError, UsageError
from ddsgui.export.options import FORMAT_NAMES, SUBJECTS, ExportOptions

if TYPE_CHECKING:
    from ddsgui.export.content import ExportContent
    from ddsgui.export.registry import Draw, ExportFormat

log = logging.getLogger(__name__)

_OPTIONS = ("animate", "fps", "seconds", "hold", "ping_pong", "side_by_side", "scale", "max_mb", "quality")


def add_export_options(parser: argparse.ArgumentParser) -> None:
    """Add --export and the options of the formats. An option that was not given is None or False."""
    group = parser.add_argument_group("what to export as well")
    group.add_argument(
        "--export",
        metavar="FORMATS",
        help=f"also save in these formats, joined by commas: {', '.join(FORMAT_NAMES)}",
    )
    group.add_argument(
        "--animate",
        choices=SUBJECTS,
        help="animations show the frames of the run, or a morph from source over result to target that returns",
    )
    group.add_argument(
        "--fps", type=real_number, metavar="N", help="frames per second of animations (default: 12)"
    )
    group.add_argument(
        "--seconds", type=real_number, metavar="S", help="length of animations, in place of --fps"
    )
    group.add_argument(
        "--hold", type=real_number, metavar="S", help="seconds that the last picture stays (default: 1)"
    )
    group.add_argument("--ping-pong", action="store_true", help="play the run forwards, then backwards")
    group.add_argument("--side-by-side", action="store_true", help="animate between source and target")
    group.add_argument(
        "--scale",
        type=int,
        metavar="FACTOR",
        help="size of what is exported: 1, 2 or 4 times, by the upscaler",
    )
    group.add_argument(
        "--max-mb",
        type=real_number,
        metavar="MB",
        help="keep GIFs under this size, with fewer frames or colours",
    )
    group.add_argument("--quality", type=int, metavar="N", help="of JPEG and WebP, 1 to 100 (default: 90)")


@dataclass
class ExportPlan:
    """The exports that were asked for."""

    formats: list[ExportFormat]
    options: ExportOptions
    upscaled_scale: int | None = None  # of a second PNG, by --upscale
    saved: list[str] = field(default_factory=list)  # names of the files so far

    @classmethod
    def of(cls, args: argparse.Namespace, *, has_frames: bool) -> ExportPlan:
        """Return the plan. Raises DdsError on a wrong option, or if this computer has no encoder for a video."""
        from ddsgui.export.registry import format_named

        names = [name.strip().lower() for name in (args.export or "").split(",") if name.strip()]
        if getattr(args, "gif", False) and "gif" not in names:
            names.append("gif")
        formats = [format_named(name) for name in dict.fromkeys(names)]
        values = {name: getattr(args, name) for name in _OPTIONS}
        given: dict[str, Any] = {name: v for name, v in values.items() if v is not None and v is not False}
        for name in given:
            if not any(name in fmt.options for fmt in formats):
                option = f"--{name.replace('_', '-')}"
                raise UsageError(f"{option} belongs to an export; name a format that has it with --export.")
        if not has_frames:
            if given.get("animate") == "run" and any(fmt.kind == "animation" for fmt in formats):
                raise UsageError("A live blend has no frames to animate; use --animate morph.")
            given["animate"] = "morph"
        for fmt in formats:
            fmt.check()
        return cls(formats, ExportOptions(**given))

    @property
    def needs_frames(self) -> bool:
        """True if an animation or a sheet shows frames of the run."""
        is_animated = self.options.animate == "run" and any(fmt.kind == "animation" for fmt in self.formats)
        return is_animated or any(fmt.name == "sheet" for fmt in self.formats)

    @property
    def shows_live(self) -> bool:
        """True if a file shows the live blend."""
        return any(fmt.kind == "layers" or fmt.name == "sheet" for fmt in self.formats)

    def with_upscaler(self, scale: int) -> None:
        """Also save the result upscaled, and everything else at that size unless --scale says otherwise."""
        self.upscaled_scale = scale
        if self.options.scale is None:
            self.options = replace(self.options, scale=scale)

    def without_scale(self) -> None:
        """Save nothing upscaled, because there is no memory for it."""
        self.upscaled_scale = None
        self.options = replace(self.options, scale=None)

    def write(self, folder: Path, content: ExportContent) -> None:
        """Write all files; `saved` lists them, even if an interrupt ends it.

        A file that cannot be written does not stop the others. Raises DdsError about the first of these at the end.
        """
        from ddsgui.commands.progress import show_count
        from ddsgui.export.bundle import RESULT
        from ddsgui.export.exports import free_path, save_steps
        from ddsgui.export.registry import FORMATS

        wanted = [(fmt, self.options) for fmt in self.formats]
        if self.upscaled_scale is not None:
            wanted.append((FORMATS["png"], ExportOptions(scale=self.upscaled_scale)))
        failures: list[DdsError] = []
        drawn: dict[tuple[Draw, ExportOptions], Any] = {}  # formats share what they show
        for fmt, options in wanted:
            path = folder / fmt.file_name(options)
            if path.name in self.saved or (fmt.name == "png" and path.name == RESULT):
                continue  # the files of the mix have it
            if not fmt.is_folder:  # what an earlier mix left there is gone; the rest is somebody's own
                path = free_path(path)
            try:
                if (fmt.draw, options) not in drawn:
                    steps = fmt.draw(content, options)
                    drawn[fmt.draw, options] = show_count(steps, f"drawing {path.name}", "step")
                steps = save_steps(path, fmt, drawn[fmt.draw, options], options)
                exported = show_count(steps, f"saving {path.name}", "step")
            except DdsError as error:
                failures.append(error)
                continue
            self.saved.append(exported.path.name)
            if exported.note:
                log.warning("%s: %s", exported.path.name, exported.note)
        if failures:
            raise ProjectError(f"Not everything could be exported. {failures[0]}") from failures[0]
