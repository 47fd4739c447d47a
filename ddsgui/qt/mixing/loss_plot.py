"""The loss curves of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ddsgui.project.losses import LossTable
from ddsgui.synthesis.loss_terms import LOSS_TERMS, TOTAL, TOTAL_COLOUR

if TYPE_CHECKING:
    from pyqtgraph import InfiniteLine, PlotDataItem, PlotWidget

REDRAW_MS = 100  # at least, between two redraws
LEFT_MARGIN_PX = 10  # widget pixels, from the button next to the legend
CURVES = {
    TOTAL: TOTAL_COLOUR,
    **{term.name: term.colour for term in LOSS_TERMS.values()},
}  # in the order of LOSSES


class LossPlot(QWidget):
    """The total and every term of the loss on a logarithmic axis. prepare() loads pyqtgraph, which takes a while."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Loss curves")
        self._table = LossTable()
        self._plot: PlotWidget | None = None
        self._curves: dict[str, PlotDataItem] = {}
        self._marker: InfiniteLine | None = None
        self._redraw = QTimer(self, singleShot=True, interval=REDRAW_MS)
        self._redraw.timeout.connect(self._draw)
        self._column = layout = QVBoxLayout(self)
        layout.setContentsMargins(LEFT_MARGIN_PX, 0, 0, 0)
        self._legend = legend = QLabel("Loss   " + "   ".join(_legend(name) for name in CURVES))
        legend.setWordWrap(True)
        legend.setMinimumWidth(1)  # on a narrow screen it is cut off, and the window fits
        legend.hide()  # until there are curves
        layout.addWidget(legend)
        layout.addStretch()  # until there is a plot

    @staticmethod
    def prepare() -> None:
        """Load pyqtgraph, which the first losses need. Call it once the window is visible."""
        import pyqtgraph  # noqa: F401 - is in sys.modules from now on

    def show_losses(self, table: LossTable) -> None:
        """Show the losses of another run."""
        self._table = table
        self.mark(None)
        self._draw()

    def follow(self) -> None:
        """Draw again soon, as the table has grown."""
        if not self._redraw.isActive():
            self._redraw.start()

    def mark(self, iteration: int | None) -> None:
        """Mark an iteration; None marks none."""
        if self._marker is None:
            return
        self._marker.setVisible(iteration is not None)
        if iteration is not None:
            self._marker.setValue(iteration)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._apply_palette()

    def _draw(self) -> None:
        columns = self._table.columns()
        self._legend.setVisible(len(columns) > 0)
        if self._plot is None and len(columns):
            self._build()
        if self._plot is not None:
            self._plot.setVisible(len(columns) > 0)  # empty axes tell nothing
        # A loss of 0, as of an empty mask, has no logarithm and leaves a gap.
        columns[columns <= 0] = np.nan
        for i, name in enumerate(self._curves, start=1):
            self._curves[name].setData(columns[:, 0], columns[:, i], connect="finite")

    def _build(self) -> None:
        """Build the plot, which takes longer than the rest of the timeline."""
        import pyqtgraph

        # No antialiasing while drawing thick lines: Qt strokes those in software, point by point.
        self._plot = plot = pyqtgraph.PlotWidget(enableMenu=False)
        plot.setBackground(None)
        plot.setLogMode(y=True)
        plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        plot.setMouseEnabled(x=False, y=False)
        plot.hideButtons()
        item: Any = plot.getPlotItem()
        plot.destroyed.connect(
            item.ctrlMenu.deleteLater
        )  # a menu without a parent, which would outlive the plot
        plot.setMinimumSize(1, 60)  # a narrow window shows the frames only
        self._curves = {
            name: plot.plot(pen=pyqtgraph.mkPen(colour, width=3 if name == TOTAL else 1))
            for name, colour in CURVES.items()
        }
        self._marker = pyqtgraph.InfiniteLine(angle=90)
        self._marker.hide()
        plot.addItem(self._marker)
        self._column.insertWidget(1, plot, stretch=1)
        self._apply_palette()

    def _apply_palette(self) -> None:
        if self._plot is None:
            return
        text = self.palette().windowText().color()
        item: Any = self._plot.getPlotItem()
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setPen(text)
            axis.setTextPen(text)
        assert self._marker is not None
        self._marker.setPen(self.palette().highlight().color())
        self._plot.resetCachedContent()  # pyqtgraph keeps the background, which here is the window's


def _legend(name: str) -> str:
    return f'<span style="color: {CURVES[name]}">■</span>&nbsp;{name}'
