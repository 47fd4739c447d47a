"""The commands on brush and view that every window with a canvas has, under the same keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ddsgui.qt.canvas.paint_settings import PaintSettings
from ddsgui.qt.canvas.shared_view import SharedView

OPACITY_STEP = 0.1
# Keys of commands on masks and people, which each window carries out in its own way.
UNDO_KEYS, REDO_KEYS = ("Ctrl+Z",), ("Ctrl+Shift+Z", "Ctrl+Y")
INVERT_KEYS, NEW_SEED_KEYS = ("Shift+V",), ("N",)


@dataclass(frozen=True)
class PaintCommand:
    """One command."""

    id: str
    text: str
    tip: str  # without a full stop
    keys: tuple[str, ...]
    act: Callable[[PaintSettings, SharedView], object]
    icon: str = ""


def _resize_brush(by: float) -> Callable[[PaintSettings, SharedView], object]:
    def resize(settings: PaintSettings, view: SharedView) -> None:
        settings.radius += by

    return resize


def _fade_overlay(by: float) -> Callable[[PaintSettings, SharedView], object]:
    def fade(settings: PaintSettings, view: SharedView) -> None:
        settings.overlay_opacity += by

    return fade


PAINT_COMMANDS = {
    command.id: command
    for command in (
        PaintCommand(
            "swap_tools",
            "S&witch brush and eraser",
            "Switch between brush and eraser",
            ("X",),
            lambda settings, _: settings.swap_tools(),
        ),
        PaintCommand("smaller", "&Smaller brush", "Brush 1 px smaller", ("[",), _resize_brush(-1)),
        PaintCommand("larger", "&Larger brush", "Brush 1 px larger", ("]",), _resize_brush(1)),
        PaintCommand(
            "much_smaller",
            "Brush 10 px s&maller",
            "Brush 10 px smaller",
            ("Shift+[", "{"),
            _resize_brush(-10),
        ),
        PaintCommand(
            "much_larger", "Brush 10 px la&rger", "Brush 10 px larger", ("Shift+]", "}"), _resize_brush(10)
        ),
        PaintCommand(
            "stronger",
            "&Stronger overlay",
            "Make the masks more opaque",
            ("O",),
            _fade_overlay(OPACITY_STEP),
        ),
        PaintCommand(
            "fainter",
            "&Fainter overlay",
            "Make the masks more transparent",
            ("I",),
            _fade_overlay(-OPACITY_STEP),
        ),
        PaintCommand(
            "fit",
            "&Fit",
            "Fit the pictures to the panes",
            ("Ctrl+0",),
            lambda _, view: view.fit_all(),
            icon="fit",
        ),
        PaintCommand(
            "full_size",
            "&100 %",
            "Show one pixel of the picture as one pixel of the screen",
            ("Ctrl+1",),
            lambda _, view: view.set_zoom(1 / view.device_ratio),
        ),
    )
}
