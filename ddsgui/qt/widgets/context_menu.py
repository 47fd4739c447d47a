"""The context menu of a list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractScrollArea, QMenu


def show_context_menu(view: QAbstractScrollArea, actions: Sequence[QAction | None], at: QPoint) -> None:
    """Show actions, None being a separator, at a point of a view's viewport."""
    menu = QMenu(view)
    menu.setToolTipsVisible(True)
    for action in actions:
        menu.addSeparator() if action is None else menu.addAction(action)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(view.viewport().mapToGlobal(at))
