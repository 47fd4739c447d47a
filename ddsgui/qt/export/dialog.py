"""Export…: the format, its options, and where the file goes."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ddsgui.export.content import ExportContent
from ddsgui.export.estimate import base_size, estimated_bytes, picture_size, size_text
from ddsgui.export.exports import free_path
from ddsgui.export.options import Subject
from ddsgui.export.registry import ExportFormat
from ddsgui.paths import home_folder
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.export.exports import Exports
from ddsgui.qt.export.format_list import FormatList
from ddsgui.qt.export.options_form import OptionsForm
from ddsgui.qt.export.preview import SIDE_PX, Preview
from ddsgui.qt.widgets.action_button import PRIMARY_STYLE
from ddsgui.qt.widgets.screen import OnScreen

PREVIEW_FRAMES = 36
FILE_NAME = re.compile(r'[^.<>:"/\\|?*\x00-\x1f][^<>:"/\\|?*\x00-\x1f]*')
PREVIEW_MS = 120  # after the last change, until the preview follows it


class ExportDialog(QDialog):
    """Blocks nothing: the artist may keep painting, and what is shown when Export is pressed is exported."""

    def __init__(self, exports: Exports, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export")
        self._exports, self._preferences = exports, preferences
        self.formats = FormatList()
        self.preview = Preview()
        self.title, self.description = QLabel(), QLabel()
        self.options = OptionsForm()
        self.name = QLineEdit(maxLength=200)
        self.folder = QPushButton("Choose…")
        self.place, self.facts = QLabel(), QLabel()
        self.cancel, self.export = QPushButton("Cancel"), QPushButton("Export")
        self._suffix = QLabel()
        self._suggested = ""
        self._content: ExportContent | None = None  # as the window was when the format was chosen
        self._small: ExportContent | None = None
        self._subject: Subject = "run"  # that the content is for
        self._stale = QTimer(self, singleShot=True, interval=PREVIEW_MS)
        self._stale.timeout.connect(self._show_preview)
        self._lay_out()
        self.formats.format_chosen.connect(lambda _: self._show_format())
        self.options.changed.connect(self._follow)
        self.name.textChanged.connect(lambda _: self._show_place())
        self.folder.clicked.connect(lambda _: self._ask_folder())
        self.cancel.clicked.connect(self.reject)
        self.export.clicked.connect(lambda _: self._export())
        exports.progressed.connect(lambda _: self._show_place())
        OnScreen(self)

    def begin(self, name: str, format_name: str = "") -> None:
        """Show what the window shows now, under a suggested name; or bring the dialog to the front.

        format_name: of the format to choose; by default the one that was used last, or is chosen already.
        """
        if not self.isVisible():
            last_name, options = self._preferences.export
            scale = options.scale or self._exports.usual_scale
            self.options.show_options(replace(options, scale=scale))
            self.formats.choose(format_name or last_name)
        elif format_name:
            self.formats.choose(format_name)
        if name != self._suggested or not self.name.isModified():  # a name stays while the mix is the same
            self.name.setText(name)
        self._suggested = name
        self._show_format()
        self.show()
        self.raise_()
        self.activateWindow()

    @property
    def format(self) -> ExportFormat:
        """The chosen format."""
        return self.formats.format

    @property
    def path(self) -> Path:
        """The file that Export would write, which does not exist yet."""
        return free_path(self._preferences.folder / f"{self.name.text().strip()}{self.format.suffix}")

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowActivate:  # the window may show something else by now
            self._show_format()
        return super().event(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.formats.setFocus()

    # ---- building

    def _lay_out(self) -> None:
        font = self.title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.2)
        self.title.setFont(font)
        for label in (self.description, self.place, self.facts):
            label.setWordWrap(True)
            label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
        self.facts.setWordWrap(False)
        self.name.setAccessibleName("Name of the file")
        self.name.setToolTip("Name of the file or folder, without its suffix")
        self.folder.setToolTip("Choose the folder to save in")
        self.place.setAccessibleName("Where the file is saved")
        self.export.setStyleSheet(PRIMARY_STYLE)
        self.export.setDefault(True)
        for button in (self.folder, self.cancel):
            button.setAutoDefault(False)
        for button in (self.cancel, self.export):
            button.setMinimumSize(104, 34)
        right = QVBoxLayout()
        right.setContentsMargins(18, 16, 18, 0)
        right.setSpacing(6)
        right.addWidget(self.preview)
        right.addSpacing(6)
        right.addWidget(self.title)
        right.addWidget(self.description)
        right.addSpacing(8)
        right.addWidget(self.options)
        right.addStretch()
        upper = QHBoxLayout()
        upper.setSpacing(0)
        upper.addWidget(self.formats)
        upper.addLayout(right, stretch=1)
        line = QFrame(frameShape=QFrame.Shape.HLine)
        line.setForegroundRole(self.palette().ColorRole.Mid)
        line.setFixedHeight(1)
        line.setStyleSheet("background: palette(mid); border: none;")
        named = QHBoxLayout()
        named.setSpacing(6)
        named.addWidget(self.name, stretch=1)
        named.addWidget(self._suffix)
        lower = QGridLayout()
        lower.setContentsMargins(18, 12, 18, 16)
        lower.setHorizontalSpacing(12)
        lower.setVerticalSpacing(10)
        lower.setColumnStretch(1, 1)
        lower.addWidget(QLabel("Name"), 0, 0)
        lower.addLayout(named, 0, 1)
        lower.addWidget(self.facts, 0, 2, 1, 2, Qt.AlignmentFlag.AlignRight)
        lower.addWidget(QLabel("Folder"), 1, 0)
        placed = QHBoxLayout()
        placed.setSpacing(10)
        placed.addWidget(self.folder)
        placed.addWidget(self.place, stretch=1)
        lower.addLayout(placed, 1, 1)
        lower.addWidget(self.cancel, 1, 2)
        lower.addWidget(self.export, 1, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(upper, stretch=1)
        column.addWidget(line)
        column.addLayout(lower)
        self.resize(860, 700)

    # ---- what is chosen

    def _show_format(self) -> None:
        fmt = self.format
        self.title.setText(fmt.title)
        self.description.setText(f"{fmt.description}.")
        self._suffix.setText(fmt.suffix)
        self._take_content()
        if self._content is not None:
            self.options.show_format(fmt, base_size(self._content, fmt), bool(self._content.frames))
        self._follow()

    def _take_content(self) -> None:
        """Take what the window shows now, and a small copy of it for the preview."""
        content = self._exports.content(self.format, self.options.options)
        self._content, self._subject = content, self.options.options.animate
        count = PREVIEW_FRAMES if self.format.kind == "animation" and self._subject == "run" else 0
        self._small = None if content is None else content.shrunk(SIDE_PX, count)

    def _follow(self) -> None:
        """Follow a change of the options: the place at once, the preview after the last of several."""
        self._show_place()
        self._stale.start()

    def _show_preview(self) -> None:
        fmt, options = self.format, self.options.options
        if options.animate != self._subject:
            self._take_content()
        if self._content is None or self._small is None:
            return
        width, height = picture_size(self._content, fmt, options)
        size = size_text(estimated_bytes(self._content, fmt, options))
        each = " each" if fmt.kind == "sheet" or fmt.is_folder else ""
        self.facts.setText(f"{width} × {height} pixels{each}, {size}")
        self.preview.show_export(self._small, fmt, options)

    def _show_place(self) -> None:
        problem = self._problem()
        self.export.setEnabled(problem is None)
        self.export.setToolTip(problem or "Export in the background; cancel it in the status bar")
        if problem is not None:
            self.place.setText(problem)
            return
        path, wanted = self.path, f"{self.name.text().strip()}{self.format.suffix}"
        folder = _short(path.parent)
        self.place.setText(folder if path.name == wanted else f"{folder}, as {path.name}")
        self.place.setToolTip(str(path))

    def _problem(self) -> str | None:
        if self._exports.exporting:
            return "An export is in progress."
        if FILE_NAME.fullmatch(self.name.text().strip()) is None:
            return "Give it a name without / and other signs that a file cannot have."
        return None

    def _ask_folder(self) -> QFileDialog:
        dialog = QFileDialog(self, "Choose a folder", str(self._preferences.folder))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self._take_folder)
        dialog.finished.connect(dialog.deleteLater)
        dialog.show()
        return dialog

    def _take_folder(self, folder: str) -> None:
        self._preferences.folder = Path(folder)
        self._show_place()

    def _export(self) -> None:
        if self._problem() is not None:
            return
        fmt, options = self.format, self.options.options
        self._preferences.save_export(fmt.name, options)
        self._exports.start(self.path, fmt, options)
        self.accept()


def _short(folder: Path) -> str:
    """Return a folder's path with ~ for the home folder."""
    home = home_folder()
    return str(Path("~") / folder.relative_to(home)) if folder.is_relative_to(home) else str(folder)
