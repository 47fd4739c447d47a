"""The library dialog with real threads, a real server and real files, used as an artist would."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QLineEdit,
    QListView,
    QPushButton,
    QScrollBar,
    QTabBar,
    QTextBrowser,
)
from pytestqt.qtbot import QtBot

from ddsgui import paths
from ddsgui.errors import LibraryError
from ddsgui.jobs import library
from ddsgui.jobs.mix import Jobs, PairRequest
from ddsgui.library.library import Library
from ddsgui.library.model_cache import ModelCache
from ddsgui.qt.core import engine as engine_module
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Engine
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.library import controller, progress_bar
from ddsgui.qt.library.card_model import STATE_ROLE
from ddsgui.qt.library.card_state import CardState
from ddsgui.qt.library.dialog import STILL_DOWNLOADING, STILL_WORKING, LibraryDialog
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.widgets.action import IN_A_RUN, Action
from ddsgui.qt.widgets.drop import NOT_A_FILE
from ddsgui.qt.widgets.screen import OnScreen
from ddsgui.synthesis.latents import Seed

GOLDEN = Path(__file__).parents[2] / "checkpoints/golden"
LONG = 60_000  # ms; the machine may be busy


class Server(ThreadingHTTPServer):
    """A server of one file, which sends the second half once the gate is open."""

    daemon_threads = True

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.gate, self.asked = content, threading.Event(), list[str | None]()
        self.gate.set()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print no traceback: pausing disconnects the client."""


class Handler(BaseHTTPRequestHandler):
    server: Server  # type: ignore[assignment]

    def do_GET(self) -> None:
        content, requested = self.server.content, self.headers.get("Range")
        self.server.asked.append(requested)
        if self.path != "/x":
            self.send_error(404)
            return
        start = int(requested.removeprefix("bytes=").rstrip("-")) if requested else 0
        self.send_response(206 if requested else 200)
        self.send_header("ETag", '"one"')
        self.send_header("Content-Length", str(len(content) - start))
        if requested:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        half = max(start, len(content) // 2)
        self.wfile.write(content[start:half])
        while not self.server.gate.wait(0.05):
            self.wfile.write(content[half : half + 16])  # a trickle, so that the client can look at its flags
            half += 16
        self.wfile.write(content[half:])

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = Server((GOLDEN / "rosinality.pt").read_bytes())
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.gate.set()
    server.shutdown()
    server.server_close()
    thread.join()


def offer(name: str, **known: Any) -> dict[str, Any]:
    return {
        "name": name,
        "title": name.capitalize(),
        "description": "For a test.",
        "file_name": f"{name}.pt",
        "page": "https://example.org/faces",
        "licence": "CC BY 4.0",
        **known,
    }


@pytest.fixture
def shop(tiny_library: Path, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The empty folder of a user; a tiny pair, its part and a catalogue are bundled."""
    bundled = tmp_path / "bundled"
    shutil.copytree(tiny_library, bundled)
    offers = [
        offer("faces", direct=[f"http://127.0.0.1:{server.server_port}/x"], bytes=len(server.content)),
        offer("gone", direct=[f"http://127.0.0.1:{server.server_port}/gone"]),
        offer("sketches", resolution=[32, 32]),
    ]
    (bundled / "catalogue.json").write_text(json.dumps({"format": 1, "offers": offers}))
    monkeypatch.setattr(paths, "assets", lambda: bundled)
    monkeypatch.setattr(engine_module, "NICENESS", 0)
    own = tmp_path / "own"
    own.mkdir()
    return own


@pytest.fixture
def page(qtbot: QtBot, shop: Path, preferences: Preferences) -> Iterator[LibraryDialog]:
    """A visible dialog that has read the library."""
    library = Library(shop)
    controller = MixController(library, Engine(), Jobs(library, "cpu"))
    controller.engine.start()
    page = LibraryDialog(controller, preferences)
    qtbot.addWidget(page)
    page.begin()
    qtbot.waitUntil(lambda: page.controller.reader.has_read, timeout=LONG)
    yield page
    page.shut_down()
    assert controller.engine.shut_down(LONG)
    QApplication.processEvents()


def cards(page: LibraryDialog, tab: int) -> dict[str, CardState]:
    """Return the cards of a tab by name."""
    indexes = [
        page.tabs.lists[tab].model().index(i, 0).data(STATE_ROLE)
        for i in range(page.tabs.lists[tab].model().rowCount())
    ]
    return {state.card.name: state for state in indexes}


def choose(page: LibraryDialog, tab: int, name: str) -> CardState:
    page.tabs.bar.setCurrentIndex(tab)
    assert page.tabs.lists[tab].choose("part" if tab == 1 else "domain", name)
    assert page.current is not None
    return page.current


def button(page: LibraryDialog, command: Action) -> QPushButton:
    return page.details.buttons[command]


def click(page: LibraryDialog, command: Action) -> None:
    assert button(page, command).isVisible() and button(page, command).isEnabled(), command.toolTip()
    QTest.mouseClick(button(page, command), Qt.MouseButton.LeftButton)


def take(page: LibraryDialog, text: str) -> None:
    """Click a button of the message."""
    (choice,) = (b for b in page.message.findChildren(QPushButton) if b.text() == text)
    choice.click()


def drop(widget: Any, *names: Path | str) -> bool:
    """Drop files on a widget; return whether they were accepted."""
    data = QMimeData()
    data.setUrls([QUrl(name) if isinstance(name, str) else QUrl.fromLocalFile(str(name)) for name in names])
    action, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), action, data, left, none)
    enter.ignore()
    QApplication.sendEvent(widget, enter)
    if enter.isAccepted():
        event = QDropEvent(QPointF(300, 300), action, data, left, none, QEvent.Type.Drop)
        QApplication.sendEvent(widget, event)
    return enter.isAccepted()


def wait_message(qtbot: QtBot, page: LibraryDialog, part: str) -> None:
    qtbot.waitUntil(lambda: part in page.message.text, timeout=LONG)


def wait_card(qtbot: QtBot, page: LibraryDialog, tab: int, name: str, present: bool = True) -> None:
    qtbot.waitUntil(lambda: (name in cards(page, tab)) == present, timeout=LONG)


# ---- cards


def test_every_entry_has_a_card_whose_picture_is_drawn_once(qtbot: QtBot, page: LibraryDialog) -> None:
    assert [page.tabs.bar.tabText(i) for i in range(3)] == ["Domains 2", "Parts 1", "To download 3"]
    assert cards(page, 0)["portrait"].badge == "bundled"
    assert cards(page, 0)["portrait"].family == "Pairs with caricature"
    assert cards(page, 1)["eyes-nose-mouth"].family == "Fits caricature, portrait"
    assert [state.badge for state in cards(page, 2).values()] == ["download", "download", "web page"]

    def drawn() -> bool:
        installed = {**cards(page, 0), **cards(page, 1)}.values()
        return all(state.card.thumbnail is not None for state in installed)

    qtbot.waitUntil(drawn, timeout=LONG)
    choose(page, 0, "caricature")
    assert not page.details.picture.pixmap().isNull()
    assert page.details.picture.accessibleName() == "Pictures of Caricature"
    thumbnails = {path: path.stat().st_mtime_ns for path in (paths.user_cache() / "thumbnails").iterdir()}
    assert len(thumbnails) == 3
    page.library_actions.refresh.trigger()
    with qtbot.waitSignal(page.controller.reader.read, timeout=LONG):
        pass
    assert drawn()
    assert {path: path.stat().st_mtime_ns for path in thumbnails} == thumbnails


def test_the_gui_thread_neither_reads_nor_hashes_draws_or_downloads(
    qtbot: QtBot, page: LibraryDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()
    for name in ("cards", "make_thumbnail", "add_steps", "fetch_steps", "verify_steps", "remove"):
        real = getattr(library, name)

        def guarded(*args: Any, _real: Any = real, _name: str = name, **named: Any) -> Any:
            assert threading.current_thread() is not threading.main_thread(), _name
            seen.add(_name)
            return _real(*args, **named)

        monkeypatch.setattr(library, name, guarded)
    shutil.copy(GOLDEN / "rosinality.pt", tmp_path / "mine.pt")
    assert drop(page, tmp_path / "mine.pt")
    wait_card(qtbot, page, 0, "mine")
    choose(page, 0, "mine")
    qtbot.waitUntil(lambda: page.library_actions.verify.isEnabled(), timeout=LONG)
    page.library_actions.verify.trigger()
    wait_message(qtbot, page, "is intact")
    qtbot.waitUntil(lambda: cards(page, 0)["mine"].card.thumbnail is not None, timeout=LONG)
    page.library_actions.remove.trigger()
    wait_message(qtbot, page, "removed")
    choose(page, 2, "gone")
    page.library_actions.download.trigger()
    wait_message(qtbot, page, "gone.pt")
    assert seen == {"cards", "make_thumbnail", "add_steps", "fetch_steps", "verify_steps", "remove"}


def test_the_filter_finds_words_and_the_tabs_count_matches(qtbot: QtBot, page: LibraryDialog) -> None:
    QTest.keyClick(page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(page.tabs.filter.hasFocus)
    QTest.keyClicks(page.tabs.filter, "Page sketch")
    assert [page.tabs.bar.tabText(i) for i in range(3)] == ["Domains 0", "Parts 0", "To download 1"]
    assert page.current is None
    for command in page.library_actions.of_card:
        assert not command.isEnabled() and "Choose a card first." in command.toolTip()
    page.tabs.filter.clear()
    assert list(cards(page, 0)) == ["caricature", "portrait"]


def test_a_card_is_selected_by_its_first_letters_and_the_arrow_keys(
    qtbot: QtBot, page: LibraryDialog
) -> None:
    page.tabs.list.setFocus()
    QTest.keyClicks(page.tabs.list, "po")
    assert page.current is not None and page.current.card.name == "portrait"
    QTest.keyClick(page.tabs.list, Qt.Key.Key_Left)
    assert page.current is not None and page.current.card.name == "caricature"
    QTest.keyClick(page.tabs.list, Qt.Key.Key_Return)
    qtbot.waitUntil(button(page, page.library_actions.source).hasFocus)


def test_the_full_card_can_be_read_and_copied(page: LibraryDialog) -> None:
    choose(page, 2, "faces")
    text = page.details.text.toPlainText()
    for line in ("For a test.", "CC BY 4.0", "https://example.org/faces", "faces"):
        assert line in text
    flags = page.details.text.textInteractionFlags()
    assert flags & Qt.TextInteractionFlag.TextSelectableByKeyboard or flags & (
        Qt.TextInteractionFlag.TextSelectableByMouse
    )


# ---- adding and removing


def test_a_dropped_checkpoint_becomes_a_domain_and_is_selected(
    qtbot: QtBot, page: LibraryDialog, tmp_path: Path
) -> None:
    path = shutil.copy(GOLDEN / "rosinality.pt", tmp_path / "portrait.pt")
    page.tabs.bar.setCurrentIndex(2)
    with qtbot.waitSignal(page.changed, timeout=LONG):
        assert drop(page, path)
        assert "portrait.pt" in page.progress.text
    wait_card(qtbot, page, 0, "portrait 2")  # "portrait" is bundled
    qtbot.waitUntil(lambda: page.current is not None and page.current.card.name == "portrait 2", timeout=LONG)
    assert page.current is not None and page.current.badge == "added"
    assert "added" in page.message.text
    assert page.progress.text == progress_bar.DROP_HINT
    assert drop(page, path)
    wait_message(qtbot, page, "already in the library, as portrait 2")


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "broken.pt"), (b"GIF89a nothing", "broken.pt"), (None, "is a folder")]
)
def test_a_file_that_is_not_a_model_is_reported(
    qtbot: QtBot, page: LibraryDialog, tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "broken.pt"
    path.mkdir() if content is None else path.write_bytes(content)
    assert drop(page, path)
    wait_message(qtbot, page, words)
    assert len(cards(page, 0)) == 2


def hold(monkeypatch: pytest.MonkeyPatch, name: str) -> threading.Event:
    """Make `library.name` wait after every stage until the gate is open, as for a large file."""
    gate, real = threading.Event(), getattr(library, name)

    def waiting(*args: Any, **named: Any) -> Any:
        steps = real(*args, **named)
        try:
            while True:
                stage = next(steps)
                yield stage
                while "Comparing" in str(stage) and not gate.wait(0.02):
                    yield stage
        except StopIteration as end:
            return end.value
        finally:
            steps.close()

    monkeypatch.setattr(library, name, waiting)
    return gate


def test_adding_can_be_cancelled_and_leaves_nothing(
    qtbot: QtBot, page: LibraryDialog, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = hold(monkeypatch, "add_steps")
    path = Path(shutil.copy(GOLDEN / "rosinality.pt", tmp_path / "mine.pt"))
    stop = page.progress.button
    assert not stop.isVisible() and "Nothing is being added" in page.library_actions.stop.toolTip()
    assert drop(page, path)
    assert stop.isVisible() and stop.text() == "Cancel"
    qtbot.waitUntil(lambda: "Comparing mine" in page.progress.text, timeout=LONG)
    assert list((shop / "domains").iterdir())  # a temporary file
    with qtbot.waitSignal(page.controller.tasks.cancelled, timeout=LONG):
        QTest.mouseClick(stop, Qt.MouseButton.LeftButton)
    assert "Cancelled" in page.message.text and "mine.pt" in page.message.text
    assert not stop.isVisible() and page.progress.text == progress_bar.DROP_HINT
    assert not list((shop / "domains").iterdir())
    gate.set()
    assert drop(page, path)  # as if nothing had happened
    wait_card(qtbot, page, 0, "mine")


def test_closing_the_dialog_and_the_program_while_adding_leaves_nothing(
    qtbot: QtBot, page: LibraryDialog, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(monkeypatch, "add_steps")
    assert drop(page, shutil.copy(GOLDEN / "rosinality.pt", tmp_path / "mine.pt"))
    qtbot.waitUntil(lambda: "Comparing mine" in page.progress.text, timeout=LONG)
    with qtbot.waitSignal(page.news) as news:
        page.close()
    assert news.args == [STILL_WORKING]
    page.shut_down()
    assert page._mix_controller.engine.shut_down(LONG)
    assert not list((shop / "domains").iterdir())


def test_several_generators_in_a_file_are_offered(qtbot: QtBot, page: LibraryDialog, tmp_path: Path) -> None:
    import torch

    network = torch.load(GOLDEN / "rosinality.pt", weights_only=False)["g_ema"]
    torch.save({"first": network, "second": network}, tmp_path / "two.pt")
    assert drop(page, tmp_path / "two.pt")
    wait_message(qtbot, page, "no name says which")
    with qtbot.waitSignal(page.changed, timeout=LONG):
        take(page, "second")
    wait_card(qtbot, page, 0, "two")


def test_only_files_can_be_dropped(page: LibraryDialog) -> None:
    assert drop(page, "https://example.org/model.pkl")
    assert page.message.text == NOT_A_FILE


def test_files_are_chosen_in_a_modeless_dialog(qtbot: QtBot, page: LibraryDialog, tmp_path: Path) -> None:
    path = shutil.copy(GOLDEN / "rosinality.pt", tmp_path / "chosen.pt")
    dialog = page.choose_files()
    assert dialog.isVisible() and not dialog.isModal()
    with qtbot.waitSignal(page.changed, timeout=LONG):
        dialog.filesSelected.emit([str(path)])
    dialog.reject()
    wait_card(qtbot, page, 0, "chosen")
    assert page._preferences.folder == tmp_path


def test_a_removed_domain_is_restored(qtbot: QtBot, page: LibraryDialog, shop: Path, tmp_path: Path) -> None:
    assert (
        not page.library_actions.undo.isEnabled()
        and "Nothing was removed." in page.library_actions.undo.toolTip()
    )
    assert drop(page, shutil.copy(GOLDEN / "rosinality.pt", tmp_path / "mine.pt"))
    wait_card(qtbot, page, 0, "mine")
    file = shop / "domains/mine.safetensors"
    content = file.read_bytes()
    choose(page, 0, "mine")
    page.tabs.list.setFocus()
    QTest.keyClick(page.tabs.list, Qt.Key.Key_Delete)
    wait_card(qtbot, page, 0, "mine", present=False)
    assert not file.exists() and "removed" in page.message.text
    with qtbot.waitSignal(page.changed, timeout=LONG):
        QTest.keyClick(page.tabs.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    wait_card(qtbot, page, 0, "mine")
    assert file.read_bytes() == content and "restored" in page.message.text
    choose(page, 0, "mine")
    click(page, page.library_actions.remove)
    wait_message(qtbot, page, "removed")
    file.write_bytes(b"another")
    take(page, "Undo")
    wait_message(qtbot, page, "another domain")
    file.unlink()
    assert page.library_actions.undo.isEnabled()  # nothing is lost
    page.library_actions.undo.trigger()
    wait_message(qtbot, page, "restored")
    assert file.read_bytes() == content


def test_a_bundled_domain_cannot_be_removed_and_says_why(page: LibraryDialog) -> None:
    choose(page, 0, "portrait")
    assert not button(page, page.library_actions.remove).isEnabled()
    assert "It comes with ddsgui." in button(page, page.library_actions.remove).toolTip()


def test_a_broken_file_says_so_and_can_be_removed(qtbot: QtBot, page: LibraryDialog, shop: Path) -> None:
    (shop / "domains").mkdir(exist_ok=True)
    (shop / "domains/half.safetensors").write_bytes(b"half a file")
    page.library_actions.refresh.trigger()
    wait_card(qtbot, page, 0, "half")
    card_state = choose(page, 0, "half")
    assert card_state.badge == "broken" and "damaged" in card_state.broken
    assert page.details.state.text() == card_state.broken and page.details.state.isVisible()
    assert "Its file is broken." in button(page, page.library_actions.source).toolTip()
    page.grab()
    click(page, page.library_actions.verify)
    wait_message(qtbot, page, "is damaged")
    click(page, page.library_actions.remove)
    wait_card(qtbot, page, 0, "half", present=False)


def test_a_file_with_missing_tensors_says_why_it_has_no_picture(
    qtbot: QtBot, page: LibraryDialog, shop: Path, tiny_library: Path
) -> None:
    from safetensors.numpy import load_file, save_file

    source = tiny_library / "domains/portrait.safetensors"
    (shop / "domains").mkdir(exist_ok=True)
    from safetensors import safe_open

    with safe_open(source, framework="numpy") as file:
        metadata = file.metadata()
    tensors = load_file(source)
    tensors.pop(next(iter(tensors)))
    save_file(tensors, shop / "domains/holes.safetensors", metadata)
    page.library_actions.refresh.trigger()
    wait_card(qtbot, page, 0, "holes")
    qtbot.waitUntil(lambda: bool(cards(page, 0)["holes"].no_thumbnail), timeout=LONG)
    choose(page, 0, "holes")
    assert page.details.state.text() == cards(page, 0)["holes"].no_thumbnail


# ---- downloading


def test_a_download_is_paused_resumed_and_finished(
    qtbot: QtBot, page: LibraryDialog, shop: Path, server: Server
) -> None:
    server.gate.clear()
    choose(page, 2, "faces")
    assert not button(page, page.library_actions.pause).isVisible()
    click(page, page.library_actions.download)

    def half() -> bool:
        download = cards(page, 2)["faces"].download
        return download is not None and (download.progress or 0) > 0.4

    qtbot.waitUntil(half, timeout=LONG)
    assert page.current is not None and page.current.badge.endswith("%")
    assert " of " in page.details.state.text() and page.details.progress.value() > 400
    click(page, page.library_actions.pause)
    qtbot.waitUntil(lambda: not page.controller.downloads.is_running("faces"), timeout=LONG)
    qtbot.waitUntil(lambda: cards(page, 2)["faces"].card.received > 0, timeout=LONG)
    assert cards(page, 2)["faces"].badge == "paused"
    assert cards(page, 2)["faces"].facts.startswith("Paused at ")
    assert button(page, page.library_actions.download).text() == "Resume"
    assert list((shop / "downloads").glob("*.part"))
    server.gate.set()
    with qtbot.waitSignal(page.controller.downloads.added, timeout=LONG):
        click(page, page.library_actions.download)
    assert (server.asked[-1] or "").startswith("bytes=")
    wait_card(qtbot, page, 0, "faces")
    wait_card(qtbot, page, 2, "faces", present=False)
    qtbot.waitUntil(lambda: page.current is not None and page.current.card.name == "faces", timeout=LONG)
    assert page.current is not None and page.current.card.licence == "CC BY 4.0"
    assert "Faces" in page.message.text and "added" in page.message.text
    assert not list((shop / "downloads").iterdir())


def test_a_download_that_is_cancelled_leaves_nothing(
    qtbot: QtBot, page: LibraryDialog, shop: Path, server: Server
) -> None:
    server.gate.clear()
    choose(page, 2, "faces")
    for paused_first in (False, True):
        page.library_actions.download.trigger()
        qtbot.waitUntil(lambda: any((shop / "downloads").glob("*.part")), timeout=LONG)
        if paused_first:
            page.library_actions.pause.trigger()
            qtbot.waitUntil(lambda: cards(page, 2)["faces"].card.received > 0, timeout=LONG)
        qtbot.waitUntil(
            page.library_actions.cancel.isEnabled, timeout=LONG
        )  # disabled while it is still pausing
        click(page, page.library_actions.cancel)
        qtbot.waitUntil(lambda: not list((shop / "downloads").iterdir()), timeout=LONG)
        qtbot.waitUntil(lambda: cards(page, 2)["faces"].badge == "download", timeout=LONG)


def test_a_download_that_fails_says_why_and_is_tried_again(qtbot: QtBot, page: LibraryDialog) -> None:
    choose(page, 2, "gone")
    for again in (False, True):
        take(page, "Try again") if again else click(page, page.library_actions.download)
        wait_message(qtbot, page, "gone.pt")
        assert not page.controller.downloads.is_running("gone") or not again
        qtbot.waitUntil(lambda: not page.controller.downloads.is_running("gone"), timeout=LONG)


def test_another_file_than_the_first_time_is_refused_until_accepted(
    qtbot: QtBot, page: LibraryDialog, shop: Path, server: Server
) -> None:
    checksums = {"downloads": {"faces": {"sha256": hashlib.sha256(b"another").hexdigest()}}}
    (shop / "checksums.json").write_text(json.dumps(checksums))
    choose(page, 2, "faces")
    click(page, page.library_actions.download)
    wait_message(qtbot, page, "SHA-256")
    with qtbot.waitSignal(page.controller.downloads.added, timeout=LONG):
        take(page, "Accept the new version")


def test_a_download_continues_after_the_dialog_is_closed(
    qtbot: QtBot, page: LibraryDialog, server: Server
) -> None:
    server.gate.clear()
    choose(page, 2, "faces")
    click(page, page.library_actions.download)
    with qtbot.waitSignal(page.news) as news:
        page.close()
    assert news.args == [STILL_DOWNLOADING]
    with qtbot.waitSignal(page.controller.downloads.added, timeout=LONG):
        server.gate.set()


def test_closing_the_program_keeps_the_received_bytes(
    qtbot: QtBot, page: LibraryDialog, shop: Path, server: Server
) -> None:
    server.gate.clear()
    choose(page, 2, "faces")
    click(page, page.library_actions.download)
    sent = len(server.content) // 2 - 1

    def received() -> int:
        return sum(part.stat().st_size for part in (shop / "downloads").glob("*.part"))

    qtbot.waitUntil(lambda: received() >= sent, timeout=LONG)
    page.shut_down()
    assert received() >= sent


@pytest.mark.parametrize("name", ["sketches.pt", "from the page.pt"])
def test_a_web_page_is_opened_and_its_file_is_awaited(
    qtbot: QtBot, page: LibraryDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        controller.QDesktopServices, "openUrl", lambda url: opened.append(url.toString()) or True
    )
    choose(page, 2, "sketches")
    assert not button(page, page.library_actions.download).isVisible()
    assert "only available from a web page" in page.library_actions.download.toolTip()
    assert page.details.drop.isVisible() and "Open the page" in page.details.drop.text
    click(page, page.library_actions.page)
    assert opened == ["https://example.org/faces"]
    assert cards(page, 2)["sketches"].badge == "waiting for file"
    assert "Waiting" in page.details.drop.text
    assert drop(page, shutil.copy(GOLDEN / "rosinality.pt", tmp_path / name))
    if name != "sketches.pt":
        assert name in page.message.text and "Sketches" in page.message.text
        take(page, "Yes, it is Sketches")
    wait_card(qtbot, page, 2, "sketches", present=False)
    assert cards(page, 0)["sketches"].card.licence == "CC BY 4.0"
    assert page.controller.model.awaited is None


def test_a_browser_that_does_not_open_is_reported(
    page: LibraryDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controller.QDesktopServices, "openUrl", lambda url: False)
    choose(page, 2, "sketches")
    click(page, page.library_actions.page)
    assert "https://example.org/faces" in page.message.text
    page.details.text.anchorClicked.emit(QUrl("https://example.org/licence"))
    assert "https://example.org/licence" in page.message.text


def test_a_message_moves_no_card(qtbot: QtBot, page: LibraryDialog) -> None:
    widgets = (page.tabs.list, page.details)
    before = [widget.geometry() for widget in widgets]
    page.message.show_message("A sentence.", {"Undo": lambda: None})
    qtbot.waitUntil(lambda: page.message.isVisible() and page.message.height() > 10)
    assert [widget.geometry() for widget in widgets] == before


def test_a_catalogue_that_cannot_be_read_is_reported(qtbot: QtBot, page: LibraryDialog, shop: Path) -> None:
    (shop / "catalogue.json").write_text("{")
    page.library_actions.refresh.trigger()
    wait_message(qtbot, page, "catalogue.json")
    assert len(cards(page, 0)) == 2


# ---- use


def test_domains_and_parts_are_used(qtbot: QtBot, page: LibraryDialog) -> None:
    used: list[tuple[str, str]] = []
    page.use_wanted.connect(lambda role, name: used.append((role, name)))
    choose(page, 0, "caricature")
    click(page, page.library_actions.target)
    choose(page, 1, "eyes-nose-mouth")
    click(page, page.library_actions.part)
    choose(page, 2, "faces")
    assert "Download it first." in page.library_actions.source.toolTip()
    assert used == [("target", "caricature"), ("part", "eyes-nose-mouth")]
    assert not page.message.text  # no picture shows them yet


def test_a_use_is_reported_once_its_pictures_are_there(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.dialogs.show_library()
    page = window.dialogs.library_dialog
    assert page is not None
    qtbot.waitUntil(lambda: page.controller.reader.has_read, timeout=LONG)
    choose(page, 1, "eyes-nose-mouth")
    click(page, page.library_actions.part)
    wait_message(qtbot, page, "is the part now")
    choose(page, 0, "caricature")
    monkeypatch.setattr(ModelCache, "generator", unreadable)
    click(page, page.library_actions.source)
    wait_message(qtbot, page, "unreadable")
    assert window.controller.request.source == "portrait"


def unreadable(models: ModelCache, name: str) -> object:
    raise LibraryError(f"{name} is unreadable.")


def test_a_conditional_domain_is_used_with_its_class(
    qtbot: QtBot, page: LibraryDialog, shop: Path, preferences: Preferences
) -> None:
    import torch

    from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator
    from ddsgui.stylegan.generator import Generator, GeneratorConfig

    torch.manual_seed(0)
    generator = Generator(GeneratorConfig(16, 8, 8, 2, (8, 8, 8), classes=5))
    path = Library(shop).domain_path("animals")
    save_generator(generator, path, DomainMetadata("animals", "Animals"))
    used: list[str] = []
    page.use_wanted.connect(lambda _, name: used.append(name))
    choose(page, 0, "portrait")
    assert not page.details.class_picker.isVisible()
    page.library_actions.refresh.trigger()
    wait_card(qtbot, page, 0, "animals")
    choose(page, 0, "animals")
    box = page.details.class_picker
    assert box.isVisible() and (box.minimum(), box.maximum()) == (0, 4)
    box.setValue(3)
    click(page, page.library_actions.source)
    assert used == ["animals#3"]
    qtbot.waitUntil(
        lambda: page.current is not None and page.current.card.thumbnail is not None, timeout=LONG
    )
    assert box.value() == 3  # the arriving picture does not change it

    from PySide6.QtGui import QAction

    from ddsgui.qt.mixing.pair_form import PairForm

    form = PairForm(Library(shop), QAction("Swap"), QAction("Seed"), QAction("Paint"))
    qtbot.addWidget(form)
    request = PairRequest("animals#3", "portrait", "", Seed(7))
    with qtbot.assertNotEmitted(form.changed):
        form.show_request(request)
    assert form.request == request and form.source.currentText() == "Animals"
    assert not form.source_class.isHidden() and form.target_class.isHidden()
    with qtbot.waitSignal(form.changed):
        form.source_class.setValue(4)
    assert form.request.source == "animals#4"
    form.take_domain("source", "caricature")
    assert form.request.source == "caricature" and form.source_class.isHidden()
    preferences.save_request(PairRequest("animals#3", "portrait", ""))
    assert preferences.request(Library(shop)).source == "animals#3"


def test_the_library_opens_from_the_window_and_for_dropped_files(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    page = window.dialogs.library_dialog
    assert page is not None
    qtbot.waitUntil(lambda: page.isVisible() and page.controller.reader.has_read, timeout=LONG)
    choose(page, 0, "caricature")
    click(page, page.library_actions.source)
    qtbot.waitUntil(lambda: window.controller.request.source == "caricature", timeout=LONG)
    page.close()
    path = tmp_path / "nothing.pkl"
    path.write_bytes(b"nothing")
    assert drop(window, path)
    wait_message(qtbot, page, "nothing.pkl")
    assert page.isVisible()


def test_domains_cannot_be_used_during_a_run(page: LibraryDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MixController, "running", True)
    page._mix_controller.run_changed.emit()
    choose(page, 0, "caricature")
    assert IN_A_RUN in button(page, page.library_actions.source).toolTip()


# ---- accessibility


def test_every_widget_has_a_name_and_every_action_its_key_and_reason(page: LibraryDialog) -> None:
    keys: list[str] = []
    for command in page.findChildren(Action):
        keys += [key.toString() for key in command.shortcuts()]
        for key in command.shortcuts():
            assert key.toString(key.SequenceFormat.NativeText) in command.toolTip()
        assert command.isEnabled() or "\n" in command.toolTip(), command.text()
    assert len(keys) == len(set(keys))
    for kind in (QAbstractButton, QAbstractSpinBox, QLineEdit, QListView, QTabBar, QTextBrowser):
        for widget in page.findChildren(kind):
            if isinstance(widget, QScrollBar) or widget.objectName().startswith("qt_"):
                continue
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            assert widget.accessibleName() or text, (widget, widget.parent())
    for i in range(page.tabs.list.model().rowCount()):
        description = page.tabs.list.model().index(i, 0).data(Qt.ItemDataRole.AccessibleTextRole)
        assert "domain, bundled, 16 × 16 px" in description


@pytest.mark.parametrize("size", [(720, 460), (900, 600), (1440, 900)])
def test_nothing_is_cut_off(qtbot: QtBot, page: LibraryDialog, size: tuple[int, int]) -> None:
    screen = page.findChild(OnScreen)
    assert screen is not None
    screen._later.stop()  # the screen of the tests is smaller
    page.resize(*size)
    for tab in range(3):
        page.tabs.bar.setCurrentIndex(tab)
        QApplication.processEvents()
        assert (page.width(), page.height()) == size
        last = page.details.buttons[page.library_actions.page if tab == 2 else page.library_actions.verify]
        corner = last.mapTo(page, last.rect().bottomRight())
        assert page.rect().contains(corner)
        cell = page.tabs.lists[tab].gridSize().width()
        room = page.tabs.lists[tab].contentsRect().width()
        assert cell * (room // cell) > room - cell and cell <= room
