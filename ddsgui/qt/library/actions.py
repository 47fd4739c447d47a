"""The actions of the library window, and the reasons why some are disabled."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from ddsgui.library.card import Card
from ddsgui.qt.library.card_state import CardState
from ddsgui.qt.library.task_queue import TaskQueue
from ddsgui.qt.widgets.action import IN_A_RUN, Action, Keys
from ddsgui.qt.widgets.icons import icon

NO_CARD = "Choose a card first."
NOT_INSTALLED = "Download it first."
INSTALLED = "It is already in the library."
NOT_DOWNLOADING = "It is not being downloaded."


class LibraryActions:
    """All actions of the library window, which connects them."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self.add = self._action("Add files…", "Add model files to the library", "add", "Ctrl+O")
        self.find = self._action("Find", "Move to the filter", "", QKeySequence.StandardKey.Find)
        self.refresh = self._action("Refresh", "Reload the library folder", "", "F5")
        self.undo = self._action("Undo", "Restore the entry that was removed last", "undo", "Ctrl+Z")
        self.stop = self._action(
            "Cancel", "Cancel adding and verifying; nothing is left behind", "cancel", "Ctrl+."
        )
        self.source = self._action("Use as source", "Take the part's features from this domain", "", "Ctrl+1")
        self.target = self._action("Use as target", "Make the result a picture of this domain", "", "Ctrl+2")
        self.part = self._action("Use this part", "Take this part from the source", "part", "Ctrl+3")
        self.edit = self._action("Edit part", "Correct what it finds and train it again", "brush", "Ctrl+4")
        self.verify = self._action("Verify", "Check that the file is intact and draws", "verify", "Ctrl+T")
        self.remove = self._action("Remove", "Remove it from the library; Undo restores it", "clear", "Del")
        self.download = self._action(
            "Download", "Download it and add it to the library", "download", "Ctrl+D"
        )
        self.pause = self._action(
            "Pause", "Pause the download and keep the received bytes", "pause", "Ctrl+P"
        )
        self.cancel = self._action(
            "Cancel", "Stop the download and delete the received bytes", "cancel", "Ctrl+Shift+D"
        )
        self.page = self._action("Open page", "Open its authors' page in the browser", "", "Ctrl+Shift+O")

    @property
    def of_card(self) -> tuple[Action, ...]:
        """The actions on the chosen card."""
        own = (self.source, self.target, self.part, self.edit, self.verify, self.remove)
        return (*own, self.download, self.pause, self.cancel, self.page)

    def offered(self, card: Card) -> list[Action]:
        """Return the actions that make sense for a card."""
        if card.entry is None:
            return [self.download, self.pause, self.cancel, self.page]
        uses = [self.source, self.target] if card.kind == "domain" else [self.part, self.edit]
        return [*uses, self.verify, self.remove, *([self.page] if card.page else [])]

    def update(
        self,
        state: CardState | None,
        *,
        is_running: bool,
        has_mirrors: bool,
        can_undo: bool,
        tasks: TaskQueue,
    ) -> None:
        """Enable each action, or disable it with a reason, for the chosen card."""
        self.undo.allow(None if can_undo else "Nothing was removed.")
        idle = None if tasks.is_busy else "Nothing is being added or verified."
        self.stop.allow("It stops after the current step." if tasks.is_cancelling else idle)
        if state is None:
            for action in self.of_card:
                action.allow(NO_CARD)
            return
        card, download = state.card, state.download
        missing = NOT_INSTALLED if card.entry is None else None
        broken = "Its file is broken." if card.broken else None
        in_a_run = IN_A_RUN if is_running else None
        is_domain = card.kind == "domain"
        for action in (self.source, self.target):
            action.allow((None if is_domain else "It is a part.") or missing or broken or in_a_run)
        self.part.allow(("It is a domain." if is_domain else None) or missing or broken or in_a_run)
        self.edit.allow(
            ("It is a domain." if is_domain else None) or missing or broken or _no_edit_reason(card)
        )
        self.verify.allow(missing or ("The library is busy." if tasks.is_busy else None))
        is_bundled = card.entry is not None and card.entry.bundled
        self.remove.allow(missing or ("It comes with ddsgui." if is_bundled else None))
        self.download.setText("Resume" if card.received and download is None else "Download")
        self.download.allow(_no_download_reason(state, has_mirrors))
        idle = None if download is not None else NOT_DOWNLOADING
        adding = "It is being added." if download is not None and download.step else None
        ending = f"{download.ending}…" if download is not None and download.ending else None
        self.pause.allow(idle or adding or ending)
        self.cancel.allow(ending or (None if state.is_downloading else NOT_DOWNLOADING))
        self.page.allow(None if card.page else "It has no page.")

    def _action(self, text: str, tip: str, picture: str, *keys: Keys) -> Action:
        action = Action(self._window, text, tip, keys)
        if picture:
            action.setIcon(icon(picture))
        self._window.addAction(action)
        return action


def _no_edit_reason(card: Card) -> str | None:
    return "It has several classes." if card.classes > 1 else None


def _no_download_reason(state: CardState, has_mirrors: bool) -> str | None:
    card = state.card
    if card.entry is not None or card.published is None:
        return INSTALLED
    if state.download is not None:
        return state.download.text
    if not card.published.direct and not has_mirrors:
        return "It is only available from a web page. Open the page."
    return None
