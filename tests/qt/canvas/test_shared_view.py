from __future__ import annotations

from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from ddsgui.qt.canvas.shared_view import MAX_ZOOM, MIN_ZOOM, SharedView


def test_the_view_fits_until_zoomed_and_again_on_request(qtbot: QtBot) -> None:
    view = SharedView()
    assert view.fit
    with qtbot.waitSignal(view.changed):
        view.look_at(QPointF(0.25, 0.75), 3.0)
    assert (view.fit, view.zoom, view.centre) == (False, 3.0, QPointF(0.25, 0.75))
    with qtbot.waitSignal(view.changed):
        view.fit_all()
    assert (view.fit, view.centre) == (True, QPointF(0.5, 0.5))


def test_zoom_and_centre_stay_in_bounds() -> None:
    view = SharedView()
    view.look_at(QPointF(-3.0, 7.0), 1e9)
    assert (view.zoom, view.centre) == (MAX_ZOOM, QPointF(0.0, 1.0))
    view.set_zoom(0.0)
    assert (view.zoom, view.centre) == (MIN_ZOOM, QPointF(0.0, 1.0))


def test_no_change_signals_nothing(qtbot: QtBot) -> None:
    view = SharedView()
    view.set_zoom(2.0)
    with qtbot.assertNotEmitted(view.changed):
        view.set_zoom(2.0)
    view.fit_all()
    with qtbot.assertNotEmitted(view.changed):
        view.fit_all()
