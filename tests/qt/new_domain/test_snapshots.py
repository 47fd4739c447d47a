"""The slider of snapshots, and the list of unfinished adaptations."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from ddsgui.jobs.adaptation_values import UnfinishedAdaptation
from ddsgui.qt.new_domain.snapshots import SnapshotSlider
from ddsgui.qt.new_domain.unfinished import UnfinishedList


@pytest.fixture
def snapshots(qtbot: QtBot) -> SnapshotSlider:
    snapshots = SnapshotSlider()
    qtbot.addWidget(snapshots)
    snapshots.show()
    return snapshots


def test_the_newest_snapshot_is_shown_as_they_arrive(snapshots: SnapshotSlider) -> None:
    chosen: list[int] = []
    snapshots.chosen.connect(chosen.append)
    assert snapshots.step is None and not snapshots.slider.isEnabled()
    snapshots.show_steps((0,), 800)
    assert "no earlier snapshot" in snapshots.slider.toolTip()
    snapshots.show_steps((0, 20), 800)
    snapshots.show_steps((0, 20, 40), 800)
    snapshots.show_steps((0, 20, 40), 800)
    assert chosen == [0, 20, 40] and snapshots.live and snapshots.newest.isChecked()


def test_an_earlier_snapshot_stays_while_others_come_and_go(snapshots: SnapshotSlider) -> None:
    chosen: list[int] = []
    snapshots.show_steps((0, 20, 40, 60), 800)
    snapshots.chosen.connect(chosen.append)
    QTest.keyClick(snapshots.slider, Qt.Key.Key_Left)
    assert snapshots.step == 40 and not snapshots.live and not snapshots.newest.isChecked()
    snapshots.show_steps((0, 40, 60, 80), 800)
    assert snapshots.step == 40 and chosen == [40]
    snapshots.show_steps((0, 60, 80, 100), 800)  # 40 was thinned out, so the nearest is shown
    assert snapshots.step == 60 and chosen == [40, 60]
    QTest.mouseClick(snapshots.newest, Qt.MouseButton.LeftButton)
    assert snapshots.step == 100 and snapshots.live
    snapshots.show_steps((0, 60, 100, 120), 800)
    assert chosen == [40, 60, 100, 120]


def test_the_slider_at_its_end_follows_the_newest_again(snapshots: SnapshotSlider) -> None:
    snapshots.show_steps((0, 20, 40), 800)
    snapshots.slider.setValue(0)
    snapshots.slider.setValue(2)
    snapshots.show_steps((0, 20, 40, 60), 800)
    assert snapshots.step == 60


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (5, "just now"),
        (80, "80 s ago"),
        (600, "10 min ago"),
        (7200, "2 h ago"),
        (3 * 86400, "3 days ago"),
    ],
)
def test_an_unfinished_adaptation_is_described(qtbot: QtBot, seconds: float, words: str) -> None:
    unfinished = UnfinishedList()
    qtbot.addWidget(unfinished)
    unfinished.show_unfinished((UnfinishedAdaptation("a <b> & c", "Portrait", 1, 120, 800, seconds),))
    (text,) = unfinished.rows[0].findChildren(QLabel)
    assert text.text().endswith(f"1 picture and Portrait, step 120 of 800, {words}")
    assert "a &lt;b&gt; &amp; c" in text.text()


def test_the_list_is_hidden_if_empty_and_shows_three_at_most(qtbot: QtBot) -> None:
    unfinished = UnfinishedList()
    qtbot.addWidget(unfinished)
    wanted: list[str] = []
    unfinished.continue_wanted.connect(wanted.append)
    unfinished.show_unfinished(())
    assert unfinished.isHidden()
    several = tuple(UnfinishedAdaptation(f"number {i}", "Portrait", 10, i, 800, 60.0 * i) for i in range(5))
    unfinished.show_unfinished(several)
    assert not unfinished.isHidden() and len(unfinished.rows) == 3
    unfinished.rows[1].findChildren(QPushButton)[0].click()
    assert wanted == ["number 1"]
    unfinished.show_unfinished(several[:1])
    assert len(unfinished.rows) == 1
