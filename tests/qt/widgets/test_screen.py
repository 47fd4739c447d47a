from __future__ import annotations

import pytest
from PySide6.QtCore import QRect

from ddsgui.qt.widgets.screen import within

SCREEN = QRect(0, 30, 1024, 570)


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (QRect(10, 40, 500, 300), QRect(10, 40, 500, 300)),
        (QRect(900, 500, 500, 300), QRect(524, 300, 500, 300)),
        (QRect(-50, -20, 500, 300), QRect(0, 30, 500, 300)),
        (QRect(100, 100, 1440, 900), SCREEN),
        (QRect(3000, 2000, 500, 900), QRect(524, 30, 500, 570)),  # of a screen that is gone
    ],
)
def test_a_frame_is_moved_and_shrunk_no_more_than_needed(frame: QRect, expected: QRect) -> None:
    assert within(frame, SCREEN) == expected
