"""The start and the end of the main window."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

from ddsgui.device import tune_allocator
from ddsgui.qt.core.display import forget_opencv_plugins, why_no_display

SHUTDOWN_MS = 1000  # for the engine to end its step when the window closes


def run(project: Path | None = None) -> int:
    """Run the window with a project, or with what was open last.

    Return the exit code: 0, or 1 with a sentence on stderr if no window can open.
    """
    tune_allocator()  # before torch is imported
    if (reason := why_no_display()) is not None:
        print(reason, file=sys.stderr)
        return 1
    gc.disable()  # the imports leave no garbage, and collecting would take a tenth of the start

    from PySide6.QtCore import QLoggingCategory, QSettings, QtMsgType, qCDebug
    from PySide6.QtGui import QIcon
    from PySide6.QtWidgets import QApplication

    from ddsgui.jobs.mix import Jobs
    from ddsgui.library.library import Library
    from ddsgui.paths import remove_unfinished, resources
    from ddsgui.qt.core.controller import MixController
    from ddsgui.qt.core.engine import Engine
    from ddsgui.qt.core.preferences import Preferences
    from ddsgui.qt.core.sigint import SigintHandler
    from ddsgui.qt.main_window import MainWindow
    from ddsgui.qt.widgets.theme import apply_theme

    forget_opencv_plugins()
    app = QApplication(sys.argv[:1])
    app.setApplicationName("ddsgui")
    app.setDesktopFileName("ddsgui")
    app.setWindowIcon(QIcon(str(resources() / "ddsgui.svg")))
    preferences = Preferences(QSettings("ddsgui", "ddsgui"))
    library, engine = Library(), Engine()
    window = MainWindow(MixController(library, engine, Jobs(library)), preferences)
    apply_theme(app, preferences.theme)  # here, because a style sheet delays every widget that joins a layout
    # QT_LOGGING_RULES="ddsgui.startup.debug=true" logs the first paint.
    level = QtMsgType.QtInfoMsg  # unless that is asked for
    startup = QLoggingCategory("ddsgui.startup", level)  # pyright: ignore[reportArgumentType] - the stub is wrong

    def painted() -> None:
        qCDebug(startup, "first paint")  # pyright: ignore[reportArgumentType]
        gc.enable()
        window.start(project)

    window.first_painted.connect(painted)
    interrupt = SigintHandler(window.close_now)
    window.show()
    code = app.exec()
    if not engine.shut_down(SHUTDOWN_MS):
        # A long step, such as an import, is still running: do not wait for it.
        remove_unfinished()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    interrupt.forget()
    return code
