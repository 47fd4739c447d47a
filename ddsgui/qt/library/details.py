"""All details of the chosen card, with buttons for its actions."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QEvent, Qt, QUrl, Signal
from PySide6.QtGui import QPalette, QPixmap, QResizeEvent, QTextOption
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
from ddsgui.qt.library.card_state import CardState
from ddsgui.qt.widgets.action import Action
from ddsgui.qt.widgets.action_button import ActionButton
from ddsgui.qt.widgets.class_picker import ClassPicker
from ddsgui.qt.widgets.drop import DropField
from ddsgui.qt.widgets.item_views import SLIM_SCROLL_BAR
from ddsgui.qt.widgets.theme import CAPTION, CORNER, FRAME

WIDTH_PX = 292
MAX_PICTURE_FRACTION = 0.42  # of the height
NO_DETAILS = "Choose a card to see its details."


class CardDetails(QWidget):
    """Shows only buttons that make sense; disabled ones say why."""

    choose_wanted = Signal()  # a file for the card
    page_wanted = Signal(QUrl)  # a link was clicked

    def __init__(self, actions: LibraryActions) -> None:
        super().__init__()
        self._library_actions = actions
        self._pixmap = QPixmap()
        self._key: tuple[str, str, bool] | None = None
        self._card_state: CardState | None = None
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
        self.text.setAccessibleName("Details")
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self.page_wanted)
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
        self.class_picker = ClassPicker("Class")
        self._class_label = QLabel("Class")
        self.buttons = {action: _button(action) for action in actions.of_card}
        self._lay_out()
        self.show_card(None)

    @property
    def domain(self) -> str:
        """The name of the shown domain, with the chosen class."""
        return "" if self._key is None else self.class_picker.name_with_class(self._key[1])

    def show_card(self, state: CardState | None) -> None:
        """Show a card, or none."""
        self._card_state = state
        offered = [] if state is None else self._library_actions.offered(state.card)
        is_downloading = state is not None and state.is_downloading
        is_page_only = state is not None and state.card.entry is None and self._is_page_only(state)
        for action, button in self.buttons.items():
            usable = action in offered
            if action in (self._library_actions.pause, self._library_actions.cancel):
                usable = usable and is_downloading
            if action is self._library_actions.download:
                usable = usable and not is_page_only
            button.setVisible(usable)
        self.title.setText("" if state is None else state.card.title)
        self.state.setVisible(
            is_downloading or (state is not None and bool(state.card.broken or state.no_thumbnail))
        )
        self.progress.setVisible(is_downloading)
        self.drop.setVisible(is_page_only)
        self._show_classes(state)
        if state is None:
            self._key = None
            self.text.setPlainText(NO_DETAILS)
            self._set_picture(QPixmap(), "")
            return
        card = state.card
        self.state.setText(state.broken or (state.facts if is_downloading else state.no_thumbnail))
        progress = state.progress
        self.progress.setRange(0, 0 if progress is None else 1000)
        self.progress.setValue(round((progress or 0) * 1000))
        if is_page_only and card.published is not None:
            self.drop.show_text(
                f"Waiting for the file of {card.title}. Drop it here once it is downloaded."
                if state.is_awaited
                else "It is only available from a web page. Open the page, download the file, then drop it here.",
                f"Choose the file of {card.title}",
            )
        html = _html(state, self.palette().color(QPalette.ColorRole.PlaceholderText).name())
        if html != self.text.property(
            "shown"
        ):  # otherwise each step would lose the selection and scroll position
            self.text.setProperty("shown", html)
            self.text.setHtml(html)
        self._key = state.key
        pixmap = QPixmap() if card.thumbnail is None else QPixmap(str(card.thumbnail))
        self._set_picture(pixmap, f"Pictures of {card.title}")
        self._column.activate()  # at once, as the picture may be new

    def focus_first(self) -> None:
        """Move the keyboard focus to the first enabled button."""
        for button in self.buttons.values():
            if button.isVisible() and button.isEnabled():
                button.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and getattr(self, "_card_state", None) is not None:
            self.show_card(self._card_state)  # the text contains colours of the theme

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_picture()

    def _lay_out(self) -> None:
        classes = QHBoxLayout()
        classes.addWidget(self._class_label)
        classes.addWidget(self.class_picker)
        classes.addStretch()
        grid = QGridLayout()
        grid.setSpacing(6)
        c = self._library_actions
        for i, actions in enumerate(
            (
                (c.source, c.target),
                (c.part, c.edit),
                (c.verify, c.remove),
                (c.download,),
                (c.pause, c.cancel),
                (c.page,),
            )
        ):
            for j, action in enumerate(actions):
                grid.addWidget(self.buttons[action], i, j, 1, 2 // len(actions))
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
        self.setFixedWidth(WIDTH_PX)

    def _is_page_only(self, state: CardState) -> bool:
        return not self._library_actions.download.isEnabled() and state.download is None

    def _show_classes(self, state: CardState | None) -> None:
        entry = None if state is None or state.card.broken else state.card.entry
        classes = entry.classes if entry is not None and entry.kind == "domain" else 0
        if state is None or state.key != self._key or classes != self.class_picker.classes:
            self.class_picker.show_classes(classes, 0)
        self._class_label.setVisible(classes > 0)

    def _set_picture(self, pixmap: QPixmap, name: str) -> None:
        self._pixmap = pixmap
        self.picture.setAccessibleName(name)
        self._fit_picture()

    def _fit_picture(self) -> None:
        """Scale the picture so that it leaves room for the text."""
        self.picture.setVisible(not self._pixmap.isNull())
        if self._pixmap.isNull():
            return
        room = min(self.width(), round(self.height() * MAX_PICTURE_FRACTION))
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


def _button(action: Action) -> QPushButton:
    button = ActionButton(action)
    button.setAutoDefault(False)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


def _html(state: CardState, dim: str) -> str:
    """Return the description and a table of the other details; `dim` is the colour of the labels."""
    about, rows = "", []
    for label, line in card_details(state.card):
        if label == "about":
            about = f'<p style="margin-bottom:8px">{escape(line)}</p>'
        elif label not in ("title", "kind", "broken", "received"):
            value = escape(line)
            if line.startswith(("https://", "http://")):
                value = f'<a href="{value}">{value}</a>'
            name = label[:1].upper() + label[1:]
            rows.append(
                f'<tr><td style="color:{dim}; padding:1px 10px 3px 0">{escape(name)}</td>'
                f'<td style="padding:1px 0 3px 0">{value}</td></tr>'
            )
    return f"{about}<table style='margin-top:6px'>{''.join(rows)}</table>"
