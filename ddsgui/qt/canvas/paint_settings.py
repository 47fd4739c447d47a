"""What the hand holds."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Signal

Tool = Literal["brush", "eraser"]
MIN_RADIUS, MAX_RADIUS = 0.5, 512.0  # picture pixels


class PaintSettings(QObject):
    """Tool, size and how strongly masks shine through; shared by all canvases."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tool: Tool = "brush"
        self._radius = 6.0
        self._overlay_opacity = 0.4
        self._pressure_enabled = True

    @property
    def tool(self) -> Tool:
        return self._tool

    @tool.setter
    def tool(self, tool: Tool) -> None:
        if tool != self._tool:
            self._tool = tool
            self.changed.emit()

    def swap_tool(self) -> None:
        """Paint becomes erase and erase paint."""
        self.tool = "brush" if self._tool == "eraser" else "eraser"

    @property
    def radius(self) -> float:
        """In picture pixels."""
        return self._radius

    @radius.setter
    def radius(self, radius: float) -> None:
        radius = min(max(radius, MIN_RADIUS), MAX_RADIUS)
        if radius != self._radius:
            self._radius = radius
            self.changed.emit()

    @property
    def overlay_opacity(self) -> float:
        """Of the tint over a mask, 0..1; at 0 the outline is hidden as well."""
        return self._overlay_opacity

    @overlay_opacity.setter
    def overlay_opacity(self, opacity: float) -> None:
        opacity = min(max(opacity, 0.0), 1.0)
        if opacity != self._overlay_opacity:
            self._overlay_opacity = opacity
            self.changed.emit()

    @property
    def pressure_enabled(self) -> bool:
        """Whether a pen's pressure changes the size."""
        return self._pressure_enabled

    @pressure_enabled.setter
    def pressure_enabled(self, enabled: bool) -> None:
        if enabled != self._pressure_enabled:
            self._pressure_enabled = enabled
            self.changed.emit()

    def radius_at(self, pressure: float) -> float:
        """The radius under a pen's pressure (0..1); a light touch still leaves a mark."""
        return max(MIN_RADIUS, self._radius * pressure) if self._pressure_enabled else self._radius
