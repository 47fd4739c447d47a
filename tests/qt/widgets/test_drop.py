"""Files are accepted anywhere on a widget, as copies, under a curtain."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ddsgui.qt.widgets.drop import NOT_A_FILE, FileDrop

COPY, MOVE, LINK = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction, Qt.DropAction.LinkAction
KEYS = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)


@pytest.fixture
def area(qtbot: QtBot) -> QWidget:
    """A visible widget with a field for text."""
    area = QWidget()
    qtbot.addWidget(area)
    QVBoxLayout(area).addWidget(QLineEdit())
    return area


@pytest.fixture
def drop(qtbot: QtBot, area: QWidget) -> FileDrop:
    drop = FileDrop(area, "Drop it")
    area.show()
    return drop


def mime(*urls: QUrl | Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([url if isinstance(url, QUrl) else QUrl.fromLocalFile(str(url)) for url in urls])
    return data


def drag(area: QWidget, data: QMimeData, actions: Qt.DropAction) -> list[QDropEvent]:
    """Drag over the field and drop there; return the events that were answered."""
    field = area.findChildren(QLineEdit)[0]
    enter = QDragEnterEvent(QPoint(20, 20), actions, data, *KEYS)
    enter.ignore()
    QApplication.sendEvent(field, enter)
    events: list[QDropEvent] = [enter]
    if enter.isAccepted():
        move = QDragMoveEvent(QPoint(21, 21), actions, data, *KEYS)
        leave = QDropEvent(QPointF(21, 21), actions, data, *KEYS, QEvent.Type.Drop)
        for event in (move, leave):
            QApplication.sendEvent(area, event)
            events.append(event)
    return events


@pytest.mark.parametrize(
    ("offered", "answer"), [(COPY | MOVE | LINK, COPY), (COPY, COPY), (MOVE | LINK, LINK)]
)
def test_files_are_answered_as_copies(
    qtbot: QtBot, area: QWidget, drop: FileDrop, tmp_path: Path, offered: Qt.DropAction, answer: Qt.DropAction
) -> None:
    paths = [tmp_path / "a.png", tmp_path / "b.pt"]
    data = mime(*paths)
    with qtbot.waitSignal(drop.dropped) as dropped:
        events = drag(area, data, offered)
    assert [event.dropAction() for event in events] == [answer] * 3
    assert dropped.args == [paths]
    assert not area.findChildren(QLineEdit)[0].text()


def test_a_file_that_could_only_be_moved_is_not_taken(area: QWidget, drop: FileDrop, tmp_path: Path) -> None:
    (enter,) = drag(area, mime(tmp_path / "a.png"), MOVE)
    assert not enter.isAccepted()


def test_a_drop_without_a_file_is_answered_with_a_sentence(
    qtbot: QtBot, area: QWidget, drop: FileDrop
) -> None:
    with qtbot.waitSignal(drop.refused) as refused:
        drag(area, mime(QUrl("https://example.org/face.png")), COPY)
    assert refused.args == [NOT_A_FILE]


def test_the_curtain_covers_everything_while_files_are_over_the_window(
    area: QWidget, drop: FileDrop, tmp_path: Path
) -> None:
    data = mime(tmp_path / "a.png")
    enter = QDragEnterEvent(QPoint(20, 20), COPY, data, *KEYS)
    QApplication.sendEvent(area, enter)
    assert drop.curtain.isVisible() and drop.curtain.geometry() == area.rect()
    area.resize(300, 200)
    assert drop.curtain.geometry() == area.rect()
    QApplication.sendEvent(area, QDragLeaveEvent())
    assert not drop.curtain.isVisible()
    QApplication.sendEvent(area, enter)
    QApplication.sendEvent(area, QDropEvent(QPointF(20, 20), COPY, data, *KEYS))
    assert not drop.curtain.isVisible()
