"""The Paint a part dialog: paint a part on one picture, train it, and check it on other pictures."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from ddsgui.editing.session import Session
from ddsgui.editing.tools.registry import TOOLS
from ddsgui.jobs.mix import PairRequest
from ddsgui.jobs.parts import Painting, PartRequest
from ddsgui.qt.canvas.mask_canvas import MaskCanvas
from ddsgui.qt.canvas.paint_settings import PaintSettings
from ddsgui.qt.canvas.shared_view import SharedView
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Channel
from ddsgui.qt.parts.training_panel import TrainingPanel
from ddsgui.qt.widgets.action import NO_REDO, NO_UNDO, Action
from ddsgui.qt.widgets.fields import ChoiceBox
from ddsgui.qt.widgets.icons import icon
from ddsgui.qt.widgets.message_bar import MessageBar
from ddsgui.qt.widgets.seed_box import SeedBox
from ddsgui.rect import Rect
from ddsgui.synthesis.latents import LatentSource, Seed
from ddsgui.synthesis.sample import Sample


class PartDialog(QDialog):
    """A dialog that is not modal, so that a run can continue. Keeps the painting of every picture and trains on all."""

    saved = Signal(str)  # name of a part that is in the library now

    def __init__(
        self, controller: MixController, brush: PaintSettings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Paint a part")
        self._controller, self._brush = controller, brush
        self._paintings: dict[tuple[str, LatentSource], Painting] = {}  # by domain and latent
        self._request = PairRequest()
        self.session = Session()
        self.domain = ChoiceBox("Domain", "The domain to paint on")
        self.seed = SeedBox("Seed", "The picture to paint on")
        self.canvas = MaskCanvas("Paint the part here", SharedView(self), self.session, "source", brush)
        self.panel = TrainingPanel(controller, self._training_request)
        self.message = MessageBar()
        self._tool_actions = {
            tool.id: self._action(tool.text, tool.tip, tool.icon, tool.key) for tool in TOOLS.values()
        }
        self._undo = self._action("Undo", "Undo the last stroke", "undo", "Ctrl+Z")
        self._redo = self._action("Redo", "Redo the last undone stroke", "redo", "Ctrl+Shift+Z", "Ctrl+Y")
        self._lay_out()
        self._connect()
        self._update()

    def begin(self, request: PairRequest) -> None:
        """Show the dialog, the first time with the source picture of the request."""
        if self.session.sample is None:
            self.domain.offer({entry.name: entry.title for entry in self._controller.library.domains()})
            self.domain.show_name(request.source)
            if isinstance(request.latent, Seed):
                self.seed.show_seed(request.latent.value)
            self._request = request
            self._draw()
        self._request = replace(self._request, target=request.target)
        self.show()
        if not self.isActiveWindow():
            self.activateWindow()

    # ---- building

    def _lay_out(self) -> None:
        random_seed = QToolButton()
        random_seed.setIcon(icon("dice"))
        random_seed.setToolTip("Random seed")
        random_seed.setAccessibleName("Random seed")
        random_seed.clicked.connect(self.seed.randomize_seed)
        head = QHBoxLayout()
        head.addWidget(self.domain)
        head.addWidget(self.seed)
        head.addWidget(random_seed)
        head.addStretch()
        for command in (*self._tool_actions.values(), self._undo, self._redo):
            button = QToolButton(autoRaise=True)
            button.setDefaultAction(command)
            head.addWidget(button)
        left = QVBoxLayout()
        left.addLayout(head)
        left.addWidget(self.canvas, stretch=1)
        columns = QHBoxLayout()
        columns.setSpacing(12)
        columns.addLayout(left, stretch=1)
        columns.addWidget(self.panel)
        layout = QVBoxLayout(self)
        layout.addWidget(self.message)
        layout.addLayout(columns)
        self.resize(1000, 640)

    def _action(self, text: str, tip: str, picture: str, *keys: str) -> Action:
        command = Action(self, text, tip, keys)
        command.setIcon(icon(picture))
        self.addAction(command)
        return command

    def _connect(self) -> None:
        self.domain.currentIndexChanged.connect(lambda _: self._draw())
        self.seed.seed_changed.connect(self._draw)
        self.canvas.committed.connect(self._store_painting)
        self._undo.triggered.connect(lambda: self._undo_or_redo(self.session.undo()))
        self._redo.triggered.connect(lambda: self._undo_or_redo(self.session.redo()))
        for tool, command in self._tool_actions.items():
            command.setCheckable(True)
            command.triggered.connect(partial(self._take_tool, tool))
        self._brush.changed.connect(self._show_tool)
        self._show_tool()
        self.panel.failed.connect(self.message.show_message)
        self.panel.saved.connect(self._report_saved)
        self.panel.replace_wanted.connect(self._ask_replace)

    # ---- painting

    def _draw(self) -> None:
        """Draw the picture of the domain and seed in the fields."""
        self._request = replace(self._request, source=self.domain.name, latent=Seed(self.seed.seed))
        alone = replace(self._request, target=self._request.source, part="", target_latent=None)
        self.canvas.set_busy("Loading…")
        task = self._controller.engine.submit(Channel.PART_SAMPLE, partial(self._controller.jobs.pair, alone))
        task.returned.connect(self._load)
        task.failed.connect(self.message.show_message)
        task.ended.connect(partial(self.canvas.set_busy, ""))

    def _load(self, sample: Sample) -> None:
        painted = self._paintings.get((self._request.source, sample.latent))
        self.session.load(sample if painted is None else replace(sample, source_mask=painted.mask))
        self.canvas.refresh()
        self._update()

    def _undo_or_redo(self, rect: Rect | None) -> None:
        if rect is not None:
            self.canvas.refresh(rect)
            self._store_painting()

    def _store_painting(self) -> None:
        """Remember the painting of this picture."""
        sample, mask = (
            self.session.sample,
            self.session.square_mask("source"),
        )  # a segmenter learns on squares
        if sample is not None:
            key = (self._request.source, sample.latent)
            if mask.any():
                self._paintings[key] = Painting(sample.latent, sample.truncation, mask)
            else:
                self._paintings.pop(key, None)
        self._update()

    def _paintings_of_domain(self) -> tuple[Painting, ...]:
        return tuple(p for (domain, _), p in self._paintings.items() if domain == self._request.source)

    def _training_request(self, name: str) -> PartRequest:
        self.message.hide()
        return PartRequest(name, self._request.source, self._request.target, self._paintings_of_domain())

    # ---- answers

    def _ask_replace(self, name: str) -> None:
        self.message.show_message(f"There is already a part {name}.", {"Replace it": self.panel.save_part})

    def _report_saved(self, name: str) -> None:
        self.message.show_message(f"Saved. “{name}” is now in the list of parts.")
        self.saved.emit(name)

    def _take_tool(self, tool: str, _checked: bool = True) -> None:
        self._brush.tool = tool
        self._show_tool()

    def _show_tool(self) -> None:
        for tool, command in self._tool_actions.items():
            command.setChecked(tool == self._brush.tool)

    def _update(self) -> None:
        painted = len(self._paintings_of_domain())
        self.canvas.set_caption(f"{painted} painted" if painted else "")
        self.panel.show_paintings(painted)
        self._undo.allow(None if self.session.can_undo else NO_UNDO)
        self._redo.allow(None if self.session.can_redo else NO_REDO)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.panel.stop()
        super().closeEvent(event)
