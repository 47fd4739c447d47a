"""What can be done with a card of the library, and why some of it cannot be done at the moment."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from ddsgui.library.card import Card
from ddsgui.qt.library.card_delegate import CardState
from ddsgui.qt.library.task_queue import TaskQueue
from ddsgui.qt.widgets.action import IN_A_RUN, Action, Keys
from ddsgui.qt.widgets.icons import icon

NO_CARD = "Choose a card first."
NOT_HERE = "Download it first."
HERE = "It is here already."
NOT_DOWNLOADING = "It is not being downloaded."


class LibraryActions:
    """All commands of the page; it connects them."""

    def __init__(self, page: QWidget) -> None:
        self._page = page
        self.add = self._add("Add files…", "Put model files into the library", "add", "Ctrl+O")
        self.find = self._add("Find", "Go to the filter", "", QKeySequence.StandardKey.Find)
        self.refresh = self._add("Look again", "Read the library's folder anew", "", "F5")
        self.undo = self._add("Undo", "Put back what was removed last", "undo", "Ctrl+Z")
        self.stop = self._add(
            "Cancel", "Give up what is being added or verified; nothing of it is left", "cancel", "Ctrl+."
        )
        self.source = self._add("Use as source", "Take the part's features from this domain", "", "Ctrl+1")
        self.target = self._add("Use as target", "Let the picture belong to this domain", "", "Ctrl+2")
        self.part = self._add("Use this part", "Mix this part of the pictures", "part", "Ctrl+3")
        self.verify = self._add("Verify", "Read the file again, load it and draw with it", "verify", "Ctrl+T")
        self.remove = self._add("Remove", "Take it out of the library; it can be put back", "clear", "Del")
        self.download = self._add(
            "Download", "DownloadState it and put it into the library", "download", "Ctrl+D"
        )
        self.pause = self._add("Pause", "Leave the download for later; nothing is lost", "pause", "Ctrl+P")
        self.cancel = self._add(
            "Cancel", "Give the download up, and delete what came", "cancel", "Ctrl+Shift+D"
        )
        self.page = self._add("Open page", "Show its authors' page in the browser", "", "Ctrl+Shift+O")

    @property
    def of_card(self) -> tuple[Action, ...]:
        """Those that concern the chosen card."""
        here = (self.source, self.target, self.part, self.verify, self.remove)
        return (*here, self.download, self.pause, self.cancel, self.page)

    def offered(self, card: Card) -> list[Action]:
        """Those that make sense for such a card at all."""
        if card.entry is None:
            return [self.download, self.pause, self.cancel, self.page]
        uses = [self.source, self.target] if card.kind == "domain" else [self.part]
        return [*uses, self.verify, self.remove, *([self.page] if card.page else [])]

    def update(
        self, shown: CardState | None, *, running: bool, mirrored: bool, removed: bool, chores: TaskQueue
    ) -> None:
        """Say of each command whether it can be used on this card."""
        self.undo.allow(None if removed else "Nothing was removed.")
        idle = None if chores.busy else "Nothing is being added or verified."
        self.stop.allow("It ends after the step that is under way." if chores.ending else idle)
        if shown is None:
            for command in self.of_card:
                command.allow(NO_CARD)
            return
        card, fetch = shown.card, shown.download
        missing = NOT_HERE if card.entry is None else None
        broken = "Its file is broken." if card.broken else None
        in_a_run = IN_A_RUN if running else None
        domain = None if card.kind == "domain" else "It is a part."
        for command in (self.source, self.target):
            command.allow(domain or missing or broken or in_a_run)
        self.part.allow(("It is a domain." if domain is None else None) or missing or broken or in_a_run)
        self.verify.allow(missing or ("The library is busy." if chores.busy else None))
        bundled = card.entry is not None and card.entry.bundled
        self.remove.allow(missing or ("It comes with ddsgui." if bundled else None))
        self.download.setText("Resume" if card.received and fetch is None else "Download")
        self.download.allow(_not_to_download(shown, mirrored))
        going = None if fetch is not None else NOT_DOWNLOADING
        wait = "It is being added." if fetch is not None and fetch.stage else None
        ending = f"{fetch.ending}…" if fetch is not None and fetch.ending else None
        self.pause.allow(going or wait or ending)
        self.cancel.allow(ending or (None if fetch is not None or card.received else NOT_DOWNLOADING))
        self.page.allow(None if card.page else "It has no page.")

    def _add(self, text: str, tip: str, picture: str, *keys: Keys) -> Action:
        command = Action(self._page, text, tip, keys)
        if picture:
            command.setIcon(icon(picture))
        self._page.addAction(command)
        return command


def _not_to_download(shown: CardState, mirrored: bool) -> str | None:
    card = shown.card
    if card.entry is not None or card.published is None:
        return HERE
    if shown.download is not None:
        return f"{shown.download.text}"
    if not card.published.direct and not mirrored:
        return "It is handed out on a web page only; open the page."
    return None
