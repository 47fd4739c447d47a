"""The model of the runs of a project, their thumbnails, and the filter."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QPixmap

from ddsgui.errors import DdsError
from ddsgui.project.project_run import ProjectRun
from ddsgui.project.run_list import RunRow, run_rows
from ddsgui.qt.core.io_threads import IoThreads
from ddsgui.qt.widgets.pixmaps import thumbnail

ROW_ROLE = int(Qt.ItemDataRole.UserRole)  # of the RunRow
OTHER_ROLE = ROW_ROLE + 1  # of the picture of the other direction
THUMBNAIL_PX = 56  # side, widget pixels
ROOT = QModelIndex()

Index = QModelIndex | QPersistentModelIndex
Thumbnails = dict[int, np.ndarray]  # by the number of the run


class RunModel(QAbstractListModel):
    """One row per run. Thumbnails are read in a thread, since they lie in a file."""

    renamed = Signal(int, str)  # number and new name of a run

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: list[RunRow] = []
        self._threads = IoThreads(self)
        self._pixmaps: dict[int, QPixmap] = {}
        self._requested: set[int] = set()
        self._ratio = 1.0

    def set_runs(self, project_runs: Sequence[ProjectRun], ratio: float) -> None:
        """Show these runs; `ratio` is the screen's device pixel ratio."""
        rows, self._ratio = run_rows(project_runs), ratio
        numbers = {number for row in rows for number in row.numbers}
        self._requested &= numbers
        self._pixmaps = {number: pixmap for number, pixmap in self._pixmaps.items() if number in numbers}
        if [(row.numbers, row.depth) for row in rows] == [(row.numbers, row.depth) for row in self._rows]:
            self._rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
        else:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
        runs = [run for row in rows for run in row.runs]
        if missing := [run for run in runs if run.summary.number not in self._requested]:
            self._requested |= {run.summary.number for run in missing}
            self._threads.submit(partial(_thumbnail_steps, missing)).returned.connect(self._show)

    def forget_thumbnails(self) -> None:
        """Read all thumbnails again, because another project is open."""
        self._pixmaps.clear()
        self._requested.clear()

    def shut_down(self) -> None:
        """End the thread."""
        self._threads.shut_down()

    def row_of(self, number: int | None) -> int | None:
        """Return the row of a run; None if it has none."""
        return next((i for i, row in enumerate(self._rows) if number in row.numbers), None)

    # ---- for views

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.title
            case Qt.ItemDataRole.EditRole:
                return row.run.summary.name
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return row.description
            case Qt.ItemDataRole.DecorationRole:
                return self._pixmaps.get(row.number)
            case _ if role == OTHER_ROLE:
                return None if row.other is None else self._pixmaps.get(row.other.summary.number)
            case _:
                return row if role == ROW_ROLE else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not isinstance(value, str):
            return False
        self.renamed.emit(self._rows[index.row()].number, value.strip())
        return True

    def _show(self, images: Thumbnails) -> None:
        for number, image in images.items():
            if (row := self.row_of(number)) is not None:
                self._pixmaps[number] = thumbnail(image, THUMBNAIL_PX, self._ratio)
                self.dataChanged.emit(self.index(row), self.index(row))


class RunFilter(QSortFilterProxyModel):
    """The runs whose description has all words of the filter."""

    def __init__(self, model: RunModel, parent: QObject) -> None:
        super().__init__(parent)
        self._words: list[str] = []
        self.setSourceModel(model)

    def set_words(self, text: str) -> None:
        """Show the runs that have all words of `text`."""
        self._words = text.lower().split()
        self.setFilterFixedString(text)  # filters all rows again

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        row: RunRow = self.sourceModel().index(source_row, 0).data(ROW_ROLE)
        return row.matches(self._words)


def _thumbnail_steps(runs: Sequence[ProjectRun]) -> Generator[None, None, Thumbnails]:
    """Return the thumbnails that can be read."""
    images: Thumbnails = {}
    for run in runs:
        yield
        try:
            images[run.summary.number] = run.thumbnail()
        except DdsError:
            continue
    return images
