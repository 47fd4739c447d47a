"""A change of one card concerns one row of the list, and the selection of a view survives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from pytestqt.qtbot import QtBot

from ddsgui.download.resumable import DownloadProgress
from ddsgui.jobs.library import ThumbnailResult
from ddsgui.library.card import UNKNOWN_LICENCE, Card
from ddsgui.library.catalogue import CatalogueEntry
from ddsgui.library.library import Entry, Kind
from ddsgui.qt.library.card_list import CardList
from ddsgui.qt.library.card_model import STATE_ROLE, CardFilter, CardModel
from ddsgui.qt.library.downloads import DownloadState

LICENCE = "A licence that is far longer than a card is wide, " * 4


def published(name: str) -> CatalogueEntry:
    return CatalogueEntry(name, name, "domain", "", "https://example.org/", LICENCE, f"{name}.pt")


def card(name: str, kind: Kind = "domain", *, installed: bool = True, licence: str = LICENCE) -> Card:
    entry = Entry(name, name, kind, Path(f"{name}.safetensors"), False, {}) if installed else None
    return Card(
        name=name,
        title=name.capitalize(),
        kind=kind,
        state="added" if installed else "downloadable",
        resolution=(16, 16),
        classes=0,
        bytes=100,
        licence=licence,
        origin="",
        description="",
        family=(),
        thumbnail=None,
        page=None,
        broken=None,
        entry=entry,
        published=None if installed else published(name),
    )


@pytest.fixture
def model(qtbot: QtBot) -> Iterator[CardModel]:
    parent = QObject()
    model = CardModel(parent)
    model.set_cards(
        [card("a"), card("b"), card("c", "part"), *(card(f"d{i}", installed=False) for i in range(60))]
    )
    yield model


def changed_rows(model: CardModel) -> list[int]:
    rows: list[int] = []
    model.dataChanged.connect(lambda first, last: rows.extend(range(first.row(), last.row() + 1)))
    return rows


def test_a_download_changes_only_its_row(model: CardModel) -> None:
    rows = changed_rows(model)
    for received in (10, 20, 20):
        progress = DownloadProgress(received, 100, 1.0, "host")
        model.set_download("d7", DownloadState(published("d7"), progress))
    assert rows == [10, 10]  # an unchanged row is not painted again
    assert model.states[10].badge == "20%"
    model.set_download("d7", None)
    assert model.states[10].badge == "web page"


def test_a_thumbnail_and_an_awaited_file_change_only_their_rows(model: CardModel) -> None:
    entry = model.states[1].card.entry
    assert entry is not None
    rows = changed_rows(model)
    model.set_thumbnails([ThumbnailResult(entry, Path("b.png"))])
    model.set_awaited("d0")
    model.set_awaited(None)
    assert rows == [1, 3, 3]
    assert model.awaited is None


def test_the_selection_survives_when_cards_come_and_go(qtbot: QtBot, model: CardModel) -> None:
    view = CardList("Domains", CardFilter(model, 0, model), True)
    qtbot.addWidget(view)
    assert view.choose("domain", "b")
    model.set_cards([card("aa"), card("b"), card("z")])
    assert view.current is not None and view.current.card.name == "b"
    model.set_cards([card("aa"), card("z")])
    assert view.current is not None and view.current.card.name in ("aa", "z")
    model.set_cards([])
    assert view.current is None
    model.set_cards([card("n")])
    assert view.current is not None and view.current.card.name == "n"


def test_every_tab_has_its_cards_filtered_by_words(model: CardModel) -> None:
    tabs = [CardFilter(model, tab, model) for tab in range(3)]
    assert [cards.rowCount() for cards in tabs] == [2, 1, 60]
    for cards in tabs:
        cards.set_words("D5")
    assert [cards.rowCount() for cards in tabs] == [0, 0, 11]
    assert tabs[2].index(0, 0).data(STATE_ROLE).card.name == "d5"


def test_a_long_licence_is_in_the_tooltip_in_full(model: CardModel) -> None:
    assert LICENCE in model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    model.set_cards([card("a", licence=UNKNOWN_LICENCE)])
    assert "Licence not stated" in model.index(0).data(Qt.ItemDataRole.ToolTipRole)
