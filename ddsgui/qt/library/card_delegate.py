"""What a card of the library looks like, and its words."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ddsgui.library.card import Card, format_size
from ddsgui.qt.library.downloads import DownloadState, how_much
from ddsgui.qt.widgets.theme import CAPTION, FRAME
from ddsgui.text import plural

GAP, PADDING, CORNER = 10, 10, 8  # widget pixels: between cards, within one, its corners
PICTURE_CARD, TEXT_CARD = 164, 236  # the least width of a card with a picture, and of one without
LINES = 4  # below the picture: title, picture size, licence, family
ROLE = Qt.ItemDataRole.UserRole  # of the CardState


@dataclass(frozen=True)
class CardState:
    """One card as it is now."""

    card: Card
    download: DownloadState | None = None
    awaited: bool = False  # its web page was opened, and the file is to be dropped
    undrawn: str = ""  # why there is no picture of it

    @property
    def key(self) -> tuple[str, str, bool]:
        """What it is known by when all cards are read anew."""
        return self.card.kind, self.card.name, self.card.entry is not None

    @property
    def badge(self) -> str:
        """Its state in a word or two."""
        card, fetch = self.card, self.download
        if card.broken:
            return "broken"
        if fetch is not None and fetch.stage is not None:
            return "adding"
        if fetch is not None:
            return "downloading" if fetch.share is None else f"{fetch.share:.0%}"
        if card.state != "downloadable":
            return card.state
        if card.received:
            return "paused"
        if self.awaited:
            return "waiting for its file"
        return "download" if card.published is not None and card.published.direct else "web page"

    @property
    def facts(self) -> str:
        """Picture size, classes and file size; how far a download is."""
        card = self.card
        if self.download is not None:
            return self.download.text
        if card.received:
            return f"Paused at {how_much(card.received, card.bytes)}"
        words = [f"{card.resolution[0]} × {card.resolution[1]} px"] if card.resolution else []
        if card.classes > (card.kind == "part"):  # a part finds one thing unless it says so
            words.append(plural(card.classes, "class", "classes"))
        if card.bytes:
            words.append(format_size(card.bytes))
        return " · ".join(words) or "Size not published"

    @property
    def broken(self) -> str:
        """What is wrong with its file, in few words: without its folder."""
        card = self.card
        return (card.broken or "").replace(str(card.entry.path), card.entry.path.name) if card.entry else ""

    @property
    def family(self) -> str:
        """Who its related_domains are."""
        if not self.card.family:
            return "No related_domains here" if self.card.kind == "domain" else "Fits no domain here"
        verb = "Fits" if self.card.kind == "part" else "Family of"
        return f"{verb} {', '.join(self.card.family)}"

    @property
    def spoken(self) -> str:
        """For those who do not see it."""
        card = self.card
        return ", ".join((card.title, card.kind, self.badge, self.facts, card.licence, self.family))

    def matches(self, words: list[str]) -> bool:
        """Whether all of the words, in small letters, are somewhere on the card."""
        card = self.card
        texts = (card.name, card.title, card.description, card.licence, card.origin, self.badge, *card.family)
        return all(word in " ".join(texts).lower() for word in words)


class CardDelegate(QStyledItemDelegate):
    """Draws cards; `cell` is what the shelf gives each of them."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.cell = QSize(PICTURE_CARD, PICTURE_CARD)
        self.pictures = True  # whether these cards have pictures

    def height(self, width: int, metrics: QFontMetrics) -> int:
        """Of a card, with the gap below it."""
        picture = width - GAP if self.pictures else 0
        return picture + LINES * (metrics.height() + 3) + 2 * PADDING - 3 + GAP

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return self.cell

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        shown: CardState = index.data(ROLE)
        palette = QApplication.palette()  # the shelf's own has a ground that lets all through
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        card = QRect(option.rect).adjusted(0, 0, -GAP, -GAP)  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        path = QPainterPath()
        path.addRoundedRect(QRectF(card).adjusted(0.5, 0.5, -0.5, -0.5), CORNER, CORNER)
        painter.fillPath(path, palette.base())
        text = card.adjusted(PADDING, PADDING, -PADDING, -PADDING)
        if self.pictures:
            picture = QRect(card.topLeft(), QSize(card.width(), card.width()))
            painter.setClipPath(path)
            self._picture(painter, picture, index, shown)
            painter.setClipping(False)
            text.setTop(picture.bottom() + PADDING)
        self._text(painter, text, palette, shown)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        role = QPalette.ColorRole.Dark if hovered else QPalette.ColorRole.Mid
        pen = QPen(palette.color(QPalette.ColorRole.Highlight if chosen else role), 2 if chosen else 1)
        painter.setPen(pen)
        painter.drawPath(path)
        painter.restore()

    def _picture(
        self, painter: QPainter, where: QRect, index: QModelIndex | QPersistentModelIndex, shown: CardState
    ) -> None:
        painter.fillRect(where, FRAME)
        pixmap = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(pixmap, QPixmap) and not pixmap.isNull():
            side = pixmap.size().scaled(where.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRect(where.topLeft(), side)
            target.moveCenter(where.center())
            painter.drawPixmap(target, pixmap)
            return
        painter.setPen(CAPTION)
        said = "No picture" if shown.card.broken or shown.undrawn else "Drawing…"
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, said)

    def _text(self, painter: QPainter, where: QRect, palette: QPalette, shown: CardState) -> None:
        font = QFont(painter.font())
        metrics = QFontMetrics(font)
        step = metrics.height() + 3
        bold = QFont(font)
        bold.setBold(True)
        line = QRect(where.left(), where.top(), where.width(), metrics.height())
        on_picture = QRect(
            line.left(), where.top() - where.width() - 2 * PADDING - 1, line.width(), line.height()
        )
        taken = self._badge(painter, on_picture if self.pictures else line, palette, shown)
        painter.setFont(bold)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        self._line(painter, line.adjusted(0, 0, 0 if self.pictures else -taken, 0), shown.card.title)
        painter.setFont(font)
        card = shown.card
        lines = [shown.broken] if card.broken else [shown.facts, card.licence, shown.family]
        for i, words in enumerate(lines):
            line.translate(0, step)
            dim = QPalette.ColorRole.Text if i == 0 else QPalette.ColorRole.PlaceholderText
            painter.setPen(palette.color(QPalette.ColorRole.BrightText if card.broken else dim))
            if card.broken:
                box = line.adjusted(0, 0, 0, 2 * step)
                painter.drawText(box, Qt.TextFlag.TextWordWrap, words)
            elif i == 0 and (shown.download is not None or card.received):
                self._progress(painter, line, palette, shown)
                painter.setPen(palette.color(dim))
                self._line(painter, line, words)
            else:
                self._line(painter, line, words)

    def _badge(self, painter: QPainter, line: QRect, palette: QPalette, shown: CardState) -> int:
        """A pill at the right; returns the room that it takes."""
        words = shown.badge
        small = QFont(painter.font())
        small.setPointSizeF(small.pointSizeF() * 0.85)
        metrics = QFontMetrics(small)
        width = metrics.horizontalAdvance(words) + 12
        pill = QRect(line.right() + 1 - width, line.top() - 1, width, line.height() + 2)
        loud = {
            "broken": QPalette.ColorRole.BrightText,
            "bundled": QPalette.ColorRole.PlaceholderText,
        }.get(words, QPalette.ColorRole.Highlight)
        colour = QColor(palette.color(loud))
        ground = QColor(colour)
        ground.setAlphaF(0.16)
        painter.setPen(Qt.PenStyle.NoPen)
        for brush in (palette.base(), ground):  # the first hides the picture below, if there is one
            painter.setBrush(brush)
            painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        previous = painter.font()
        painter.setFont(small)
        painter.setPen(
            palette.color(QPalette.ColorRole.Link) if loud == QPalette.ColorRole.Highlight else colour
        )
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, words)
        painter.setFont(previous)
        return width + 6

    def _progress(self, painter: QPainter, line: QRect, palette: QPalette, shown: CardState) -> None:
        """A thin bar above the family's line."""
        share = shown.download.share if shown.download is not None else None
        if share is None and shown.card.bytes:
            share = min(1.0, shown.card.received / shown.card.bytes)
        bar = QRectF(line.left(), line.bottom() + 1, line.width(), 3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(bar, palette.color(QPalette.ColorRole.Mid))
        painter.fillRect(
            QRectF(bar.left(), bar.top(), bar.width() * (share or 0.0), bar.height()),
            palette.color(QPalette.ColorRole.Highlight),
        )

    @staticmethod
    def _line(painter: QPainter, where: QRect, words: str) -> None:
        elided = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, where.width())
        painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)
