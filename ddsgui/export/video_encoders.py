"""Encoders of video: OpenCV's own, and those of the system's ffmpeg, whichever are there."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from ddsgui.errors import ImageError
from ddsgui.steps import result_of

Container = Literal["webm", "mp4"]
FFMPEG_SECONDS = 20  # that a question to ffmpeg may take
POLL_SECONDS = 0.02  # while an encoder finishes
PROBE_SIDE_PX = 64
OPENCV_PROGRAM = Path(__file__).with_name("opencv_encoder.py")


class Film(NamedTuple):
    """A video that is about to be written."""

    path: Path
    size: tuple[int, int]  # width and height, both even
    fps: float
    frames: int


class Encoder(NamedTuple):
    """A program that encodes raw frames from its standard input."""

    codec: str  # as people know it
    command: Callable[[Film], list[str]]
    note: str = ""  # a sentence on where it does not play


class Encoding:
    """A running encoder. Use it in `with`: a film that is not closed is abandoned."""

    def __init__(self, encoder: Encoder, film: Film) -> None:
        """Raises ImageError if the program cannot be started."""
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the program runs
        try:
            self._process = subprocess.Popen(
                encoder.command(film),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            self._errors.close()
            raise ImageError(f"The video encoder cannot be started: {error.strerror}.") from error

    def __enter__(self) -> Encoding:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._end_input()
        self._process.wait()
        self._errors.close()

    def write(self, image: np.ndarray) -> None:
        """Add a frame, uint8 [H, W, 3]. Raises ImageError if the program has failed."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(np.ascontiguousarray(image).tobytes())
        except OSError as error:  # it has ended
            self._process.wait()
            raise self._failure() from error

    def close_steps(self) -> Generator[None, None, None]:
        """Wait until the file is complete. Raises ImageError, with the program's reason, if it cannot be written."""
        self._end_input()
        while self._process.poll() is None:
            yield
            time.sleep(POLL_SECONDS)
        if self._process.returncode != 0:
            raise self._failure()

    def _end_input(self) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()

    def _failure(self) -> ImageError:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        reason = lines[-1].strip().rstrip(".") if lines else "the encoder ended early"
        return ImageError(f"The video cannot be written: {reason}.")


@cache
def find_encoder(container: Container) -> Encoder | None:
    """Return the best encoder that really encodes two frames here, None if there is none. It may take a second."""
    return next((encoder for encoder in _candidates(container) if _encodes(encoder, container)), None)


def missing_encoder(container: Container) -> str:
    """Return the sentence that says why a video cannot be written here."""
    name = {"webm": "WebM", "mp4": "MP4"}[container]
    return f"This computer has no encoder for {name}. Install ffmpeg, or export an animated WebP."


def _candidates(container: Container) -> Iterator[Encoder]:
    """Yield encoders, the best first. OpenCV's are LGPL; H.264 and others come from an ffmpeg of the user's own."""
    names = _ffmpeg_encoders()
    if container == "webm":
        yield Encoder("VP9", partial(_opencv, "VP90"))
        if "libvpx-vp9" in names:
            yield Encoder("VP9", partial(_ffmpeg, ("-c:v", "libvpx-vp9", "-crf", "24", "-b:v", "0")))
        return
    for name, quality in (
        ("libx264", ("-crf", "16")),
        ("libopenh264", ("-b:v", "6M")),
        ("h264_videotoolbox", ("-b:v", "6M")),
        ("h264_mf", ("-b:v", "6M")),
    ):
        if name in names:
            yield Encoder("H.264", partial(_ffmpeg, ("-c:v", name, *quality, "-movflags", "+faststart")))
    note = "It is encoded as MPEG-4, which browsers do not play; with ffmpeg installed it would be H.264."
    yield Encoder("MPEG-4", partial(_opencv, "mp4v"), note)


def _opencv(fourcc: str, film: Film) -> list[str]:
    values = (film.path, fourcc, film.fps, *film.size, film.frames)
    # -P: the modules next to the program are not those that it imports.
    return [sys.executable, "-P", str(OPENCV_PROGRAM), *map(str, values)]


def _ffmpeg(arguments: Sequence[str], film: Film) -> list[str]:
    width, height = film.size
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{film.fps:.6g}")
    # ffmpeg guesses the container from the name.
    output = (*arguments, "-pix_fmt", "yuv420p", str(film.path))
    return ["ffmpeg", "-y", "-loglevel", "error", *raw, "-i", "-", "-an", *output]


def _ffmpeg_encoders() -> frozenset[str]:
    """Return the names of the encoders of the system's ffmpeg; none if there is no ffmpeg."""
    program = shutil.which("ffmpeg")
    if program is None:
        return frozenset()
    try:
        command = [program, "-hide_banner", "-encoders"]
        answer = subprocess.run(command, capture_output=True, timeout=FFMPEG_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    rows = (line.split() for line in answer.stdout.decode(errors="replace").splitlines())
    return frozenset(row[1] for row in rows if len(row) > 1)


def _encodes(encoder: Encoder, container: Container) -> bool:
    """Return whether an encoder really writes two frames."""
    with tempfile.TemporaryDirectory() as folder:
        film = Film(Path(folder) / f"probe.{container}", (PROBE_SIDE_PX, PROBE_SIDE_PX), 10.0, 2)
        try:
            with Encoding(encoder, film) as encoding:
                for level in (60, 180):
                    encoding.write(np.full((PROBE_SIDE_PX, PROBE_SIDE_PX, 3), level, np.uint8))
                result_of(encoding.close_steps())
            return film.path.stat().st_size > 0
        except (ImageError, OSError):
            return False
