"""The field for one or several parts, and for some classes of a part that has several."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

from ddsgui.library.library import Entry
from ddsgui.library.part_choice import part_choices, parts_text
from ddsgui.qt.mixing.part_list import NO_PART, PartList
from ddsgui.qt.widgets.fields import fit_out_choice, signals_blocked

TEXT_MARGIN_PX = 2  # widget pixels


class PartPicker(QComboBox):
    """Looks like a choice of one, but drops a list with boxes. Holds parts as the command line writes them."""

    parts_changed = Signal()  # by the artist; once for each time that the list was open

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self._text, self._tip = "", tip
        self._ticks_before = ""  # the list was opened
        self.list = PartList(self, name)
        self.list.closed.connect(self._take_ticks)
        self.list.escaped.connect(lambda: self.show_parts(self._text))
        self.addItem(NO_PART)  # the only item: the text that is drawn and read out
        fit_out_choice(self, name, tip)

    @property
    def parts(self) -> str:
        """The chosen parts, such as "hair,face#left eye"; "" if there are none."""
        return self._text

    def offer(self, entries: list[Entry]) -> None:
        """Replace the parts to choose from, keeping the choice. Emits nothing."""
        self.list.offer(entries)
        self.show_parts(self._text)

    def show_parts(self, text: str) -> None:
        """Choose parts; those that are not offered (a file, say) are added. Emits nothing."""
        self._text = text
        self.list.tick(part_choices(text))
        self._show_text()

    def choose_parts(self, text: str) -> None:
        """Choose parts as the artist would, even if they are the chosen ones already."""
        self.show_parts(text)
        self.parts_changed.emit()

    def whole(self, name: str) -> str:
        """Return the text that chooses a part with all its classes."""
        return parts_text(self.list.all_choices(name)) or name

    def show_tip(self, tip: str) -> None:
        """Replace the tooltip, which the chosen parts follow."""
        self._tip = tip
        self._show_text()

    def showPopup(self) -> None:
        self._ticks_before = parts_text(self.list.choices)
        self.list.open_at(self)

    def hidePopup(self) -> None:
        self.list.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as QComboBox does, which would cut off a long text without a sign."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        option.currentText = self.fontMetrics().elidedText(  # type: ignore[attr-defined]
            self.currentText(), Qt.TextElideMode.ElideRight, field.width() - 2 * TEXT_MARGIN_PX
        )
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.showPopup()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # it belongs to the page

    def _take_ticks(self) -> None:
        ticks = parts_text(self.list.choices)
        if ticks != self._ticks_before:
            self.choose_parts(ticks)

    def _show_text(self) -> None:
        with signals_blocked(self):
            self.setItemText(0, self.list.title)
        self.setToolTip(f"{self._tip}\n{self.list.title}" if self._tip else self.list.title)
