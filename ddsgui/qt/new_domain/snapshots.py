"""A slider through the snapshots of an adaptation."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QWidget

from ddsgui.qt.widgets.fields import signals_blocked


class SnapshotSlider(QWidget):
    """One tick per snapshot. Follows the newest until the artist goes back."""

    chosen = Signal(int)  # step of the snapshot to show, chosen by the artist or the newest

    def __init__(self) -> None:
        super().__init__()
        self._steps: tuple[int, ...] = ()
        self._of = 0
        self._live = True
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setPageStep(1)
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setTickInterval(1)
        self.slider.setAccessibleName("Snapshot")
        self.newest = QPushButton("Newest")
        self.newest.setAutoDefault(False)
        self.newest.setCheckable(True)
        self.newest.setToolTip("Follow the newest snapshot")
        self._label = QLabel()
        self._label.setMinimumWidth(self._label.fontMetrics().horizontalAdvance("Step 10000 of 10000") + 8)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(QLabel("Snapshot"))
        row.addWidget(self.slider, stretch=1)
        row.addWidget(self._label)
        row.addWidget(self.newest)
        self.slider.valueChanged.connect(self._choose)
        self.newest.clicked.connect(lambda _: self.go_live())
        self.show_steps((), 0)

    @property
    def step(self) -> int | None:
        """The step of the current snapshot; None without snapshots."""
        return self._steps[self.slider.value()] if self._steps else None

    @property
    def live(self) -> bool:
        """True while the newest snapshot is followed."""
        return self._live

    def show_steps(self, steps: tuple[int, ...], of: int) -> None:
        """Show the steps of all snapshots, in order; `of` is the last step of the adaptation."""
        before = self.step
        if steps != self._steps:
            self._steps = steps
            with signals_blocked(self.slider):
                self.slider.setRange(0, max(0, len(steps) - 1))
                self.slider.setValue(len(steps) - 1 if self._live else self._nearest(before))
        self._of = of
        self._update()
        if self.step is not None and self.step != before:
            self.chosen.emit(self.step)

    def go_live(self) -> None:
        """Show the newest snapshot and follow it from now on."""
        self._live = True
        self.slider.setValue(self.slider.maximum())
        self._update()

    def _nearest(self, step: int | None) -> int:
        """Return the index of the snapshot nearest to a step; its own may have been thinned out."""
        wanted = step or 0
        return min(range(len(self._steps)), key=lambda i: abs(self._steps[i] - wanted), default=0)

    def _choose(self, index: int) -> None:
        self._live = index == self.slider.maximum()
        self._update()
        if self.step is not None:
            self.chosen.emit(self.step)

    def _update(self) -> None:
        self._label.setText("" if self.step is None else f"Step {self.step} of {self._of}")
        several = len(self._steps) > 1
        self.slider.setEnabled(several)
        self.slider.setToolTip("Show an earlier snapshot" if several else "There is no earlier snapshot yet.")
        self.newest.setEnabled(several)
        self.newest.setChecked(self._live and several)
