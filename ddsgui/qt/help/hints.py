"""Three hints at the first start, one after the other, over the pictures."""

from __future__ import annotations

from PySide6.QtCore import QObject

from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.widgets.message_bar import MessageBar

HINTS = (
    "Paint on the source or the target: the green tint is carried over, and the result follows your brush.",
    "Press Run (Ctrl+Enter) to refine the result. Keep painting while it runs.",
    "N draws new people, Ctrl+E exports the result, F1 opens the guide. Nothing is lost when you close the window.",
)
NEXT, DONE, SKIP = "Next", "Done", "Skip"


class Hints(QObject):
    """Shows the hints until the artist has seen or skipped them."""

    def __init__(self, preferences: Preferences, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.bar = MessageBar()

    def begin(self, again: bool = False) -> None:
        """Show the first hint, unless they were seen; `again`: all the same."""
        if again or not self._preferences.hints_seen:
            self._show(0)

    def _show(self, index: int) -> None:
        text = f"{index + 1} of {len(HINTS)}: {HINTS[index]}"
        if index + 1 < len(HINTS):
            self.bar.show_message(text, {NEXT: lambda: self._show(index + 1), SKIP: self._end})
        else:
            self.bar.show_message(text, {DONE: self._end})

    def _end(self) -> None:
        self._preferences.hints_seen = True
