"""The options of an export. Quick to import: the command line offers them in its help."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from ddsgui.errors import UsageError

Subject = Literal["run", "morph"]
SUBJECTS: tuple[Subject, ...] = get_args(Subject)
# The names of export/registry.py, which takes longer to import.
FORMAT_NAMES = (
    *("png", "jpeg", "webp", "tiff"),
    *("gif", "awebp", "apng", "mp4", "webm", "frames"),
    *("psd", "ora", "sheet", "strip"),
)
FPS = 12.0
FPS_RANGE = (0.5, 60.0)
SECONDS_RANGE = (0.1, 600.0)
HOLD_SECONDS = 1.0
MAX_HOLD_SECONDS = 60.0
SCALE_RANGE = (1, 8)
MORPH_SECONDS = 6.0  # from source over result to target and back, unless another length is given
QUALITY = 90


@dataclass(frozen=True)
class ExportOptions:
    """Options of all formats; each format reads those that it has. Raises UsageError on an absurd value."""

    animate: Subject = "run"  # the frames of the run, or a morph from source over result to target
    fps: float = FPS  # frames per second
    seconds: float | None = None  # length of an animation without its hold; None: as `fps` says
    hold: float = HOLD_SECONDS  # seconds that the last picture stays, and each of the three of a morph
    ping_pong: bool = False  # the run also backwards; a morph always returns
    side_by_side: bool = False  # between source and target
    scale: int | None = None  # 1 or a multiple; None: as it is, but small animations are enlarged
    max_mb: float | None = None  # limit of a GIF, in millions of bytes
    quality: int = QUALITY  # of JPEG and WebP, 1 … 100

    def __post_init__(self) -> None:
        if self.animate not in SUBJECTS:
            raise UsageError(f"An animation shows {' or '.join(SUBJECTS)}, not {self.animate}.")
        _check("The number of frames per second", self.fps, *FPS_RANGE)
        _check("The hold", self.hold, 0, MAX_HOLD_SECONDS, " seconds")
        _check("The quality", self.quality, 1, 100)
        if self.seconds is not None:
            _check("The length", self.seconds, *SECONDS_RANGE, " seconds")
        if self.scale is not None:
            _check("The scale", self.scale, *SCALE_RANGE)
        if self.max_mb is not None:
            _check("The limit", self.max_mb, 0.001, 10_000, " MB")

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: object) -> ExportOptions:
        """Return what as_dict() wrote; the defaults for anything else."""
        known = {field.name for field in fields(cls)}
        if not isinstance(data, dict):
            return cls()
        try:
            return cls(**{name: value for name, value in data.items() if name in known})
        except (UsageError, TypeError):
            return cls()


def _check(name: str, value: float, least: float, most: float, unit: str = "") -> None:
    if not least <= value <= most:
        raise UsageError(f"{name} must be between {least:g} and {most:g}{unit}, not {value:g}.")
