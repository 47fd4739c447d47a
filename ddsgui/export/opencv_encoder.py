"""A program that encodes frames from its standard input with OpenCV's own FFmpeg, which is LGPL.

Run it as a process of its own: an encoder may hold back half a minute of work until the end, and a process can be
ended at any time. It imports nothing of ddsgui.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # only this program's own sentence goes to stderr

import cv2
import numpy as np


def main(path: str, fourcc: str, fps: str, width: str, height: str, count: str) -> str | None:
    """Encode `count` frames, uint8 RGB [height, width, 3] each; return what went wrong, None if nothing did.

    A file that is not complete is removed.
    """
    size, frames = (int(width), int(height)), int(count)
    code = sum(ord(letter) << 8 * place for place, letter in enumerate(fourcc))
    writer = cv2.VideoWriter(path, cv2.CAP_FFMPEG, code, float(fps), size)
    if not writer.isOpened():
        return f"there is no encoder {fourcc}"
    for _ in range(frames):
        content = sys.stdin.buffer.read(3 * size[0] * size[1])
        if len(content) < 3 * size[0] * size[1]:  # the other program has ended
            writer.release()
            Path(path).unlink(missing_ok=True)
            return "frames are missing"
        image = np.frombuffer(content, np.uint8).reshape(size[1], size[0], 3)
        writer.write(np.ascontiguousarray(image[..., ::-1]))
    writer.release()
    if _frames_in(path) < frames:  # OpenCV does not report it
        Path(path).unlink(missing_ok=True)
        return "the disk is full"
    return None


def _frames_in(path: str) -> int:
    """Return the number of frames that a video has."""
    capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG)
    count = 0
    while capture.grab():
        count += 1
    capture.release()
    return count


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
