"""The current state of one card, and its texts."""

from __future__ import annotations

from dataclasses import dataclass

from ddsgui.library.card import UNKNOWN_LICENCE, Card, format_size
from ddsgui.qt.library.downloads import DownloadState, received_text
from ddsgui.text import plural

CardKey = tuple[str, str, bool]  # kind, name, whether it is in the library


@dataclass(frozen=True)
class CardState:
    """A card with its download, if one is running."""

    card: Card
    download: DownloadState | None = None
    is_awaited: bool = False  # its web page was opened, and its file is expected to be dropped
    no_thumbnail: str = ""  # the reason why it has none

    @property
    def key(self) -> CardKey:
        """The identity of the card, which is the same when the library is read again."""
        return self.card.kind, self.card.name, self.card.entry is not None

    @property
    def is_downloading(self) -> bool:
        """True if a download is running or paused."""
        return self.download is not None or self.card.received > 0

    @property
    def progress(self) -> float | None:
        """The progress of its download, 0 to 1; None if unknown."""
        if self.download is not None and self.download.progress is not None:
            return self.download.progress
        return min(1.0, self.card.received / self.card.bytes) if self.card.bytes else None

    @property
    def badge(self) -> str:
        """Its state in a word or two."""
        card, download = self.card, self.download
        if card.broken:
            return "broken"
        if download is not None and download.step is not None:
            return "adding"
        if download is not None:
            return "downloading" if download.progress is None else f"{download.progress:.0%}"
        if card.state != "downloadable":
            return card.state
        if card.received:
            return "paused"
        if self.is_awaited:
            return "waiting for file"
        return "download" if card.published is not None and card.published.direct else "web page"

    @property
    def facts(self) -> str:
        """Picture size, classes and file size, or the state of its download."""
        card = self.card
        if self.download is not None:
            return self.download.text
        if card.received:
            return f"Paused at {received_text(card.received, card.bytes)}"
        words = [f"{card.resolution[0]} × {card.resolution[1]} px"] if card.resolution else []
        if card.classes > (card.kind == "part"):  # a part has one class unless it says otherwise
            words.append(plural(card.classes, "class", "classes"))
        if card.bytes:
            words.append(format_size(card.bytes))
        return " · ".join(words) or "Size not published"

    @property
    def licence(self) -> str:
        """Its licence, as a separate line."""
        return "Licence not stated" if self.card.licence == UNKNOWN_LICENCE else self.card.licence

    @property
    def broken(self) -> str:
        """The problem of its file, without the folder."""
        card = self.card
        return (card.broken or "").replace(str(card.entry.path), card.entry.path.name) if card.entry else ""

    @property
    def family(self) -> str:
        """The domains that it can be mixed with."""
        verb = "Fits" if self.card.kind == "part" else "Pairs with"
        nothing = "no domain here" if self.card.kind == "part" else "nothing here"
        return f"{verb} {', '.join(self.card.family) or nothing}"

    @property
    def tooltip(self) -> str:
        """The lines that the card may cut off, in full."""
        head = self.card.broken or self.no_thumbnail or self.card.description
        return "\n".join(filter(None, (self.card.title, head, self.licence, self.family)))

    @property
    def spoken(self) -> str:
        """The card for a screen reader."""
        card = self.card
        return ", ".join((card.title, card.kind, self.badge, self.facts, self.licence, self.family))

    def matches(self, words: list[str]) -> bool:
        """Return whether the card contains all words, which are in lower case."""
        card = self.card
        texts = (card.name, card.title, card.description, self.licence, card.origin, self.badge, *card.family)
        return all(word in " ".join(texts).lower() for word in words)
