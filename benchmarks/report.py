"""docs/performance.md and its plots, written from the figures that performance.py has measured."""

from __future__ import annotations

from pathlib import Path
from statistics import mean
from typing import Any

import matplotlib
import numpy as np
import torch

from ddsgui.evaluation.sheet import contact_sheet
from ddsgui.images import read_image, write_png

matplotlib.use("Agg")
from matplotlib import pyplot

Figures = dict[str, dict[str, dict[str, Any]]]

QUALITY = {
    "objective": ("objective", "{:.3f}"),
    "carried": ("carried over", "{:.0%}"),
    "ssim_inside": ("SSIM inside", "{:.3f}"),
    "ssim_outside": ("SSIM outside", "{:.3f}"),
    "psnr_inside": ("PSNR inside", "{:.1f} dB"),
    "psnr_outside": ("PSNR outside", "{:.1f} dB"),
}
WAITING = """## In the window

Two quiet cores, offscreen, 60 moves of the brush or 20 seeds (`benchmarks/painting.py`, `benchmarks/window.py`).

| milliseconds | median | 95th percentile | target |
|---|---|---|---|
| stroke to result pane, 128 px, bundled pair | 6.6 | 8.0 | 20 |
| the same beside a run | 10.2 | 15.4 | 20 |
| the same beside the upscaled view | 7.3 | 9.8 | 20 |
| 256 px, full width, target's last layers | 50 | 61 | 100 |
| 1024 px, full width, target's last layers | 92 | 115 | 400 |
| 256 px, source's last layers | 4.0 | 6.1 | 100 |
| 1024 px, source's last layers | 12 | 18 | 400 |
| a new seed: pair, masks and blend | 158 | 202 | 200 |
| first paint of `python main.py` | 820 | | 1,000 |
| `ddsgui --help` | 126 | | 300 |

On the same cores, a search with `fast` took 7.6 to 8.5 s on the bundled pair, `ddsgui mix` from start to files 10.9 and
11.8 s, and `fast` at 256 px with StyleGAN2's full width 72 s.

![Painting, and the result that follows](images/painting.gif)
"""

NOT_TAKEN = """## Ideas that were not taken

- The live blend in place of the crossover in L_c: 0.601 instead of 0.611 and 0.945 instead of 0.942 on two pairs
  (hair, seeds 101 and 102 of the first bundled domains); a recipe would have to carry the settings of the blend as
  well.
- Crops to the mask's box: the target is compared everywhere outside the part, so the backbone reads the whole picture
  in any case. The comparison itself stays inside each mask's box, a strip at a time.
- Channels last in float32: a forward and a backward pass of VGG-16 at 256 px took 0.61 instead of 0.67 s of processor
  time here, and a fifth more on an earlier processor. In bfloat16 it takes 0.31 instead of 0.39 s, and is used.
- Dividing the latent by its spread in each direction, as Adam does by itself: nothing gained with L-BFGS.
"""

SEARCHES = ("fast", "final", "official")
LIVE = tuple(f"live, target's layers, {depth} px" for depth in (16, 32, 64))
COLUMNS = ("source", "target", "cut and paste", "Poisson", "Laplacian pyramid", *LIVE, *SEARCHES)

HEAD = """# Quality, speed and memory

Written by `python benchmarks/performance.py` from `performance/figures.json`; the text between the tables is in
`benchmarks/report.py`. Two cores ({processor}) without a graphics card, torch {torch}.
The machine is shared and its speed varies, so compare within a table only. Processor seconds are those of one thread;
two threads take 0.6 of them. On a graphics card nothing here has been measured.

The objective is `official`'s total (Eq. 2 to 6) on pictures of 256 px, evaluated in the same way for every picture,
with L_c only where exactly one of y_s and 1 − y_t covers. Carried over is 1 − |x̂ − x_s| / |x_t − x_s| in the eroded
mask. Inside is compared with the source, outside with the target.
"""


def write(figures: Figures, folder: Path, pictures: Path) -> None:
    """Write the page, the plots and a sheet of all that has been measured. pictures: a folder for each case."""
    plots = folder / "performance"
    plots.mkdir(parents=True, exist_ok=True)
    machine = figures["machine"]["measured on"]["processor"]
    processor = f"{machine['name']}, {'with' if machine['bfloat16'] else 'without'} bfloat16"
    sections = [HEAD.format(torch=torch.__version__, processor=processor)]
    if cases := complete(figures.get("quality", {})):
        sections.append(quality(cases))
        if plot_curves(cases, plots / "objective.png"):
            sections.append("![The objective against processor seconds](performance/objective.png)\n")
        if write_sheet(list(cases), pictures, plots / "sheet.png"):
            sections.append(f"A row for each case above; from the left: {'; '.join(COLUMNS)}.\n")
            sections.append("![All ways to mix](performance/sheet.png)\n")
    if ideas := complete(figures.get("ideas", {})):
        sections.append(ideas_table(ideas))
    sections += [NOT_TAKEN, WAITING]
    if speed := figures.get("speed"):
        sections.append(speed_table(speed))
    if growth := figures.get("growth"):
        sections.append(growth_table(growth))
        plot_growth(growth, plots / "growth.png")
        sections.append("![Seconds and memory against the side](performance/growth.png)\n")
    (folder / "performance.md").write_text("\n".join(sections), "utf-8")


def complete(cases: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the cases in which every way was measured."""
    ways = max((len(ways) for ways in cases.values()), default=0)
    return {name: measured for name, measured in cases.items() if len(measured) == ways}


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def quality(cases: dict[str, dict[str, Any]]) -> str:
    """Return the main table, means over all cases, and each search's objective by case."""
    ways = list(next(iter(cases.values())))
    rows = []
    for way in ways:
        row = [way]
        for key, (_, form) in QUALITY.items():
            values = [case[way][key] for case in cases.values()]
            row.append(form.format(mean(values)) if max(values) < 99 else "∞")
        ratios = [case[way]["objective"] / case["official"]["objective"] for case in cases.values()]
        row.append(f"{mean(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
        seconds = [case[way]["processor"] for case in cases.values() if "processor" in case[way]]
        row.append(f"{mean(seconds):.0f} s" if seconds else "")
        rows.append(row)
    head = ["way", *(label for label, _ in QUALITY.values()), "objective / official's", "processor"]
    each = [
        [name, *(f"{case[way]['objective']:.3f}" for way in ("live", *SEARCHES))]
        for name, case in cases.items()
    ]
    return "\n".join(
        [
            f"## Ways to mix\n\nMeans over {len(cases)} cases of the bundled domains.\n",
            table(head, rows),
            "The objective by case:\n",
            table(["case", "live", *SEARCHES], each),
        ]
    )


def ideas_table(cases: dict[str, dict[str, Any]]) -> str:
    """Return what each idea gave."""
    ways = list(next(iter(cases.values())))
    rows = [
        [
            way,
            f"{mean(case[way]['objective'] for case in cases.values()):.3f}",
            f"{mean(case[way]['carried'] for case in cases.values()):.0%}",
            f"{mean(case[way]['processor'] for case in cases.values()):.0f} s",
        ]
        for way in ways
    ]
    title = f"## What each idea of `fast` gave\n\nMeans over {len(cases)} cases.\n"
    return "\n".join([title, table(["search", "objective", "carried over", "processor"], rows)])


def speed_table(speed: dict[str, dict[str, Any]]) -> str:
    """Return seconds of an iteration, ours and plain."""
    sides = [side for side, measured in speed.items() if "failed" not in measured["seconds"]]
    ways = list(speed[sides[0]]["seconds"])
    rows = [[way, *(f"{speed[side]['seconds'][way]:.3f}" for side in sides)] for way in ways]
    for preset in ("paper", "official"):
        ratios = (
            speed[side]["seconds"][f"{preset}, plain"] / speed[side]["seconds"][preset] for side in sides
        )
        rows.append([f"{preset}: plain / ours", *(f"{ratio:.2f}" for ratio in ratios)])
        bounds = (
            speed[side]["seconds"][preset] / speed[side]["seconds"][f"{preset}, as a matrix product"]
            for side in sides
        )
        rows.append([f"{preset}: ours / matrix product", *(f"{ratio:.2f}" for ratio in bounds)])
    text = (
        "## Seconds per iteration\n\nMedians; all ways take turns in one process. Plain reads the fixed pictures again "
        "in every iteration, as the authors' program does, and compares whole tensors. A matrix product is the time of "
        "as many multiply-adds in one product of 1,536 rows. Random weights: the bundled width up to 128 px, "
        "StyleGAN2's at 256 px.\n"
    )
    return "\n".join([text, table(["way", *sides], rows)])


def growth_table(growth: dict[str, dict[str, Any]]) -> str:
    """Return seconds and memory by side."""
    presets = list(next(iter(growth.values())))
    rows = []
    for side, measured in growth.items():
        cells = [measured.get(preset, {}) for preset in presets]
        rows.append(
            [side, *(f"{c['seconds']} s, {c['gigabytes']} GB" if "seconds" in c else "–" for c in cells)]
        )
    text = (
        "## Growth\n\nSeconds of an iteration on one thread (of the whole blend for `live`) and peak memory of a "
        "whole process, Python and torch included (0.3 GB). Narrow domains up to 128 px, StyleGAN2's width from "
        "256 px on.\n"
    )
    return "\n".join([text, table(["side", *presets], rows)])


def plot_curves(cases: dict[str, dict[str, Any]], path: Path) -> bool:
    """Draw the objective of each search, divided by official's last one; return whether there was anything to draw."""
    figure, axes = pyplot.subplots(figsize=(7, 4), dpi=120)
    drawn = False
    for number, way in enumerate(SEARCHES):
        for case in cases.values():
            curve = case[way].get("curve")
            if not curve:
                continue
            drawn = True
            points = [
                *((seconds, total) for _, seconds, total in curve),
                (case[way]["processor"], case[way]["objective"]),
            ]
            seconds, totals = np.array(points).T
            official = case["official"]["objective"]
            axes.plot(seconds, totals / official, color=f"C{number}", alpha=0.35, lw=1)
        axes.plot([], [], color=f"C{number}", label=way)
    axes.axhline(1, color="grey", lw=0.8, ls=":")
    axes.set(xscale="log", yscale="log", xlabel="processor seconds", ylabel="objective / official's at 1,000")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
    return drawn


def write_sheet(cases: list[str], pictures: Path, path: Path) -> bool:
    """Write a sheet with a row for each case; return whether all pictures were there."""
    files = [pictures / case / f"{column}.png" for case in cases for column in COLUMNS]
    if not all(file.is_file() for file in files):
        return False
    write_png(path, contact_sheet(np.stack([read_image(file) for file in files]), len(COLUMNS)))
    return True


def plot_growth(growth: dict[str, dict[str, Any]], path: Path) -> None:
    """Draw seconds and memory against the side."""
    figure, plots = pyplot.subplots(1, 2, figsize=(9, 3.6), dpi=120)
    presets = list(next(iter(growth.values())))
    for axes, key, label in zip(plots, ("seconds", "gigabytes"), ("seconds", "GB"), strict=True):
        for preset in presets:
            points = [
                (int(side.split()[0]), measured[preset][key])
                for side, measured in growth.items()
                if key in measured.get(preset, {})
            ]
            axes.plot([x for x, _ in points], [y for _, y in points], marker="o", label=preset)
        axes.set(xscale="log", yscale="log", xlabel="side, px", ylabel=label)
        axes.set_xticks([64, 128, 256, 512, 1024], ["64", "128", "256", "512", "1024"])
        axes.minorticks_off()
    plots[0].legend()
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)
