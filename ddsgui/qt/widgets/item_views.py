"""The common appearance of lists of pictures and lists of cards."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QAbstractItemView

SCROLL_BAR_PX = 8  # width of a slim scroll bar
SLIM_SCROLL_BAR = f"""
QScrollBar:vertical {{ width: {SCROLL_BAR_PX}px; background: transparent; }}
QScrollBar::handle:vertical {{
    background: palette(mid); border-radius: {SCROLL_BAR_PX // 2}px; min-height: 24px;
}}
QScrollBar::handle:vertical:hover {{ background: palette(dark); }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def paint_placeholder(view: QAbstractItemView, text: str, margin: int) -> None:
    """Write a sentence into the middle of an empty list, `margin` widget pixels from its sides."""
    with QPainter(view.viewport()) as painter:
        painter.setPen(view.palette().color(QPalette.ColorRole.PlaceholderText))
        centred = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        area = view.viewport().rect().adjusted(margin, 16, -margin, -16)
        painter.drawText(area, centred, text)
