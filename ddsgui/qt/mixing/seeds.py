"""Small pictures of neighbouring seeds; a click chooses one."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from ddsgui.jobs.mix import SeedPicture
from ddsgui.qt.widgets.action import Action
from ddsgui.qt.widgets.icons import icon
from ddsgui.qt.widgets.pixmaps import thumbnail
from ddsgui.synthesis.latents import MAX_SEED, MIN_SEED

ROWS, COLUMNS = 2, 4
SEEDS_PER_PAGE = ROWS * COLUMNS
THUMBNAIL_PX = 52  # side, widget pixels


class SeedBar(QWidget):
    """Seeds in pages of eight, so that choosing one does not move the others."""

    seed_chosen = Signal(object)  # int; a Signal(int) ends at 2³¹
    page_wanted = Signal(object)  # range of seeds whose pictures are wanted

    def __init__(self, wall: Action | None = None) -> None:
        """wall: opens the wall of many seeds."""
        super().__init__()
        self._first = 0
        self._seed = 0
        self.drawn: set[int] = set()  # seeds of this page whose pictures are shown
        self._drawn_for: tuple[str, float] | None = None
        self._caption = QLabel()
        self._caption.setWordWrap(True)  # long seeds must not widen the window
        earlier = self._page_button("chevron-left", "Earlier seeds", -SEEDS_PER_PAGE)
        later = self._page_button("chevron-right", "Later seeds", SEEDS_PER_PAGE)
        head = QHBoxLayout()
        head.addWidget(self._caption, stretch=1)
        head.addWidget(earlier)
        head.addWidget(later)
        if wall is not None:
            open_wall = QToolButton(autoRaise=True)
            open_wall.setDefaultAction(wall)
            open_wall.setAccessibleName(wall.iconText())
            open_wall.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            head.addWidget(open_wall)
        grid = QGridLayout()
        grid.setSpacing(2)
        self._buttons = [self._button(i) for i in range(SEEDS_PER_PAGE)]
        for i, button in enumerate(self._buttons):
            grid.addWidget(button, i // COLUMNS, i % COLUMNS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(head)
        layout.addLayout(grid)
        layout.addStretch()
        self._clear()
        self._show_labels()

    @property
    def seeds(self) -> range:
        """The seeds of the page that is shown."""
        return range(self._first, self._first + SEEDS_PER_PAGE)

    def show_seed(self, seed: int | None) -> None:
        """Mark the seed of the source and turn to its page; None, for a stored latent, marks none."""
        self._seed = seed
        self._turn_to(self._first if seed is None else seed // SEEDS_PER_PAGE * SEEDS_PER_PAGE)

    def show_domain(self, domain: str, truncation: float) -> None:
        """Show the seeds of a domain; pictures of another domain or variety are discarded."""
        if self._drawn_for != (domain, truncation):
            self._drawn_for = (domain, truncation)
            self._request_pictures()

    def _request_pictures(self) -> None:
        self._clear()
        self.page_wanted.emit(self.seeds)

    def _clear(self) -> None:
        self.drawn.clear()
        for button in self._buttons:
            blank = QPixmap(THUMBNAIL_PX, THUMBNAIL_PX)
            blank.fill(self.palette().base().color())
            button.setIcon(_never_grey(blank))

    def button(self, seed: int) -> QToolButton:
        """Return the button of a seed of this page."""
        return self._buttons[seed - self._first]

    def show_pictures(self, pictures: tuple[SeedPicture, ...]) -> None:
        """Show those pictures that belong to this page."""
        for picture in pictures:
            if picture.seed in self.seeds:
                pixmap = thumbnail(picture.image, THUMBNAIL_PX, self.devicePixelRatioF())
                self.button(picture.seed).setIcon(_never_grey(pixmap))
                self.drawn.add(picture.seed)

    def allow(self, reason: str | None) -> None:
        """Enable, or disable and say why."""
        for button in self._buttons:
            button.setEnabled(reason is None)
        self._show_labels(reason)

    def _turn_to(self, first: int) -> None:
        first = max(MIN_SEED, min(first, MAX_SEED + 1 - SEEDS_PER_PAGE))
        if first != self._first:
            self._first = first
            self._request_pictures()
        self._show_labels()

    def _show_labels(self, reason: str | None = None) -> None:
        self._caption.setText(f"Seeds {self._first} to {self._first + SEEDS_PER_PAGE - 1}")
        for seed, button in zip(self.seeds, self._buttons, strict=True):
            button.setChecked(seed == self._seed)
            button.setAccessibleName(f"Seed {seed}")
            button.setToolTip(f"Seed {seed}\n{reason}" if reason else f"Seed {seed}")

    def _button(self, index: int) -> QToolButton:
        button = QToolButton(autoRaise=True)
        button.setCheckable(True)
        button.setIconSize(QSize(THUMBNAIL_PX, THUMBNAIL_PX))
        button.setFixedSize(THUMBNAIL_PX + 6, THUMBNAIL_PX + 6)
        button.clicked.connect(lambda: self._choose(index))
        return button

    def _choose(self, index: int) -> None:
        self._show_labels()
        self.seed_chosen.emit(self._first + index)

    def _page_button(self, picture: str, name: str, by: int) -> QToolButton:
        button = QToolButton(autoRaise=True)
        button.setIcon(icon(picture))
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: self._turn_to(self._first + by))
        return button


def _never_grey(pixmap: QPixmap) -> QIcon:
    """Return an icon that a disabled button does not turn grey."""
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Disabled)
    return icon
