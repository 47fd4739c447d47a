"""What each command of the window does."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from ddsgui.qt.widgets.drop import ModelDrop
from ddsgui.qt.widgets.hold_key import HoldKey

if TYPE_CHECKING:
    from ddsgui.qt.main_window import MainWindow


def bind_commands(window: MainWindow) -> None:
    """Connect all commands once."""
    a, controller, panes, files = window.mix_actions, window.controller, window.panes, window.files
    brush, view, crisp, dialogs = panes.paint_settings, panes.view, window.upscaling, window.dialogs

    def resize_brush(pixels: float) -> None:
        brush.radius += pixels

    def show_brush() -> None:
        a.brush.setChecked(brush.tool == "brush")
        a.eraser.setChecked(brush.tool == "eraser")
        a.pressure.setChecked(brush.pressure_enabled)

    for command, act in {
        a.open: files.ask_open,
        a.new_domain: dialogs.make_domain,
        a.library: dialogs.show_library,
        a.export_png: files.ask_png,
        a.export_folder: files.ask_folder,
        a.export_gif: files.ask_gif,
        a.cancel_export: files.cancel_animation,
        a.quit: window.close,
        a.undo: controller.undo,
        a.redo: controller.redo,
        a.invert: lambda: controller.invert(panes.painted_last),
        a.clear: lambda: controller.clear(panes.painted_last),
        a.restore: lambda: controller.restore(panes.painted_last),
        a.new_seed: window.inspector.pair.randomize_seed,
        a.swap: controller.swap,
        a.brush: lambda: setattr(brush, "tool", "brush"),
        a.eraser: lambda: setattr(brush, "tool", "eraser"),
        a.swap_tools: brush.swap_tools,
        a.smaller: lambda: resize_brush(-1),
        a.larger: lambda: resize_brush(1),
        a.much_smaller: lambda: resize_brush(-10),
        a.much_larger: lambda: resize_brush(10),
        a.pressure: lambda: setattr(brush, "pressure_enabled", a.pressure.isChecked()),
        a.paint_part: dialogs.paint_part,
        a.run: controller.run,
        a.run_from_scratch: lambda: controller.run(from_scratch=True),
        a.pause: lambda: controller.set_paused(a.pause.isChecked()),
        a.cancel: controller.cancel,
        a.stronger: lambda: panes.change_overlay(1),
        a.fainter: lambda: panes.change_overlay(-1),
        a.fit: view.fit_all,
        a.upscaled_view: lambda: crisp.set_on(a.upscaled_view.isChecked()),
        a.upscaler: files.ask_upscaler,
        a.bundled_upscaler: lambda: crisp.use(None),
        a.full_size: lambda: view.set_zoom(1 / window.devicePixelRatioF()),
    }.items():
        command.triggered.connect(lambda _=False, act=act: act())
    for name, command in a.themes.items():
        command.triggered.connect(partial(window.take_theme, name))
    a.compare.toggled.connect(panes.compare)
    HoldKey(window, Qt.Key.Key_Tab, typing=window.inspector).held.connect(a.compare.setChecked)
    ModelDrop(window).dropped.connect(dialogs.take_models)
    crisp.switched.connect(a.upscaled_view.setChecked)
    a.upscaled_view.setChecked(crisp.on)
    brush.changed.connect(show_brush)
    show_brush()
