"""A lock on a file that ends with the process, however that ends."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from ddsgui.errors import DdsError
from ddsgui.paths import reason_of


class FileLock:
    """A lock that one window holds. take() returns None while another window holds it.

    The system releases it when its process ends, so that a lock is never left over from a crash.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path) -> FileLock | None:
        """Lock a file, which is created if it is missing. Raises DdsError if it cannot be created."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise DdsError(f"{path} cannot be written: {reason_of(error, path.parent)}.") from error
        try:
            _lock(descriptor)
        except (BlockingIOError, PermissionError):
            os.close(descriptor)
            return None
        except OSError:  # some network drives have no locks
            pass
        return cls(descriptor)

    def release(self) -> None:
        """End the lock."""
        with suppress(OSError):
            os.close(self._descriptor)


def _lock(descriptor: int) -> None:
    """Lock a file without waiting. Raises BlockingIOError or PermissionError if somebody else has locked it."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
