"""An action whose tooltip explains it, with its keys and the reason while it is disabled."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction, QKeySequence, QShortcutEvent

Keys = str | QKeySequence.StandardKey

# Reasons that several actions share.
NO_PICTURES = "There are no pictures yet."
NO_MASKS = "Nothing would be carried over. Paint the part, or choose one."
IN_A_RUN = "A run is in progress. Stop it first."
NO_RUN = "There is no run."
NO_RESULT = "There is no result yet. Run first."
NO_FRAMES = "There are no frames yet. Run first."
NO_CHOSEN_RUN = "Choose a run in the list first."
NO_TWO_RUNS = "Select two runs in the list first: hold Ctrl and click."
NO_FRAME = "Choose a frame on the timeline first."
NO_LATENT = "No search can continue from this frame."
NO_UNDO = "Nothing to undo."
NO_REDO = "Nothing to redo."


class Action(QAction):
    """A QAction whose tooltip holds its shortcut and the reason why it is disabled."""

    def __init__(self, parent: QObject, text: str, tip: str, keys: Sequence[Keys] = ()) -> None:
        """`tip` is a sentence without a full stop."""
        super().__init__(text, parent)
        self.reason: str | None = None  # why it is disabled
        self.setShortcuts([QKeySequence(key) for key in keys])
        names = [key.toString(QKeySequence.SequenceFormat.NativeText) for key in self.shortcuts()]
        self._tip = f"{tip} ({', '.join(names)})" if names else tip
        self.setToolTip(self._tip)

    def event(self, event: QEvent) -> bool:
        """Act on a key that two shortcuts of this action mean, Shift+[ and { for example; Qt would only warn."""
        if isinstance(event, QShortcutEvent) and event.isAmbiguous():
            self.trigger()
            return True
        return super().event(event)

    def allow(self, reason: str | None) -> None:
        """Enable with None, or disable and say why."""
        if reason == self.reason:
            return
        self.reason = reason
        self.setEnabled(reason is None)
        self.setToolTip(f"{self._tip}\n{reason}" if reason else self._tip)
