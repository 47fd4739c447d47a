"""The line below the cards: what is under way and how far it is, with a button that gives it up."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from ddsgui.qt.library.task_queue import TaskQueue
from ddsgui.qt.widgets.action import Action
from ddsgui.qt.widgets.action_button import ActionButton

HINT = "StyleGAN2 files of any kind can be dropped anywhere here: .pt, .pkl, .safetensors."
BAR = (140, 8)  # widget pixels


class ProgressBar(QWidget):
    """A hint while nothing is under way; of the same height either way, so that no card moves."""

    def __init__(self, cancel: Action) -> None:
        super().__init__()
        self._text = QLabel(HINT)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # it may be long
        self.bar = QProgressBar(textVisible=False)
        self.bar.setFixedSize(*BAR)
        self.bar.setAccessibleName("Progress of the library's work")
        self.button = ActionButton(cancel)
        self.button.setAutoDefault(False)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self._text, stretch=1)
        row.addWidget(self.bar)
        row.addWidget(self.button)
        for widget in (self.bar, self.button):
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            widget.setSizePolicy(policy)
            widget.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    def show_chores(self, chores: TaskQueue) -> None:
        """As they are now."""
        dim = self.palette().ColorRole.PlaceholderText
        self._text.setForegroundRole(self.palette().ColorRole.WindowText if chores.busy else dim)
        self._text.setText(chores.text or HINT)
        self.bar.setVisible(chores.busy)
        self.button.setVisible(chores.busy)
        share = chores.share
        self.bar.setRange(0, 0 if share is None else 1000)
        self.bar.setValue(round((share or 0) * 1000))
