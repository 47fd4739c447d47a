"""A check of the display before Qt opens a window, because Qt aborts the process if there is none.

As a script it prints what Qt finds. `ddsgui doctor` runs it as a script, because the doctor must survive an abort.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import socket
import sys
from pathlib import Path

HINT = "use `ddsgui mix` to work without a window, or set QT_QPA_PLATFORM=offscreen."


def why_no_display() -> str | None:
    """Return a sentence that says why no window can open, or None. Takes a few milliseconds."""
    asked = os.environ.get("QT_QPA_PLATFORM")
    if sys.platform != "linux" and not asked:
        return None
    names = [name.partition(":")[0] for name in asked.split(";")] if asked else _default_platforms()
    if not names:
        return f"There is no display to open a window on; {HINT}"
    reasons = [_reason(name) for name in names]
    if None in reasons:
        return None
    return f"No window can open because {reasons[0]}; {HINT}"


def probe() -> None:
    """Print the platform, the screens and the pens that Qt finds, one line each. Exits with a sentence if none."""
    if (reason := why_no_display()) is not None:
        sys.exit(reason)
    from PySide6.QtGui import QInputDevice
    from PySide6.QtWidgets import QApplication

    app = QApplication([])
    pens = {d.name() for d in QInputDevice.devices() if d.type() == QInputDevice.DeviceType.Stylus}
    print(app.platformName())
    print(", ".join(f"{screen.size().width()} x {screen.size().height()}" for screen in app.screens()))
    print(", ".join(sorted(pens)))


def forget_opencv_plugins() -> None:
    """Unset the plugin path that opencv-python sets: its plugins do not fit this Qt."""
    if "cv2" in Path(os.environ.get("QT_QPA_PLATFORM_PLUGIN_PATH", "")).parts:
        del os.environ["QT_QPA_PLATFORM_PLUGIN_PATH"]


def _default_platforms() -> list[str]:
    """Return the platforms that Qt tries if QT_QPA_PLATFORM is not set."""
    tried = {"WAYLAND_DISPLAY": "wayland", "DISPLAY": "xcb"}
    return [name for variable, name in tried.items() if os.environ.get(variable)]


def _reason(name: str) -> str | None:
    if (missing := _missing_plugin(name)) is not None:
        return missing
    if name == "xcb" and not _x11_answers():
        return f"the display {os.environ.get('DISPLAY', '')!r} does not answer"
    if name.startswith("wayland") and not _wayland_answers():
        return f"the Wayland display {os.environ.get('WAYLAND_DISPLAY', '')!r} does not answer"
    return None


def _missing_plugin(name: str) -> str | None:
    """Load the plugin as Qt will. Return the reason if that fails; usually a system library is missing."""
    if sys.platform != "linux":
        return None
    import PySide6

    folder = Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms"
    plugin = folder / f"libq{name}.so"
    if not folder.is_dir():
        return None  # a system's own PySide6: leave it to Qt
    if not plugin.exists():
        return f"Qt has no platform {name!r}"
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        return f"Qt's platform {name!r} does not load ({str(error).partition(':')[0]} is missing)"
    return None


def _x11_answers() -> bool:
    """Return whether the X server accepts a connection through the library that Qt uses."""
    library = ctypes.util.find_library("xcb") if sys.platform != "linux" else "libxcb.so.1"
    try:
        xcb = ctypes.CDLL(library)
    except OSError:
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = (ctypes.c_char_p, ctypes.c_void_p)
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = (ctypes.c_void_p,)
    connection = xcb.xcb_connect(None, None)
    answers = xcb.xcb_connection_has_error(connection) == 0
    xcb.xcb_disconnect(connection)
    return answers


def _wayland_answers() -> bool:
    path = Path(os.environ.get("XDG_RUNTIME_DIR", ""), os.environ.get("WAYLAND_DISPLAY", "wayland-0"))
    with socket.socket(socket.AF_UNIX) as plug:
        plug.settimeout(1)
        try:
            plug.connect(str(path))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    probe()
