"""The chosen card in full, and what can be done with it."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QEvent, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QPalette, QPixmap, QResizeEvent, QTextOption
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from ddsgui.library.card import card_details
from ddsgui.qt.library.actions import LibraryActions
from ddsgui.qt.library.card_delegate import CardState
from ddsgui.qt.library_drop import DropField
from ddsgui.qt.widgets.action import Action
from ddsgui.qt.widgets.action_button import ActionButton
from ddsgui.qt.widgets.class_picker import ClassPicker
from ddsgui.qt.widgets.item_views import SLIM_SCROLL_BAR
from ddsgui.qt.widgets.theme import CAPTION, CORNER, FRAME

WIDTH = 292  # widget pixels
PICTURE = 0.42  # of the panel's height at most
NAMES = {"shares its latent space with": "Family"}  # short, for a narrow column
NO_CARD = "Choose a card to see all of it."


class CardDetails(QWidget):
    """Buttons for what makes sense; those that cannot be used say why."""

    choose_wanted = Signal()  # a file for the offer that is shown

    def __init__(self, commands: LibraryActions) -> None:
        super().__init__()
        self._commands = commands
        self._pixmap = QPixmap()
        self._key: tuple[str, str, bool] | None = None
        self._shown: CardState | None = None
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setStyleSheet(
            f"background: {FRAME.name()}; color: {CAPTION.name()}; border-radius: {CORNER}px;"
        )
        self.title = QLabel()
        self.title.setWordWrap(True)
        font = self.title.font()
        font.setPointSizeF(font.pointSizeF() * 1.25)
        font.setBold(True)
        self.title.setFont(font)
        self.text = QTextBrowser()
        self.text.setAccessibleName("All that is known of it")
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(lambda url: QDesktopServices.openUrl(QUrl(url)))
        self.text.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.text.setStyleSheet("QTextBrowser { background: transparent; border: none; }" + SLIM_SCROLL_BAR)
        self.text.document().setDocumentMargin(0)
        self.text.viewport().setAcceptDrops(False)
        self.text.setAcceptDrops(False)
        self.progress = QProgressBar(textVisible=False)
        self.progress.setFixedHeight(8)
        self.progress.setAccessibleName("Progress of the download")
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.drop = DropField()
        self.drop.choose.clicked.connect(self.choose_wanted)
        self.class_box = ClassPicker("Class")
        self._class_label = QLabel("Class")
        self.buttons = {command: _button(command) for command in commands.of_card}
        self._lay_out()
        self.show_card(None)

    @property
    def domain(self) -> str:
        """The domain that is shown, with the class that was chosen."""
        return "" if self._key is None else self.class_box.name_with_class(self._key[1])

    def show_card(self, shown: CardState | None) -> None:
        """All of one card, or nothing."""
        self._shown = shown
        offered = [] if shown is None else self._commands.offered(shown.card)
        going = shown is not None and (shown.download is not None or shown.card.received > 0)
        page_only = shown is not None and shown.card.entry is None and self._is_page_only(shown)
        for command, button in self.buttons.items():
            usable = command in offered
            if command in (self._commands.pause, self._commands.cancel):
                usable = usable and going
            if command is self._commands.download:
                usable = usable and not page_only
            button.setVisible(usable)
        self.title.setText("" if shown is None else shown.card.title)
        self.state.setVisible(going or (shown is not None and bool(shown.card.broken or shown.undrawn)))
        self.progress.setVisible(going)
        self.drop.setVisible(page_only)
        self._show_classes(shown)
        if shown is None:
            self._key = None
            self.text.setPlainText(NO_CARD)
            self._set_picture(QPixmap(), "")
            return
        card = shown.card
        self.state.setText(shown.broken or (shown.facts if going else shown.undrawn))
        share = shown.download.share if shown.download is not None else None
        if share is None and card.bytes:
            share = card.received / card.bytes
        self.progress.setRange(0, 0 if share is None else 1000)
        self.progress.setValue(round((share or 0) * 1000))
        if page_only and card.published is not None:
            self.drop.show_offer(card.published, shown.awaited)
        html = _html(shown, self.palette().color(QPalette.ColorRole.PlaceholderText).name())
        if html != self.text.property("shown"):  # or a selection and the place would be lost at each step
            self.text.setProperty("shown", html)
            self.text.setHtml(html)
        self._key = shown.key
        pixmap = QPixmap() if card.thumbnail is None else QPixmap(str(card.thumbnail))
        self._set_picture(pixmap, f"Pictures of {card.title}")
        self._column.activate()  # at once: the picture may just have come

    def focus_first(self) -> None:
        """Go to the first button that can be used."""
        for button in self.buttons.values():
            if button.isVisible() and button.isEnabled():
                button.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and getattr(self, "_shown", None) is not None:
            self.show_card(self._shown)  # the words hold colours of the theme

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_picture()

    def _lay_out(self) -> None:
        classes = QHBoxLayout()
        classes.addWidget(self._class_label)
        classes.addWidget(self.class_box)
        classes.addStretch()
        grid = QGridLayout()
        grid.setSpacing(6)
        c = self._commands
        for i, commands in enumerate(
            (
                (c.source, c.target),
                (c.part,),
                (c.verify, c.remove),
                (c.download,),
                (c.pause, c.cancel),
                (c.page,),
            )
        ):
            for j, command in enumerate(commands):
                grid.addWidget(self.buttons[command], i, j, 1, 2 // len(commands))
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.picture)
        column.addWidget(self.title)
        column.addWidget(self.state)
        column.addWidget(self.progress)
        column.addWidget(self.text, stretch=1)
        column.addWidget(self.drop)
        column.addLayout(classes)
        column.addLayout(grid)
        self.setFixedWidth(WIDTH)

    def _is_page_only(self, shown: CardState) -> bool:
        return not self._commands.download.isEnabled() and shown.download is None

    def _show_classes(self, shown: CardState | None) -> None:
        entry = None if shown is None or shown.card.broken else shown.card.entry
        classes = entry.classes if entry is not None and entry.kind == "domain" else 0
        if shown is None or shown.key != self._key or classes != self.class_box.classes:
            self.class_box.show_classes(classes, 0)
        self._class_label.setVisible(classes > 0)

    def _set_picture(self, pixmap: QPixmap, name: str) -> None:
        self._pixmap = pixmap
        self.picture.setAccessibleName(name)
        self._fit_picture()

    def _fit_picture(self) -> None:
        """No higher than leaves room for the words; not there where the window is too low."""
        self.picture.setVisible(not self._pixmap.isNull())
        if self._pixmap.isNull():
            return
        room = min(self.width(), round(self.height() * PICTURE))
        ratio = self.devicePixelRatioF()
        pixmap = self._pixmap.scaled(
            round(room * ratio),
            round(room * ratio),
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        pixmap.setDevicePixelRatio(ratio)
        self.picture.setPixmap(pixmap)
        self.picture.setFixedHeight(round(pixmap.height() / ratio))


def _button(command: Action) -> QPushButton:
    button = ActionButton(command)
    button.setAutoDefault(False)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


def _html(shown: CardState, dim: str) -> str:
    """What it is about, and a table of the rest; `dim` is the colour of the labels."""
    about, rows = "", []
    for label, line in card_details(shown.card):
        if label == "about":
            about = f'<p style="margin-bottom:8px">{escape(line)}</p>'
        elif label not in ("title", "kind", "broken", "received"):
            value = escape(line)
            if line.startswith(("https://", "http://")):
                value = f'<a href="{value}">{value}</a>'
            name = NAMES.get(label, label if label[:1].isupper() else label.capitalize())
            rows.append(
                f'<tr><td style="color:{dim}; padding:1px 10px 3px 0">{escape(name)}</td>'
                f'<td style="padding:1px 0 3px 0">{value}</td></tr>'
            )
    return f"{about}<table style='margin-top:6px'>{''.join(rows)}</table>"
