"""The Paint a part dialog: paint a part on one picture, train it, and correct it on other pictures."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from ddsgui.editing.session import Role, Session
from ddsgui.jobs.mix import PairRequest
from ddsgui.jobs.painting import Painting
from ddsgui.jobs.parts import PartRequest, SavedPart
from ddsgui.qt.canvas.mask_canvas import MaskCanvas
from ddsgui.qt.canvas.paint_settings import PaintSettings
from ddsgui.qt.canvas.shared_view import SharedView
from ddsgui.qt.canvas.tool_bar import ToolBar
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Channel
from ddsgui.qt.parts.actions import PartActions
from ddsgui.qt.parts.painted_list import PaintedList
from ddsgui.qt.parts.paintings import Key, PartPaintings
from ddsgui.qt.parts.training_panel import TrainingPanel
from ddsgui.qt.widgets.fields import ChoiceBox
from ddsgui.qt.widgets.message_area import MessageArea
from ddsgui.qt.widgets.message_bar import MessageBar
from ddsgui.qt.widgets.screen import OnScreen
from ddsgui.qt.widgets.seed_box import SeedBox
from ddsgui.rect import Rect
from ddsgui.synthesis.latents import LatentSource, Seed
from ddsgui.synthesis.sample import Sample

SEVERAL_CLASSES = "It has several classes."


class PartDialog(QDialog):
    """A dialog that is not modal, so that a run can continue. Keeps the painting of every picture and trains on all."""

    saved = Signal(str)  # name of a part that is in the library now
    progressed = Signal(str)  # a few words on the training that is under way; "" for none

    def __init__(
        self, controller: MixController, brush: PaintSettings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Paint a part")
        self._controller, self._brush = controller, brush
        self._paintings = PartPaintings()
        self._pair = ("", "")  # the domains of the main window
        self._request = PairRequest()  # for the picture on the canvas
        self.session = Session()
        self.domain = ChoiceBox("Domain", "The domain to paint on")
        self.seed = SeedBox("Seed", "The picture to paint on")
        self._view = SharedView(self)
        self.canvas = MaskCanvas("Paint the part here", self._view, self.session, "source", brush)
        self.painted = PaintedList()
        self.panel = TrainingPanel(controller, self._training_request)
        self.message = MessageBar()
        self.part_actions = self._make_actions()
        self.new = QPushButton("New part")
        self.saved_parts = QPushButton("Edit a saved part")
        self._lay_out()
        self._connect()
        self._update()
        OnScreen(self)

    def begin(self, request: PairRequest) -> None:
        """Show the dialog, the first time with the source picture of the request."""
        self._pair = (request.source, request.target)
        if self.session.sample is None:
            self._offer_domains()
            self.domain.show_name(request.source)
            if isinstance(request.latent, Seed):
                self.seed.show_seed(request.latent.value)
            self._request = request
            self._draw()
        self.show()
        if not self.isActiveWindow():
            self.activateWindow()

    def edit_part(self, name: str) -> None:
        """Open a part of the library to be corrected; what was painted before can be restored."""
        self._put_away(f"Opened {name} in place of the part before.")
        self.panel.open_part(name, *self._pair)

    def begin_new(self) -> None:
        """Start a new part; what was painted before can be restored."""
        self.message.hide()
        self._put_away("Started a new part.")
        self._load_again()

    # ---- building

    def _make_actions(self) -> PartActions:
        session = self.session
        slots = {
            "undo": lambda: self._apply(session.undo()),
            "redo": lambda: self._apply(session.redo()),
            "invert": lambda: self._apply(session.invert("source")),
            "clear": lambda: self._apply(session.clear("source")),
            "new_seed": self.seed.randomize_seed,
            "train": self.panel.train.click,
            "stop": self.panel.cancel.click,
        }
        return PartActions(self, self._brush, self._view, slots)

    def _lay_out(self) -> None:
        random_seed = QToolButton()
        random_seed.setDefaultAction(self.part_actions["new_seed"])
        random_seed.setAccessibleName("New seed")
        self.new.setToolTip("Put this part away and start another one")
        self.saved_parts.setToolTip("Correct a part of the library and train it again")
        head = QHBoxLayout()
        for widget in (self.domain, self.seed, random_seed):
            head.addWidget(widget)
        head.addStretch()
        for button in (self.new, self.saved_parts):
            button.setAutoDefault(False)
            head.addWidget(button)
        tools = ToolBar(self.part_actions.tools(), self._brush)
        canvas = QHBoxLayout()
        canvas.setSpacing(4)
        canvas.addWidget(tools)
        canvas.addWidget(self.canvas, stretch=1)
        MessageArea(self.canvas, self.message)
        left = QVBoxLayout()
        left.addLayout(head)
        left.addLayout(canvas, stretch=1)
        left.addWidget(self.painted)
        columns = QHBoxLayout()
        columns.setSpacing(12)
        columns.addLayout(left, stretch=3)
        columns.addWidget(self.panel, stretch=2)
        layout = QVBoxLayout(self)
        layout.addLayout(columns)
        self.resize(1000, 660)

    def _connect(self) -> None:
        self.domain.currentIndexChanged.connect(lambda _: self._draw_chosen())
        self.seed.seed_changed.connect(self._draw_chosen)
        self.canvas.committed.connect(self._store_painting)
        self.painted.chosen.connect(self._open_painting)
        self.painted.remove_wanted.connect(self._remove)
        self.new.clicked.connect(self.begin_new)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(partial(self._fill_menu, menu))
        self.saved_parts.setMenu(menu)
        panel = self.panel
        panel.failed.connect(self.message.show_message)
        panel.saved.connect(self._report_saved)
        panel.replace_wanted.connect(self._ask_replace)
        panel.gallery.opened.connect(self._correct)
        panel.opened.connect(self._take_saved)
        panel.progressed.connect(self.progressed)

    def _offer_domains(self) -> None:
        self.domain.offer({entry.name: entry.title for entry in self._controller.library.domains()})

    def _fill_menu(self, menu: QMenu) -> None:
        """Offer the parts of the library, the user's own first."""
        menu.clear()
        for entry in sorted(self._controller.library.parts(), key=lambda entry: entry.bundled):
            action = menu.addAction(entry.title, partial(self.edit_part, entry.name))
            if len(entry.class_names) > 1:
                action.setEnabled(False)
                action.setToolTip(SEVERAL_CLASSES)

    # ---- the picture on the canvas

    def _draw_chosen(self) -> None:
        """Draw the picture of the domain and seed in the fields."""
        self._request = replace(self._request, source=self.domain.name, latent=Seed(self.seed.seed))
        self._draw()

    def _draw(self) -> None:
        """Draw the picture of the request."""
        request = self._request
        alone = replace(request, target=request.source, part="", target_latent=None, target_part=None)
        self.canvas.set_busy("Loading…")
        task = self._controller.engine.submit(Channel.PART_SAMPLE, partial(self._controller.jobs.pair, alone))
        task.returned.connect(self._load)
        task.failed.connect(self.message.show_message)
        task.ended.connect(partial(self.canvas.set_busy, ""))

    def _show_picture(self, domain: str, latent: LatentSource, truncation: float) -> None:
        """Draw a picture that was not chosen in the fields, and show it there as well."""
        self.domain.show_name(domain)
        if isinstance(latent, Seed):
            self.seed.show_seed(latent.value)
        self._request = replace(self._request, source=domain, latent=latent, truncation=truncation)
        self._draw()

    def _load(self, sample: Sample) -> None:
        """Show a picture with its painting, with the mask that is to be corrected, or without a mask."""
        mask = self._paintings.mask(self._request.source, sample)
        self.session.load(replace(sample, source_mask=mask))
        self.canvas.refresh()
        self._update()

    def _load_again(self) -> None:
        if (square := self.session.square) is not None:
            self._load(square)

    # ---- painting

    def _apply(self, rect: Rect | None) -> None:
        if rect is not None:
            self.canvas.refresh(rect)
            self._store_painting()

    def _store_painting(self) -> None:
        if (square := self.session.square) is not None:
            # A segmenter learns on squares.
            self._paintings.store(self._request.source, square, self.session.square_mask("source"))
        self._update()

    def _open_painting(self, key: Key) -> None:
        painting = self._paintings.by_key[key]
        self._show_picture(key[0], painting.latent, painting.truncation)

    def _remove(self, key: Key) -> None:
        removed = self._paintings.by_key.pop(key)

        def restore() -> None:
            self._paintings.by_key[key] = removed
            self._load_again()

        self.message.show_message(f"Removed the painting of {key[0]}, {key[1]}.", {"Undo": restore})
        self._load_again()

    def _correct(self, sample: Sample, role: Role) -> None:
        """Show a face of the wall with the mask that was predicted for it."""
        domain = self._pair_of_part()[0 if role == "source" else 1]
        mask = sample.source_mask if role == "source" else sample.target_mask
        self._paintings.predict(domain, sample.latent, mask)
        self._show_picture(domain, sample.latent, sample.truncation)
        self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def _pair_of_part(self) -> tuple[str, str]:
        """Return the two domains that the part is trained and tried on."""
        source, target = self._pair
        domain = self._request.source
        if domain in self._pair and self._are_alike(source, target):
            return source, target
        partner = target if domain == source else source
        return domain, partner if self._are_alike(domain, partner) else domain

    def _are_alike(self, first: str, second: str) -> bool:
        """Return whether a part that was painted on one domain fits another, according to their headers."""
        shapes = {
            entry.name: (entry.config.get("resolution"), entry.config.get("channels"))
            for entry in self._controller.library.domains()
        }
        return first == second or (first in shapes and shapes[first] == shapes.get(second))

    def _paintings_of_part(self) -> dict[Key, Painting]:
        return self._paintings.of_domains(lambda domain: self._are_alike(domain, self._request.source))

    def _training_request(self, name: str) -> PartRequest:
        self.message.hide()
        return PartRequest(name, *self._pair_of_part(), tuple(self._paintings_of_part().values()))

    # ---- another part

    def _put_away(self, sentence: str) -> None:
        """Start without paintings. If there were some, they can be restored."""
        paintings, panel = self._paintings, self.panel
        name, samples, trained = panel.name.text(), panel.gallery.samples, panel.trained

        def restore() -> None:
            self._paintings = paintings
            panel.restore(name, samples, trained)
            self._load_again()

        self._paintings = PartPaintings()
        panel.begin_new()
        if paintings.by_key:
            self.message.show_message(sentence, {"Undo": restore})
        self._update()

    def _take_saved(self, part: SavedPart) -> None:
        """Show the paintings of a part that was opened, and the first of them on the canvas."""
        request = part.request
        self._pair = (request.source, request.target)
        self._offer_domains()
        for painting in request.paintings:
            self._paintings.by_key[painting.domain or request.source, painting.latent] = painting
        self._open_painting(next(iter(self._paintings.by_key)))

    # ---- answers

    def _ask_replace(self, name: str) -> None:
        self.message.show_message(f"There is already a part {name}.", {"Replace it": self.panel.save_part})

    def _report_saved(self, name: str) -> None:
        self.message.show_message(
            f"Saved. “{name}” is now in the list of parts.", {"New part": self.begin_new}
        )
        self.saved.emit(name)

    def _update(self) -> None:
        paintings, square = self._paintings_of_part(), self.session.square
        current = None if square is None else (self._request.source, square.latent)
        self.painted.show_paintings({**paintings}, current)
        self.canvas.set_caption(f"{len(paintings)} painted" if paintings else "")
        self.panel.show_paintings(len(paintings))
        self.part_actions.update(self.session)

    # ---- keys and the end

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give the focus back to the canvas after Return in a field, which has taken its value and left the key."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.panel.stop()
        super().closeEvent(event)
