"""Opens the window and keeps it until it is closed."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys

from ddsgui.device import tune_allocator
from ddsgui.qt.display import forget_opencv_plugins, why_no_display

PATIENCE = 1000  # ms that the engine gets to end its step when the window closes


def run() -> int:
    """The exit code: 0, or 1 with a sentence on stderr where no window can open."""
    tune_allocator()  # before torch is imported
    gc.disable()  # nothing of what is imported and built dies: looking for it takes a tenth of the start
    if (reason := why_no_display()) is not None:
        print(reason, file=sys.stderr)
        return 1

    from PySide6.QtCore import QLoggingCategory, QSettings, QSocketNotifier, qCDebug
    from PySide6.QtWidgets import QApplication

    from ddsgui.library.library import Library
    from ddsgui.qt.engine import Engine
    from ddsgui.qt.jobs import Jobs
    from ddsgui.qt.preferences import Preferences
    from ddsgui.qt.studio import Studio
    from ddsgui.qt.theme import apply_theme
    from ddsgui.qt.window import MainWindow

    forget_opencv_plugins()
    app = QApplication(sys.argv[:1])
    app.setApplicationName("ddsgui")
    app.setDesktopFileName("ddsgui")
    preferences = Preferences(QSettings("ddsgui", "ddsgui"))
    apply_theme(app, preferences.theme)
    library, engine = Library(), Engine()
    window = MainWindow(Studio(library, engine, Jobs(library)), preferences)
    window.first_painted.connect(gc.enable)
    window.first_painted.connect(window.start)
    # QT_LOGGING_RULES="ddsgui.startup.debug=true" shows how far the start has come.
    startup = QLoggingCategory("ddsgui.startup")  # pyright: ignore[reportArgumentType] - the stub is wrong
    window.first_painted.connect(
        lambda: qCDebug(startup, "first paint")  # pyright: ignore[reportArgumentType]
    )

    waker, sleeper = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close_now())
    # Python runs its signal handlers between two bytecodes only: the notifier wakes Qt to run some.
    notifier = QSocketNotifier(sleeper.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda: sleeper.recv(64))

    window.show()
    code = app.exec()
    if not engine.shut_down(PATIENCE):
        # It is amid a download or an import. Nothing on the disk is half written: leave it where it is.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    signal.set_wakeup_fd(-1)
    return code
