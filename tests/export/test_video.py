from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from ddsgui.errors import ImageError
from ddsgui.export import video, video_encoders
from ddsgui.export.animation import Animation
from ddsgui.export.options import ExportOptions
from ddsgui.export.registry import FORMATS
from ddsgui.export.video import write_video_steps
from ddsgui.export.video_encoders import OPENCV_PROGRAM, Container, Encoding, Film, find_encoder
from ddsgui.steps import result_of
from tests.export.examples import drained, fade

# A program that takes the arguments of ffmpeg, and copies the frames into the file behind a line with the arguments.
FFMPEG = f"""#!{sys.executable}
import sys
if "-encoders" in sys.argv:
    print(" V..... libx264  H.264\\n V..... libvpx-vp9  VP9")
    sys.exit()
frames = sys.stdin.buffer.read()
if "broken" in sys.argv[-1]:
    print("No space left on device", file=sys.stderr)
    sys.exit(1)
open(sys.argv[-1], "wb").write(" ".join(sys.argv[1:]).encode() + b"\\n" + frames)
"""


@pytest.fixture(autouse=True)
def forget_encoders() -> Iterator[None]:
    find_encoder.cache_clear()
    yield
    find_encoder.cache_clear()


@pytest.fixture
def no_ffmpeg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def ffmpeg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    program = tmp_path / "bin/ffmpeg"
    program.parent.mkdir()
    program.write_text(FFMPEG)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return program


def three(side: int = 33) -> Animation:
    return Animation(fade(3, side), (0, 1, 2), (100, 100, 400))


def frames_of(path: Path) -> list[np.ndarray]:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    frames: list[np.ndarray] = []
    while True:
        is_read, frame = capture.read()
        if not is_read:
            capture.release()
            return frames
        frames.append(frame[..., ::-1])


@pytest.mark.parametrize("container", ["webm", "mp4"])
def test_opencv_writes_frames_that_can_be_read(tmp_path: Path, no_ffmpeg: None, container: Container) -> None:
    encoder = find_encoder(container)
    if encoder is None:
        pytest.skip("this build of OpenCV has no such encoder")
    path = tmp_path / f"a.{container}"
    note = drained(write_video_steps(container, path, three(), ExportOptions()))
    assert ("ffmpeg" in note) == (container == "mp4")
    frames = frames_of(path)
    assert len(frames) == 6, "the last stays for four"
    assert frames[0].shape == (34, 34, 3), "sides are even"
    assert np.abs(frames[-1][:33, :33].astype(int) - three().images[-1]).mean() < 12


def test_the_systems_ffmpeg_gets_the_frames_for_h264(tmp_path: Path, ffmpeg: Path) -> None:
    encoder = find_encoder("mp4")
    assert encoder is not None and encoder.codec == "H.264"
    path = tmp_path / "a.mp4"
    assert drained(write_video_steps("mp4", path, three(32), ExportOptions())) == ""
    arguments, frames = path.read_bytes().split(b"\n", 1)
    assert b"libx264" in arguments and b"32x32" in arguments and b"-r 10 " in arguments
    piped = np.frombuffer(frames, np.uint8).reshape(-1, 32, 32, 3)
    np.testing.assert_array_equal(piped, np.stack(three(32).images)[[0, 1, 2, 2, 2, 2]])


def test_an_error_of_the_encoder_is_one_sentence(tmp_path: Path, ffmpeg: Path) -> None:
    encoder = find_encoder("mp4")
    assert encoder is not None
    with (
        Encoding(encoder, Film(tmp_path / "broken.mp4", (32, 32), 10, 1)) as encoding,
        pytest.raises(ImageError, match="No space left on device"),
    ):
        encoding.write(fade(1)[0])
        result_of(encoding.close_steps())


@pytest.mark.parametrize("container", ["mp4", "webm"])
def test_a_cancelled_video_ends_its_encoder(
    tmp_path: Path, no_ffmpeg: None, monkeypatch: pytest.MonkeyPatch, container: Container
) -> None:
    encodings: list[Encoding] = []

    class Recorded(Encoding):
        def __enter__(self) -> Encoding:
            encodings.append(self)
            return self

    monkeypatch.setattr(video, "Encoding", Recorded)
    steps = write_video_steps(container, tmp_path / f"a.{container}", three(32), ExportOptions())
    for _ in range(3):
        next(steps)
    assert encodings[-1]._process.poll() is None
    steps.close()
    assert encodings[-1]._process.poll() is not None


@pytest.mark.parametrize(
    ("values", "word"),
    [
        (("VP90", 10, 32, 32, 2), "missing"),
        (("none", 10, 32, 32, 1), "encoder"),
    ],
)
def test_an_incomplete_film_is_removed_by_its_encoder(
    tmp_path: Path, values: tuple[object, ...], word: str
) -> None:
    path = tmp_path / "a.webm"
    command = [sys.executable, "-P", str(OPENCV_PROGRAM), str(path), *map(str, values)]
    answer = subprocess.run(command, input=fade(1)[0].tobytes(), capture_output=True, check=False)
    assert answer.returncode == 1 and word in answer.stderr.decode().splitlines()[-1]
    assert not path.exists()


def test_a_full_disk_is_noticed_by_the_count_of_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ddsgui.export import opencv_encoder

    frames = SimpleNamespace(buffer=io.BytesIO(np.stack(fade(3)).tobytes()))
    monkeypatch.setattr(sys, "stdin", frames)
    monkeypatch.setattr(opencv_encoder, "_frames_in", lambda path: 2)
    assert opencv_encoder.main(str(tmp_path / "a.mp4"), "mp4v", "10", "32", "32", "3") == "the disk is full"
    assert not list(tmp_path.iterdir())


def test_a_computer_without_an_encoder_says_so(
    tmp_path: Path, no_ffmpeg: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_encoders, "_encodes", lambda *_: False)
    for name in ("mp4", "webm"):
        with pytest.raises(ImageError, match="ffmpeg"):
            FORMATS[name].check()
    monkeypatch.setattr(video, "find_encoder", lambda _: None)
    with pytest.raises(ImageError, match="ffmpeg"):
        drained(write_video_steps("mp4", tmp_path / "a.mp4", three(), ExportOptions()))


def test_encoders_are_quiet(tmp_path: Path, no_ffmpeg: None, capfd: pytest.CaptureFixture[str]) -> None:
    drained(write_video_steps("webm", tmp_path / "a.webm", three(), ExportOptions()))
    assert capfd.readouterr().err == ""
