"""The tools on the left of the window."""

from __future__ import annotations

import math
from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QSizePolicy, QSlider, QToolBar, QVBoxLayout, QWidget

from ddsgui.qt.canvas.paint_settings import PaintSettings
from ddsgui.qt.widgets.fields import signals_blocked

SLIDER_STEPS = 100
MIN_RADIUS, MAX_RADIUS = 0.5, 64.0  # of the slider, in image pixels; the keys go further


class ToolBar(QToolBar):
    """Actions of the window as a column of icons, and the size of the brush below them."""

    def __init__(
        self,
        actions: Iterable[QAction | None],
        settings: PaintSettings | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`actions` from top to bottom; None is a gap."""
        super().__init__("Tools", parent)
        self.setObjectName("tool_strip")  # the key of its place in the saved layout
        self.setOrientation(Qt.Orientation.Vertical)
        self.setMovable(False)
        self.setIconSize(QSize(20, 20))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        for action in actions:
            if action is None:
                self.addSeparator()
                continue
            self.addAction(action)
            button = self.widgetForAction(action)
            button.setAccessibleName(action.iconText())
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if settings is not None:
            self.addSeparator()
            self.addWidget(BrushSize(settings))


class BrushSize(QWidget):
    """A slider for the brush's size, finer at the small end."""

    def __init__(self, settings: PaintSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._label = QLabel()
        self._label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._slider = QSlider(Qt.Orientation.Vertical)
        self._slider.setRange(0, SLIDER_STEPS)
        self._slider.setMinimumHeight(48)
        self.setMaximumHeight(240)
        self._slider.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._slider.setAccessibleName("Brush size")
        self._slider.setToolTip("Brush size, in pixels of the picture ([ and ], or Ctrl+wheel)")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        column.addWidget(self._slider, 1, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._label)
        self._follow()
        self._slider.valueChanged.connect(self._slide)
        settings.changed.connect(self._follow)

    def _slide(self, step: int) -> None:
        self._settings.radius = MIN_RADIUS * (MAX_RADIUS / MIN_RADIUS) ** (step / SLIDER_STEPS)

    def _follow(self) -> None:
        radius = self._settings.radius
        step = round(SLIDER_STEPS * math.log(radius / MIN_RADIUS) / math.log(MAX_RADIUS / MIN_RADIUS))
        # The slider's steps are coarser than the brush's: it follows the brush without changing it.
        with signals_blocked(self._slider):
            self._slider.setValue(step)
        diameter = 2 * radius
        self._label.setText(f"{diameter:.1f}" if diameter < 10 else f"{diameter:.0f}")
