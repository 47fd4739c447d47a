"""The choice of a picture to compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from ddsgui.qt.compare.pictures import FRAME, RESULT, key_number, numbered_key
from ddsgui.qt.widgets.fields import ChoiceBox, CountBox, signals_blocked

ANY_FRAME = "Frame of iteration"

Groups = Sequence[Mapping[str, str]]  # titles by key


class PicturePicker(QWidget):
    """A choice among pictures in groups, with a field for the iteration of any frame."""

    chosen = Signal(str)  # the key of a picture

    def __init__(self, letter: str) -> None:
        super().__init__()
        self._key = RESULT
        self._has_field = False  # any frame is chosen by its iteration
        self._offered: tuple[list[tuple[str, str]], ...] = ()
        self.box = ChoiceBox(f"Picture {letter}", f"The picture to compare as {letter}")
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.box.setMinimumContentsLength(3)  # two of them fit a small screen
        self.iteration = CountBox(
            0,
            0,
            1,
            f"Iteration of picture {letter}",
            "The iteration of the frame; the nearest one before it is shown",
        )
        name = QLabel(f"<b>{letter}</b>")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(name)
        row.addWidget(self.box, stretch=1)
        row.addWidget(self.iteration)
        self.iteration.hide()
        self.box.activated.connect(lambda _: self._choose())
        self.iteration.valueChanged.connect(lambda number: self._take(numbered_key(FRAME, number)))

    @property
    def key(self) -> str:
        """The key of the chosen picture."""
        return self._key

    def show_choices(self, groups: Groups, iterations: Sequence[int], key: str, title: str) -> None:
        """Offer pictures and choose one; `title` is its name if it is not among them. Emits nothing."""
        self._key = key
        self._offer(groups, bool(iterations), key, title)
        number = key_number(key, FRAME)
        is_listed = self.box.findData(key) >= 0
        self._has_field = bool(iterations) and number is not None and (self._has_field or not is_listed)
        with signals_blocked(self.box, self.iteration):
            self.box.setCurrentIndex(self.box.findData(FRAME if self._has_field else key))
            if iterations:
                self.iteration.setRange(iterations[0], iterations[-1])
                self.iteration.setValue(iterations[-1] // 2 if number is None else number)
        self.iteration.setVisible(self._has_field)

    def _offer(self, groups: Groups, has_frames: bool, key: str, title: str) -> None:
        offered = [list(group.items()) for group in groups]
        if has_frames:
            offered[1].append((FRAME, ANY_FRAME))
        is_any_frame = has_frames and key_number(key, FRAME) is not None
        if not is_any_frame and all(key not in group for group in groups):
            offered.append([(key, title)])  # a picture that is gone
        if tuple(offered) == self._offered:
            return
        self._offered = tuple(offered)
        with signals_blocked(self.box):
            self.box.clear()
            for group in filter(None, offered):
                if self.box.count():
                    self.box.insertSeparator(self.box.count())
                for name, text in group:
                    self.box.addItem(text, name)
                    self.box.setItemData(self.box.count() - 1, text, Qt.ItemDataRole.ToolTipRole)

    def _choose(self) -> None:
        name = self.box.name
        self._has_field = name == FRAME
        self._take(numbered_key(FRAME, self.iteration.value()) if self._has_field else name)

    def _take(self, key: str) -> None:
        if key:
            self._key = key
            self.chosen.emit(key)
