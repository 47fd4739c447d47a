"""Which commands make sense at the moment, and why the others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddsgui.qt.widgets.action import IN_A_RUN, NO_FRAMES, NO_PICTURES, NO_REDO, NO_RESULT, NO_RUN, NO_UNDO

if TYPE_CHECKING:
    from ddsgui.qt.main_window import MainWindow


def update_availability(window: MainWindow) -> None:
    """Derived afresh from the controller each time, so that it cannot go stale."""
    a, controller = window.mix_actions, window.controller
    session = controller.session
    no_pictures = None if session.sample is not None else NO_PICTURES
    in_a_run = IN_A_RUN if controller.running else None
    no_run = None if controller.running else NO_RUN

    a.undo.allow(None if session.can_undo else NO_UNDO)
    a.redo.allow(None if session.can_redo else NO_REDO)
    for command in (a.invert, a.clear, a.restore, a.export_folder, a.compare):
        command.allow(no_pictures)
    a.export_png.allow(None if controller.result is not None else NO_RESULT)
    a.export_gif.allow(
        None if len(window.timeline.frames) and not controller.running else in_a_run or NO_FRAMES
    )
    if window.files.animating:
        a.export_gif.allow("One animation is being written.")
    a.cancel_export.allow(None if window.files.animating else "No animation is being written.")
    a.bundled_upscaler.allow(None if window.upscaling.upscaler is not None else "It is in use.")
    for command in (a.open, a.new_seed):
        command.allow(in_a_run)
    a.swap.allow(in_a_run or no_pictures)
    a.new_domain.allow(None if window.inspector.pair.request.source else "There is no domain to begin with.")
    a.paint_part.allow(None if window.inspector.pair.request.source else "There is no domain to paint on.")
    waiting = "The pictures are being drawn." if controller.loading else None
    going = "It is running." if controller.running and not controller.paused else None
    a.run.allow(no_pictures or waiting or going)
    a.run_from_scratch.allow(in_a_run or (None if controller.result is not None else NO_RESULT))
    a.run.setText("&Go on" if controller.paused else "&Run")
    a.pause.allow(no_run)
    a.pause.setChecked(controller.paused)
    a.pause.setText("&Paused" if controller.paused else "&Pause")
    a.cancel.allow(no_run)
    window.inspector.pair.allow(in_a_run)
    window.inspector.optimizer.set_running(controller.running)
    window.seeds.allow(in_a_run)
