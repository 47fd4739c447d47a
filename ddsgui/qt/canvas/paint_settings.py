"""The settings for painting and showing masks."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from ddsgui.editing.tools.base import ToolSpec
from ddsgui.editing.tools.registry import TOOLS

MIN_RADIUS, MAX_RADIUS = 0.5, 512.0  # image pixels


class PaintSettings(QObject):
    """The tool, its size and the opacity of the overlay; shared by all canvases."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tool = "brush"
        self._radius = 6.0
        self._overlay_opacity = 0.4
        self._pressure_enabled = True

    @property
    def tool(self) -> str:
        """The id of a tool in TOOLS."""
        return self._tool

    @tool.setter
    def tool(self, tool: str) -> None:
        if tool != self._tool:
            self._tool = TOOLS[tool].id
            self.changed.emit()

    @property
    def spec(self) -> ToolSpec:
        return TOOLS[self._tool]

    def swap_tools(self) -> None:
        """Switch between brush and eraser."""
        self.tool = "brush" if self._tool == "eraser" else "eraser"

    @property
    def radius(self) -> float:
        """The brush's radius in image pixels."""
        return self._radius

    @radius.setter
    def radius(self, radius: float) -> None:
        radius = min(max(radius, MIN_RADIUS), MAX_RADIUS)
        if radius != self._radius:
            self._radius = radius
            self.changed.emit()

    @property
    def overlay_opacity(self) -> float:
        """The opacity of the tint over a mask, 0 to 1; 0 hides the outline as well."""
        return self._overlay_opacity

    @overlay_opacity.setter
    def overlay_opacity(self, opacity: float) -> None:
        opacity = min(max(opacity, 0.0), 1.0)
        if opacity != self._overlay_opacity:
            self._overlay_opacity = opacity
            self.changed.emit()

    @property
    def pressure_enabled(self) -> bool:
        """True if a pen's pressure changes the radius."""
        return self._pressure_enabled

    @pressure_enabled.setter
    def pressure_enabled(self, enabled: bool) -> None:
        if enabled != self._pressure_enabled:
            self._pressure_enabled = enabled
            self.changed.emit()

    def radius_at(self, pressure: float) -> float:
        """Return the radius under a pen's pressure (0 to 1); a light touch still leaves a mark."""
        return max(MIN_RADIUS, self._radius * pressure) if self._pressure_enabled else self._radius
