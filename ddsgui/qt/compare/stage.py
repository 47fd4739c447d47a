"""The pictures that are compared, drawn as a mode shows them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ddsgui.comparison import Comparison
from ddsgui.qt.canvas.shared_view import SharedView
from ddsgui.qt.compare.pictures import ComparedPicture
from ddsgui.qt.compare.wipe_pane import WipePane

Mode = Literal["hold", "side", "wipe", "difference", "blink"]
LETTERS = "A", "B"


class ComparisonStage(QWidget):
    """One pane, or two next to each other, which show the same section."""

    space_tapped = Signal()

    def __init__(self, view: SharedView) -> None:
        super().__init__()
        self.first, self.second = WipePane("A", view), WipePane("B", view)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for pane in (self.first, self.second):
            row.addWidget(pane)
            pane.space_tapped.connect(self.space_tapped)
        self.second.hide()

    def show_pictures(
        self,
        mode: Mode,
        pictures: tuple[ComparedPicture, ComparedPicture],
        comparison: Comparison | None,
        is_flipped: bool,
        gain: int,
    ) -> None:
        """Show A and B, or B and A if they are flipped; `comparison` has both at one size, None if one is missing.

        The difference is amplified by `gain`.
        """
        images = [p.image for p in pictures] if comparison is None else [comparison.a, comparison.b]
        sides = list(zip(LETTERS, pictures, images, strict=True))
        if is_flipped:
            sides.reverse()
        self.second.setVisible(mode == "side")
        if mode == "side":
            _show_one(self.second, *sides[1])
        if comparison is None and mode in ("wipe", "difference"):
            _show_one(self.first, *next(side for side in sides if side[2] is None))
        elif comparison is not None and mode == "wipe":
            (left, left_picture, a), (right, right_picture, b) = sides
            self.first.set_title(f"{left} | {right}")
            self.first.set_caption("")  # the labels have the names
            assert a is not None and b is not None
            self.first.show_both(a, b, (f"{left}  {left_picture.name}", f"{right}  {right_picture.name}"))
        elif comparison is not None and mode == "difference":
            self.first.set_title("Difference")
            self.first.set_caption(f"{pictures[0].name} − {pictures[1].name}, × {gain}")
            self.first.show_one(comparison.amplified(gain))
        else:
            _show_one(self.first, *sides[0])

    def take_focus(self) -> None:
        """Give the keyboard focus to the first pane."""
        self.first.setFocus(Qt.FocusReason.OtherFocusReason)


def _show_one(pane: WipePane, letter: str, picture: ComparedPicture, image: np.ndarray | None) -> None:
    pane.set_title(letter)
    pane.set_caption(picture.name)
    pane.set_placeholder(picture.problem)
    pane.show_one(image)
