"""The line below the cards that shows the progress of adding and verifying."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from ddsgui.qt.library.task_queue import TaskQueue
from ddsgui.qt.widgets.action import Action
from ddsgui.qt.widgets.action_button import ActionButton

DROP_HINT = "Drop model files here."
DROP_TIP = "StyleGAN2 files anywhere in this window: .pt, .pkl, .safetensors"
BAR_SIZE_PX = (140, 8)


class ProgressBar(QWidget):
    """A bar, or a hint if nothing is running; its height is constant, so that no card moves."""

    def __init__(self, cancel: Action) -> None:
        super().__init__()
        self._text = QLabel(DROP_HINT)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # it may be long
        self.bar = QProgressBar(textVisible=False)
        self.bar.setFixedSize(*BAR_SIZE_PX)
        self.bar.setAccessibleName("Progress of adding and verifying")
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
        """The text that is shown."""
        return self._text.text()

    def show_tasks(self, tasks: TaskQueue) -> None:
        """Show the state of the queue."""
        roles = self.palette().ColorRole
        self._text.setForegroundRole(roles.WindowText if tasks.is_busy else roles.PlaceholderText)
        self._text.setText(tasks.text or DROP_HINT)
        self._text.setToolTip(tasks.text or DROP_TIP)
        self.bar.setVisible(tasks.is_busy)
        self.button.setVisible(tasks.is_busy)
        progress = tasks.progress
        self.bar.setRange(0, 0 if progress is None else 1000)
        self.bar.setValue(round((progress or 0) * 1000))
