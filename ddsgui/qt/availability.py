"""Which commands make sense at the moment, and why the others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ddsgui.qt.main_window import MainWindow

NO_PICTURES = "There are no pictures yet."
IN_A_RUN = "A run is under way; cancel it first."
NO_RUN = "No run is under way."
NO_RESULT = "There is no result yet; run first."
NO_FRAMES = "There are no frames yet; run first."
NO_UNDO = "Nothing was painted yet."
NO_REDO = "Nothing was taken back."


def update_availability(window: MainWindow) -> None:
    """Derived afresh from the studio each time, so that it cannot go stale."""
    a, studio = window.commands, window.studio
    session = studio.session
    no_pictures = None if session.sample is not None else NO_PICTURES
    in_a_run = IN_A_RUN if studio.running else None
    no_run = None if studio.running else NO_RUN

    a.undo.allow(None if session.can_undo else NO_UNDO)
    a.redo.allow(None if session.can_redo else NO_REDO)
    for command in (a.invert, a.clear, a.restore, a.export_folder, a.compare):
        command.allow(no_pictures)
    a.export_png.allow(None if studio.result is not None else NO_RESULT)
    a.export_gif.allow(None if len(window.timeline.film) and not studio.running else in_a_run or NO_FRAMES)
    if window.files.animating:
        a.export_gif.allow("One animation is being written.")
    a.cancel_export.allow(None if window.files.animating else "No animation is being written.")
    a.bundled_upscaler.allow(None if window.upscaling.upscaler is not None else "It is in use.")
    for command in (a.open, a.new_seed):
        command.allow(in_a_run)
    a.swap.allow(in_a_run or no_pictures)
    a.new_domain.allow(None if window.inspector.pair.request.source else "There is no domain to begin with.")
    a.paint_part.allow(None if window.inspector.pair.request.source else "There is no domain to paint on.")
    waiting = "The pictures are being drawn." if studio.loading else None
    going = "It is running." if studio.running and not studio.paused else None
    a.run.allow(no_pictures or waiting or going)
    a.run_afresh.allow(in_a_run or (None if studio.result is not None else NO_RESULT))
    a.run.setText("&Go on" if studio.paused else "&Run")
    a.pause.allow(no_run)
    a.pause.setChecked(studio.paused)
    a.pause.setText("&Paused" if studio.paused else "&Pause")
    a.cancel.allow(no_run)
    window.inspector.pair.allow(in_a_run)
    window.inspector.optimizer.set_running(studio.running)
    window.seeds.allow(in_a_run)
