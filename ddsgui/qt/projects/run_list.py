"""The list of a project's runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QVBoxLayout,
    QWidget,
)

from ddsgui.project.project_run import ProjectRun
from ddsgui.project.run_list import RunRow
from ddsgui.qt.projects.run_delegate import RunDelegate
from ddsgui.qt.projects.run_model import ROW_ROLE, Index, RunFilter, RunModel
from ddsgui.qt.widgets.context_menu import show_context_menu
from ddsgui.qt.widgets.filter_field import FilterField
from ddsgui.qt.widgets.item_views import SLIM_SCROLL_BAR, paint_placeholder

STYLE = "RunView { background: transparent; border: none; }" + SLIM_SCROLL_BAR
EMPTY = "The runs of this project appear here. Each keeps its masks, settings and frames."
NO_MATCH = "No run has these words."
WIDTH_PX, MIN_WIDTH_PX = 250, 130  # the usual one, and that on a narrow screen
SELECT_KEYS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class RunList(QWidget):
    """Runs with a filter. A click, or Enter, asks to return to a run; a right click offers the actions on it.

    Ctrl or Shift and a click select several.
    """

    run_wanted = Signal(int)  # the number of a run to return to
    chosen = Signal()  # another run is chosen, or none, or others are selected
    renamed = Signal(int, str)

    def __init__(self) -> None:
        super().__init__()
        self.model = RunModel(self)
        self._filter = RunFilter(self.model, self)
        self._actions: list[QAction | None] = []
        self.setMinimumWidth(MIN_WIDTH_PX)
        self.words = FilterField(
            "Filter runs", "Show the runs with these words: a name, a part, a method, a seed, starred"
        )
        self.view = RunView(self._filter)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 4, 6)
        column.addWidget(self.words)
        column.addWidget(self.view, stretch=1)
        self.words.textChanged.connect(self._filter_runs)
        self.view.clicked.connect(self._ask_for_clicked)
        self.view.activated.connect(self._ask_for)
        self.view.current_changed.connect(self.chosen)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.model.renamed.connect(self.renamed)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH_PX, 400)

    @property
    def current_row(self) -> RunRow | None:
        """The chosen row."""
        return self.view.currentIndex().data(ROW_ROLE)

    @property
    def current(self) -> ProjectRun | None:
        """The chosen run; of a row with both directions, the first."""
        row = self.current_row
        return None if row is None else row.run

    @property
    def selected_rows(self) -> list[RunRow]:
        """The selected rows, the chosen one among them."""
        rows: list[RunRow] = [index.data(ROW_ROLE) for index in self.view.selectedIndexes()]
        return sorted(rows, key=lambda row: row.number)

    @property
    def two_numbers(self) -> tuple[int, int] | None:
        """The numbers of the two runs that are selected, or of both directions; None of fewer or more."""
        rows = self.selected_rows
        numbers = rows[0].numbers if len(rows) == 1 else tuple(row.number for row in rows)
        return (numbers[0], numbers[1]) if len(numbers) == 2 else None

    def act_on_two(self, act: Callable[[tuple[int, int]], object]) -> None:
        """Call a function with the numbers of the two selected runs, if there are two."""
        if (numbers := self.two_numbers) is not None:
            act(numbers)

    def show_runs(self, runs: Sequence[ProjectRun]) -> None:
        """Show the runs of the project; keep the choice and the selection."""
        number = None if (run := self.current) is None else run.summary.number
        selected = [row.number for row in self.selected_rows]
        self.model.set_runs(runs, self.devicePixelRatioF())
        self.view.placeholder = NO_MATCH if runs and self.words.text() else EMPTY
        self.choose(number)
        for index in map(self._index, selected):
            self.view.selectionModel().select(index, QItemSelectionModel.SelectionFlag.Select)

    def choose(self, number: int | None) -> None:
        """Choose a run without asking for it; None chooses none. A selection of several with it stays."""
        index, selected = self._index(number), self.view.selectedIndexes()
        if index != self.view.currentIndex() and not (len(selected) > 1 and index in selected):
            self.view.setCurrentIndex(index)
        if index.isValid():
            self.view.scrollTo(index)
        self.chosen.emit()

    def _index(self, number: int | None) -> QModelIndex:
        row = self.model.row_of(number)
        return self._filter.mapFromSource(self.model.index(-1 if row is None else row))

    def rename_current(self) -> None:
        """Let the artist type a name for the chosen run."""
        self.view.edit(self.view.currentIndex())

    def set_actions(self, actions: Sequence[QAction | None]) -> None:
        """Set the actions on the chosen run, for its menu and their keys; None is a gap."""
        self._actions = list(actions)
        self.view.addActions([action for action in actions if action is not None])

    def _ask_for_clicked(self, index: Index) -> None:
        """Ask for the run that was clicked: on the right half of the picture, the other direction."""
        row: RunRow | None = index.data(ROW_ROLE)
        if self.view.pressed_to_select:
            return
        if row is not None and row.other is not None and self.view.pressed_on_other:
            self.run_wanted.emit(row.other.summary.number)
        else:
            self._ask_for(index)

    def _ask_for(self, index: Index) -> None:
        row: RunRow | None = index.data(ROW_ROLE)
        if row is not None:
            self.run_wanted.emit(row.number)

    def _filter_runs(self, text: str) -> None:
        self._filter.set_words(text)
        self.view.placeholder = NO_MATCH if self.model.rowCount() else EMPTY
        self.chosen.emit()

    def _show_menu(self, at: QPoint) -> None:
        if self.current is not None:
            show_context_menu(self.view, self._actions, at)


class RunView(QListView):
    """The list itself."""

    current_changed = Signal()

    def __init__(self, model: RunFilter) -> None:
        super().__init__()
        self.placeholder = EMPTY
        self.pressed_to_select = False  # the last press was with Ctrl or Shift
        self.pressed_on_other = False  # the last press was on the picture of the other direction
        self.setModel(model)
        self._delegate = RunDelegate(self)
        self.setItemDelegate(self._delegate)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)  # the action F2
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMouseTracking(True)
        self.setStyleSheet(STYLE)
        self.setTabKeyNavigation(False)
        self.setAccessibleName("Runs of the project")

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)  # type: ignore[arg-type]
        self.current_changed.emit()

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.current_changed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pressed_to_select = bool(event.modifiers() & SELECT_KEYS)
        at = event.position().toPoint()
        index = self.indexAt(at)
        self.pressed_on_other = index.isValid() and self._delegate.is_on_other(
            self.visualRect(index), index, at
        )
        super().mousePressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.model().rowCount():
            paint_placeholder(self, self.placeholder, margin=16)
