"""The view that compares two pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast, get_args

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from ddsgui.comparison import Comparison
from ddsgui.editing.session import Session
from ddsgui.qt.canvas.shared_view import SharedView
from ddsgui.qt.compare.picture_picker import PicturePicker
from ddsgui.qt.compare.pictures import CROSSOVER, RESULT, ComparedPicture, ComparedPictures, is_key
from ddsgui.qt.compare.stage import ComparisonStage, Mode
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.widgets.fields import FIELD_HEIGHT_PX, CountBox

OPTIONS_PX = FIELD_HEIGHT_PX + 2  # height of the row below the modes: a field with the border of the theme
USUAL_GAIN, MAX_GAIN = 4, 64
# Not below 200 ms: more than three flashes per second are dangerous to some people.
USUAL_INTERVAL_MS, MIN_INTERVAL_MS, MAX_INTERVAL_MS, INTERVAL_STEP_MS = 700, 200, 5000, 100
START_BLINKING, STOP_BLINKING = "Start", "Stop"
HINTS: dict[Mode, str] = {
    "side": "The wheel zooms both pictures around the pointer.",
    "wipe": "Drag the line, or press ← and →.",
}


class CompareView(QWidget):
    """Two pictures, A and B, in one of five modes. It follows the pictures while it is visible."""

    changed = Signal()  # the mode, or whether A and B are flipped
    closed = Signal()  # the artist wants to return to the panes

    def __init__(
        self, pictures: ComparedPictures, view: SharedView, session: Session, preferences: Preferences
    ) -> None:
        super().__init__()
        self._pictures, self._session, self._preferences = pictures, session, preferences
        a, b, mode = preferences.comparison
        self._keys = (a, b) if is_key(a) and is_key(b) else (CROSSOVER, RESULT)
        self._mode: Mode = cast(Mode, mode) if mode in get_args(Mode) else "hold"
        self._is_flipped = self._blinks = False
        self._is_second = False  # while blinking
        nothing = ComparedPicture("")
        self._shown: tuple[ComparedPicture, ComparedPicture] = nothing, nothing
        self._comparison: Comparison | None = None
        self.pickers = PicturePicker("A"), PicturePicker("B")
        self.stage = ComparisonStage(view)
        self._swap, self._modes = QToolButton(autoRaise=True), QHBoxLayout()
        self._sentence = QLabel(wordWrap=True)
        self.gain = self._field(
            "gain", 1, MAX_GAIN, 1, USUAL_GAIN, "Gain", "How much the difference is amplified"
        )
        self.gain.setPrefix("Gain × ")
        self.interval = self._field(
            "blink interval",
            MIN_INTERVAL_MS,
            MAX_INTERVAL_MS,
            INTERVAL_STEP_MS,
            USUAL_INTERVAL_MS,
            "Interval",
            "How long A and B are visible in turn",
        )
        self.interval.setSuffix(" ms")
        self.blink = QPushButton(START_BLINKING)
        self._flip_action: QAction | None = None
        self._lay_out()
        self._outdated = QTimer(self, singleShot=True, interval=0)  # combines many changes into one update
        self._outdated.timeout.connect(self._refresh)
        self._blinker = QTimer(self)
        self._blinker.timeout.connect(self._turn)
        pictures.changed.connect(self._outdated.start)
        for index, picker in enumerate(self.pickers):
            picker.chosen.connect(lambda key, index=index: self._take(index, key))
        self.gain.valueChanged.connect(lambda gain: self._save_number("gain", gain))
        self.interval.valueChanged.connect(lambda interval: self._save_number("blink interval", interval))
        self.blink.clicked.connect(lambda: self._set_blinking(not self._blinks))

    # ---- state

    @property
    def mode(self) -> Mode:
        """The way in which A and B are shown."""
        return self._mode

    @property
    def keys(self) -> tuple[str, str]:
        """The keys of A and B."""
        return self._keys

    @property
    def is_flipped(self) -> bool:
        """True while B stands where A belongs."""
        return self._is_flipped

    @property
    def is_blinking(self) -> bool:
        """True while A and B are shown in turn."""
        return self._blinker.isActive()

    @property
    def sentence(self) -> str:
        """The sentence about both pictures; "" for none."""
        return self._sentence.text()

    def set_mode(self, mode: Mode) -> None:
        """Show A and B in another way, now and from the next start on. Choosing to blink starts it."""
        self._mode = mode
        self._set_blinking(mode == "blink")
        self._save()

    def compare(self, a: str, b: str) -> None:
        """Compare other pictures, by their keys."""
        self._keys, self._is_flipped = (a, b), False
        self._save()
        self._refresh()

    def swap(self) -> None:
        """Exchange the choices of A and B."""
        self.compare(*reversed(self._keys))

    def flip(self, is_flipped: bool) -> None:
        """Show B where A is and A where B is, as long as the artist likes."""
        self._is_flipped = is_flipped
        self._show()
        self.changed.emit()

    # ---- building

    def set_actions(self, modes: Sequence[QAction], swap: QAction, flip: QAction, close: QAction) -> None:
        """Show buttons for the actions; the keys of the modes work only in this view."""
        self.addActions(list(modes))
        for action in modes:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(action.iconText())
            self._modes.addWidget(button)
        self._swap.setDefaultAction(swap)
        self._swap.setAccessibleName(swap.iconText())
        self._close.clicked.connect(close.trigger)
        self._flip_action = flip

    def _lay_out(self) -> None:
        self._close = QToolButton(autoRaise=True)
        self._close.setText("✕")
        self._close.setToolTip("Show all pictures again (Esc)")
        self._close.setAccessibleName("Close the comparison")
        self.blink.setFixedHeight(FIELD_HEIGHT_PX)
        choices, ways, below, column = QHBoxLayout(), QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        a, b = self.pickers
        choices.addWidget(a, stretch=1)
        choices.addWidget(self._swap)
        choices.addWidget(b, stretch=1)
        choices.addWidget(self._close)
        group = QWidget()
        group.setObjectName("compareModes")
        group.setLayout(self._modes)
        self._modes.setContentsMargins(0, 0, 0, 0)
        self._modes.setSpacing(2)
        ways.addWidget(group)
        ways.addStretch()
        for widget in (self.gain, self.interval, self.blink):
            below.addWidget(widget)
        below.addWidget(self._sentence, stretch=1)
        below.addStrut(OPTIONS_PX)  # so that the picture stays in its place in every mode
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(choices)
        column.addLayout(ways)
        column.addLayout(below)
        column.addWidget(self.stage, stretch=1)

    def _field(self, name: str, low: int, high: int, step: int, usual: int, label: str, tip: str) -> CountBox:
        field = CountBox(low, high, step, label, tip)
        field.setValue(round(self._preferences.number(f"compare {name}", usual, low, high)))
        return field

    # ---- what the artist chose

    def _take(self, index: int, key: str) -> None:
        a, b = self._keys
        self.compare(*((key, b) if index == 0 else (a, key)))

    def _save(self) -> None:
        a, b = self._keys
        self._preferences.comparison = a, b, self._mode
        self.changed.emit()

    def _save_number(self, name: str, number: int) -> None:
        self._preferences.save_number(f"compare {name}", number)
        self._blinker.setInterval(self.interval.value())
        self._show()

    # ---- blinking

    def _set_blinking(self, blinks: bool) -> None:
        self._blinks = blinks
        self.blink.setText(STOP_BLINKING if blinks else START_BLINKING)
        self._follow_visibility()
        self._show()

    def _follow_visibility(self) -> None:
        """Blink only where it can be seen."""
        if self._blinks and self.isVisible():
            self._blinker.start(self.interval.value())
        else:
            self._blinker.stop()
            self._is_second = False

    def _turn(self) -> None:
        self._is_second = not self._is_second
        self._show()

    # ---- pictures

    def _refresh(self) -> None:
        """Show both pictures as they are now."""
        if not self.isVisible():
            return
        groups, iterations = self._pictures.groups(), self._pictures.iterations()
        a, b = self._shown = self._pictures.picture(self._keys[0]), self._pictures.picture(self._keys[1])
        for picker, key, picture in zip(self.pickers, self._keys, self._shown, strict=True):
            picker.show_choices(groups, iterations, key, picture.name)
        has_both = a.image is not None and b.image is not None
        self._comparison = Comparison.of(a.image, b.image) if has_both else None  # type: ignore[arg-type]
        self._show()

    def _show(self) -> None:
        mode, comparison = self._mode, self._comparison
        self.stage.show_pictures(
            mode, self._shown, comparison, self._is_flipped != self._is_second, self.gain.value()
        )
        self.gain.setVisible(mode == "difference")
        self.interval.setVisible(mode == "blink")
        self.blink.setVisible(mode == "blink")
        if comparison is None:
            self._sentence.clear()
        else:
            words = comparison.words(self._mask()) if mode == "difference" else self._hint(mode)
            self._sentence.setText(" ".join(filter(None, (words, comparison.note))))

    def _hint(self, mode: Mode) -> str:
        """Return how a mode is used; "" where its buttons say it."""
        if mode == "hold" and self._flip_action is not None:
            key = self._flip_action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            return f"Hold {key} to see B in place of A."
        return HINTS.get(mode, "")

    def _mask(self) -> np.ndarray | None:
        """Return the masks that are shown in the window as one, uint8 [H, W]; None without any."""
        session = self._session
        if not session.has_masks:
            return None
        return np.maximum(session.mask("source"), session.mask("target"))

    # ---- events

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._follow_visibility()
        self._refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._follow_visibility()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)
