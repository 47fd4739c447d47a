"""A message in the window, with buttons for possible actions; it blocks nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton

STYLE = """
#messageBar {
    background: palette(base);
    border: 1px solid palette(mid);
    border-left: 4px solid palette(highlight);
    border-radius: 6px;
}
"""


class MessageBar(QFrame):
    """A bar that is hidden until there is a message. A new message replaces the last one."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("messageBar")
        self.setStyleSheet(STYLE)
        self._picture = QLabel()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._buttons: list[QPushButton] = []
        close = QToolButton(autoRaise=True)
        close.setText("✕")
        close.setToolTip("Hide this message")
        close.setAccessibleName("Hide this message")
        close.clicked.connect(self.hide)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(12, 4, 6, 4)
        self._layout.addWidget(self._picture)
        self._layout.addWidget(self._text)
        self._layout.addWidget(close)
        self.hide()

    @property
    def text(self) -> str:
        """The message; empty while the bar is hidden."""
        return "" if self.isHidden() else self._text.text()

    def show_message(
        self,
        text: str,
        choices: Mapping[str, Callable[[], object]] | None = None,
        picture: QPixmap | None = None,
    ) -> None:
        """Show a message; each choice becomes a button, and pressing one hides the bar."""
        self._picture.setVisible(picture is not None)
        self._picture.setPixmap(QPixmap() if picture is None else picture)
        self._text.setText(text)
        self.setAccessibleName(text)
        for button in self._buttons:
            button.deleteLater()
        self._buttons = [self._button(label, act) for label, act in (choices or {}).items()]
        self.show()

    def _button(self, label: str, act: Callable[[], object]) -> QPushButton:
        button = QPushButton(label)
        button.setFocusPolicy(
            Qt.FocusPolicy.TabFocus
        )  # a click leaves the focus, and the keys, on the canvas
        button.clicked.connect(self.hide)
        button.clicked.connect(lambda: act())
        self._layout.insertWidget(self._layout.count() - 1, button)
        return button
