"""Encoders of video: OpenCV's own, and those of the system's ffmpeg, whichever are there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

import cv2
import numpy as np

from ddsgui.errors import ImageError

Container = Literal["webm", "mp4"]
FFMPEG_SECONDS = 20  # that a question to ffmpeg may take
PROBE_SIDE_PX = 64


class Sink(Protocol):
    """A video file that is being written."""

    def write(self, image: np.ndarray) -> None:
        """Add a frame, uint8 [H, W, 3] with even sides."""

    def close(self) -> None:
        """Finish the file. Raises ImageError if it cannot be written."""

    def abort(self) -> None:
        """End without a file."""


class Encoder(NamedTuple):
    """A way to encode video."""

    codec: str  # as people know it
    open: Callable[[Path, tuple[int, int], float], Sink]  # path, width and height, frames per second
    note: str = ""  # a sentence on where it plays, if not everywhere


class OpenCvSink:
    """A file that OpenCV's own FFmpeg encodes."""

    def __init__(self, fourcc: str, path: Path, size: tuple[int, int], fps: float) -> None:
        """Raises ImageError if OpenCV cannot encode it."""
        self._path, self._count = path, 0
        code = sum(ord(letter) << 8 * place for place, letter in enumerate(fourcc))
        with _quiet_stderr():  # FFmpeg reports there that WebM has no such tag, which is harmless
            self._writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, fps, size)
        if not self._writer.isOpened():
            raise ImageError(f"{path.name} cannot be encoded.")

    def write(self, image: np.ndarray) -> None:
        self._writer.write(np.ascontiguousarray(image[..., ::-1]))
        self._count += 1

    def close(self) -> None:
        """Finish the file and count its frames, since OpenCV does not report a full disk."""
        self._writer.release()
        with _quiet_stderr(), closing(_Frames(self._path)) as frames:
            complete = sum(1 for _ in frames) >= self._count
        if not complete:
            raise ImageError(f"{self._path.name} cannot be written completely; the disk may be full.")

    def abort(self) -> None:
        self._writer.release()


class FfmpegSink:
    """A file that the system's ffmpeg encodes from frames that it reads from a pipe."""

    def __init__(self, arguments: tuple[str, ...], path: Path, size: tuple[int, int], fps: float) -> None:
        """Raises ImageError if ffmpeg cannot be started."""
        self._path = path
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as ffmpeg runs
        raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}", "-r", f"{fps:.6g}")
        # ffmpeg guesses the container from the name.
        command = ("ffmpeg", "-y", "-loglevel", "error", *raw, "-i", "-", "-an", *arguments, str(path))
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._errors
            )
        except OSError as error:
            raise ImageError(f"ffmpeg cannot be started: {error.strerror}.") from error

    def write(self, image: np.ndarray) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(np.ascontiguousarray(image).tobytes())
        except OSError as error:  # it has ended
            self._process.wait()
            raise self._failure() from error

    def close(self) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        if self._process.wait() != 0:
            raise self._failure()
        self._errors.close()

    def abort(self) -> None:
        self._process.kill()
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        self._process.wait()
        self._errors.close()

    def _failure(self) -> ImageError:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        self._errors.close()
        return ImageError(
            f"ffmpeg could not write the video: {lines[-1].strip() if lines else 'it ended early'}."
        )


@cache
def find_encoder(container: Container) -> Encoder | None:
    """Return the best encoder that really encodes two frames here, None if there is none. It may take a second."""
    for encoder in _candidates(container):
        if _encodes(encoder, container):
            return encoder
    return None


def missing_encoder(container: Container) -> str:
    """Return the sentence that says why a video cannot be written here."""
    name = {"webm": "WebM", "mp4": "MP4"}[container]
    return f"This computer has no encoder for {name}. Install ffmpeg, or export an animated WebP."


def _candidates(container: Container) -> Iterator[Encoder]:
    """Yield encoders, the best first. OpenCV's are LGPL; H.264 and others come from an ffmpeg of the user's own."""
    yuv = ("-pix_fmt", "yuv420p")
    fast_start = ("-movflags", "+faststart")
    names = _ffmpeg_encoders()
    if container == "webm":
        yield Encoder("VP9", lambda *place: OpenCvSink("VP90", *place))
        if "libvpx-vp9" in names:
            vp9 = ("-c:v", "libvpx-vp9", "-crf", "24", "-b:v", "0", *yuv)
            yield Encoder("VP9", lambda *place: FfmpegSink(vp9, *place))
        return
    for name, quality in (
        ("libx264", ("-crf", "16")),
        ("libopenh264", ("-b:v", "6M")),
        ("h264_videotoolbox", ("-b:v", "6M")),
        ("h264_mf", ("-b:v", "6M")),
    ):
        if name in names:
            h264 = ("-c:v", name, *quality, *yuv, *fast_start)
            yield Encoder("H.264", lambda *place, h264=h264: FfmpegSink(h264, *place))
    note = "It is encoded as MPEG-4, which browsers do not play; with ffmpeg installed it would be H.264."
    yield Encoder("MPEG-4", lambda *place: OpenCvSink("mp4v", *place), note)


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
        path = Path(folder) / f"probe.{container}"
        try:
            sink = encoder.open(path, (PROBE_SIDE_PX, PROBE_SIDE_PX), 10.0)
            try:
                for level in (60, 180):
                    sink.write(np.full((PROBE_SIDE_PX, PROBE_SIDE_PX, 3), level, np.uint8))
            except BaseException:
                sink.abort()
                raise
            sink.close()
            return path.stat().st_size > 0
        except (ImageError, OSError, cv2.error):
            return False


class _Frames:
    """The frames of a video file."""

    def __init__(self, path: Path) -> None:
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)

    def __iter__(self) -> Iterator[None]:
        while self._capture.grab():
            yield

    def close(self) -> None:
        self._capture.release()


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Hide what libraries write to the process's stderr for a moment."""
    try:
        saved = os.dup(2)
    except OSError:  # there is none, as in a window without a console
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), 2)
            yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
