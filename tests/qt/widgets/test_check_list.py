"""A list of things to tick."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from ddsgui.qt.widgets.check_list import CheckList


def test_items_are_added_once_and_ticked_by_their_keys(qtbot: QtBot) -> None:
    items: CheckList[str] = CheckList("Things", 3)
    qtbot.addWidget(items)
    items.offer({"a": "First", "b": "Second"})
    items.tick("b")
    items.offer({"b": "Second", "c": "Third"}, ticked=True)
    assert items.count() == 3 and items.ticked == ["b", "c"] and items.keys == ["a", "b", "c"]
    with qtbot.waitSignal(items.itemChanged):
        items.tick("b", False)
    assert items.ticked == ["c"]
    with pytest.raises(ValueError, match="d"):
        items.tick("d")
