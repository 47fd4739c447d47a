"""The Help menu's windows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QWidget

from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.help.about import AboutDialog
from ddsgui.qt.help.guide import GuideDialog
from ddsgui.qt.help.hints import Hints
from ddsgui.qt.help.shortcuts import ShortcutSheet
from ddsgui.qt.widgets.action import Action


class Help(QObject):
    """Makes each window when it is first opened."""

    def __init__(
        self, parent: QWidget, preferences: Preferences, menus: Mapping[str, Iterable[Action]]
    ) -> None:
        super().__init__(parent)
        self._parent, self._menus = parent, menus
        self.hints = Hints(preferences, self)
        self.guide: GuideDialog | None = None
        self.shortcuts: ShortcutSheet | None = None
        self.about: AboutDialog | None = None

    def show_guide(self) -> None:
        """Open the guide, or bring it to the front."""
        self.guide = self.guide or GuideDialog(self._parent)
        _show(self.guide)

    def show_shortcuts(self) -> None:
        """Open the sheet of keys, or bring it to the front."""
        self.shortcuts = self.shortcuts or ShortcutSheet(self._menus, self._parent)
        _show(self.shortcuts)

    def show_about(self) -> None:
        """Open the facts about the program, or bring them to the front."""
        self.about = self.about or AboutDialog(self._parent)
        _show(self.about)

    def shut_down(self) -> None:
        """Close all windows, because the program ends."""
        for dialog in (self.guide, self.shortcuts, self.about):
            if dialog is not None:
                dialog.close()


def _show(dialog: QDialog) -> None:
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
