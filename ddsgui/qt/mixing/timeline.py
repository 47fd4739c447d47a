"""The frames and losses of a run."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QToolButton, QVBoxLayout, QWidget

from ddsgui.project.frames import BLEND, Frame, FrameBuffer
from ddsgui.project.losses import LossTable
from ddsgui.project.run import Run
from ddsgui.qt.mixing.frame_strip import FrameStrip
from ddsgui.qt.mixing.loss_plot import LossPlot


class Timeline(QWidget):
    """A view of a run, which follows it ("live") until the artist chooses an earlier frame."""

    frame_wanted = Signal(int)  # the index of an earlier frame
    live_wanted = Signal()  # the artist returned to the newest state

    def __init__(self) -> None:
        super().__init__()
        self._run: Run | None = None
        self._iteration = 0  # of the frame that is shown, unless live
        self.losses = LossPlot()
        self.strip = FrameStrip()
        self.strip.sliderMoved.connect(self._scrub)
        self.strip.actionTriggered.connect(lambda _: self._scrub(self.strip.sliderPosition()))
        self._caption = QLabel("Timeline")
        self._caption.setMinimumWidth(1)  # a narrow window cuts it off rather than growing
        self._live = QToolButton()
        self._live.setText("Best result")
        self._live.setCheckable(True)
        self._live.setChecked(True)
        self._live.setToolTip("Show the newest frame of the run, or its best result once it has ended")
        self._live.setAccessibleName("Best result")
        self._live.clicked.connect(self.go_live)
        head = QHBoxLayout()
        head.addWidget(self._caption, stretch=1)
        self._head = head
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

    @property
    def frame(self) -> Frame | None:
        """The frame that was chosen; None while the newest state is shown."""
        run = self._run
        if run is None or self.live or not len(run.frames):
            return None
        return run.frames[run.frames.nearest(self._iteration)]

    def act_on_frame(self, act: Callable[[int], object]) -> None:
        """Call a function with the iteration of the frame that was chosen, if there is one."""
        if (frame := self.frame) is not None:
            act(frame.iteration)

    def set_frame_actions(self, *actions: QAction) -> None:
        """Show buttons for actions on the frame that is shown."""
        for action in actions:
            button = QToolButton(autoRaise=True)
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setAccessibleName(action.text().replace("&", ""))
            self._head.insertWidget(self._head.count() - 1, button)

    def show_run(self, run: Run | None) -> None:
        """Show another run, or none."""
        self._run = run
        self._live.setChecked(True)
        self.losses.show_losses(LossTable() if run is None else run.losses)
        self.strip.show_frames(
            FrameBuffer() if run is None else run.frames, 0, set() if run is None else run.flags
        )
        self._caption.setText("Timeline")
        self.follow()

    def follow(self) -> None:
        """Show the frames and losses that the run has added."""
        if (run := self._run) is None:
            return
        self.losses.follow()
        if not len(run.frames):
            return
        index = len(run.frames) - 1 if self.live else run.frames.nearest(self._iteration)
        self.strip.show_frames(run.frames, index, run.flags)
        if self.live:
            self._caption.setText(f"Timeline · {_name(run.frames[-1])}")

    def go_live(self) -> None:
        """Follow the newest state again."""
        self._live.setChecked(True)
        self.losses.mark(None)
        self.follow()
        self.live_wanted.emit()

    def _scrub(self, index: int) -> None:
        run = self._run
        if run is None or not len(run.frames):
            return
        self._live.setChecked(False)
        index = min(max(index, 0), len(run.frames) - 1)
        self._iteration = run.frames[index].iteration
        self._caption.setText(f"Timeline · showing {_name(run.frames[index])}")
        self.losses.mark(self._iteration)
        self.strip.update()
        self.frame_wanted.emit(index)


def _name(frame: Frame) -> str:
    return "the live blend" if frame.iteration == BLEND else f"iteration {frame.iteration}"
