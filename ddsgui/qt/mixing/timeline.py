"""What a run has gone through: its frames and its losses."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QToolButton, QVBoxLayout, QWidget

from ddsgui.jobs.frames import FrameBuffer
from ddsgui.qt.mixing.frame_strip import FrameStrip
from ddsgui.qt.mixing.loss_plot import LossPlot
from ddsgui.synthesis.settings import OptimizerStep


class Timeline(QWidget):
    """Follows the run ("live") until the artist looks at an earlier frame, and from then on stays there."""

    frame_shown = Signal(object)  # uint8 [H, W, 3] of the frame looked at
    live_wanted = Signal()  # the artist is back at the newest state

    def __init__(self) -> None:
        super().__init__()
        self.frames = FrameBuffer()
        self.losses = LossPlot()
        self.strip = FrameStrip(self.frames)
        self.strip.sliderMoved.connect(self._scrub)
        self.strip.actionTriggered.connect(lambda _: self._scrub(self.strip.sliderPosition()))
        self._caption = QLabel("Timeline")
        self._live = QToolButton()
        self._live.setText("Live")
        self._live.setCheckable(True)
        self._live.setChecked(True)
        self._live.setToolTip("Follow the run; scrub the frames to look back")
        self._live.setAccessibleName("Back to live")
        self._live.clicked.connect(self.go_live)
        head = QHBoxLayout()
        head.addWidget(self._caption, stretch=1)
        head.addWidget(self._live)
        frames = QWidget()
        column = QVBoxLayout(frames)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        column.addWidget(self.strip, stretch=1)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(frames)
        splitter.addWidget(self.losses)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        splitter.setSizes([3000, 2000])  # shares, not pixels
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    @property
    def live(self) -> bool:
        return self._live.isChecked()

    def clear(self) -> None:
        """A new run begins, or new pictures came."""
        self.frames.clear()
        self.losses.clear()
        self._live.setChecked(True)
        self.strip.show_frames(0)
        self._caption.setText("Timeline")

    def add(self, step: OptimizerStep) -> None:
        self.losses.add(step.iteration, step.losses)
        if step.image is None:
            return
        looked_at = None if self.live else self.frames.frame(self.strip.value())[0]
        self.frames.add(step.iteration, step.image)
        index = len(self.frames) - 1 if looked_at is None else self.frames.nearest(looked_at)
        self.strip.show_frames(index)
        if self.live:
            self._caption.setText(f"Timeline · iteration {step.iteration}")

    def go_live(self) -> None:
        """Follow the newest state again."""
        self._live.setChecked(True)
        self.losses.mark(None)
        if len(self.frames):
            self.strip.show_frames(len(self.frames) - 1)
            self._caption.setText(f"Timeline · iteration {self.frames.frame(-1)[0]}")
        self.live_wanted.emit()

    def _scrub(self, index: int) -> None:
        if not len(self.frames):
            return
        self._live.setChecked(False)
        iteration, frame = self._frame(index)
        self._caption.setText(f"Timeline · looking at iteration {iteration}")
        self.losses.mark(iteration)
        self.strip.update()
        self.frame_shown.emit(frame)

    def _frame(self, index: int) -> tuple[int, np.ndarray]:
        return self.frames.frame(min(max(index, 0), len(self.frames) - 1))
