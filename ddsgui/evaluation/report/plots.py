"""Plots of a report, drawn by matplotlib without a display."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from ddsgui.errors import DeviceError

NEEDS_EXTRA = 'A report needs matplotlib: pip install "ddsgui[evaluation]".'
PANEL_INCHES = (4.6, 3.4)
DPI = 110


@dataclass(frozen=True)
class Line:
    """A line of a panel; `style` is matplotlib's."""

    label: str
    xs: Sequence[float]
    ys: Sequence[float]
    style: str = "-"
    colour: int = 0  # number of a colour


@dataclass(frozen=True)
class Panel:
    """One set of axes."""

    title: str
    x_label: str
    y_label: str
    lines: Sequence[Line]
    is_logarithmic: bool = False  # in x
    starts_at_zero: bool = False  # in y


def check_matplotlib() -> None:
    """Raise DeviceError if matplotlib is not installed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise DeviceError(NEEDS_EXTRA) from error


def draw_panels(panels: Sequence[Panel], columns: int = 3) -> bytes:
    """Return panels in rows of `columns`, as a PNG file. Raises DeviceError without matplotlib."""
    check_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    width, height = PANEL_INCHES
    figure = Figure(figsize=(width * columns, height * rows), dpi=DPI, layout="constrained")
    for number, panel in enumerate(panels, 1):
        axes = figure.add_subplot(rows, columns, number)
        for line in panel.lines:
            axes.plot(
                line.xs, line.ys, line.style, label=line.label, color=f"C{line.colour}", marker=".", lw=1.4
            )
        if panel.is_logarithmic:
            axes.set_xscale("log")
            axes.minorticks_off()
            ticks = sorted({x for line in panel.lines for x in line.xs})
            axes.set_xticks(ticks, [f"{x:g}" for x in ticks])
        if panel.starts_at_zero:
            axes.set_ylim(bottom=0)
        axes.set_title(panel.title, fontsize=9, parse_math=False)  # names may have a $
        axes.set_xlabel(panel.x_label, fontsize=8)
        axes.set_ylabel(panel.y_label, fontsize=8)
        axes.tick_params(labelsize=7)
        axes.grid(alpha=0.25)
        for text in axes.legend(fontsize=7).get_texts():
            text.set_parse_math(False)
    file = io.BytesIO()
    FigureCanvasAgg(figure).print_png(file)
    return file.getvalue()
