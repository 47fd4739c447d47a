"""The gestures of an artist at the window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ddsgui.project.run import Run, RunResult
from ddsgui.qt.canvas.mask_canvas import MaskCanvas
from ddsgui.qt.canvas.pane import Pane
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.widgets.action import Action
from ddsgui.synthesis.settings import OptimizerStep


def at(canvas: MaskCanvas, x: float, y: float) -> QPoint:
    """The point of a canvas at fractions of its picture area."""
    area = canvas.canvas_rect()
    return QPoint(area.x() + round(x * area.width()), area.y() + round(y * area.height()))


def stroke(canvas: MaskCanvas, *points: tuple[float, float]) -> None:
    """Drag over the canvas; points are fractions of its picture area."""
    spots = [at(canvas, x, y) for x, y in points]
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=spots[0])
    for spot in spots[1:]:
        QTest.mouseMove(canvas, spot)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=spots[-1])


def image_on(pane: Pane) -> np.ndarray:
    """Return the image on a pane."""
    assert pane.image is not None
    return pane.image


def action(window: MainWindow, id: str) -> Action:
    """Return an action, up to date with all pending events."""
    QCoreApplication.processEvents()
    return window.mix_actions[id]


def run_of(window: MainWindow) -> Run:
    """Return the run on the timeline."""
    assert window.controller.run is not None
    return window.controller.run


def best_of(window: MainWindow) -> RunResult:
    """Return the result that can be exported."""
    run = window.controller.result_run
    assert run is not None and run.best is not None
    return run.best


def begin_run(qtbot: QtBot, window: MainWindow, iterations: int = 1_000_000) -> list[OptimizerStep]:
    """Start a run and wait for three steps or the last one; return the list to which steps are added.

    The window leaves out steps that it has no time for.
    """
    window.controller.session.settings = replace(window.controller.session.settings, iterations=iterations)
    window.inspector.optimizer.show_settings(window.controller.session.settings)
    steps: list[OptimizerStep] = []
    window.controller.stepped.connect(steps.append)
    action(window, "run").trigger()
    qtbot.waitUntil(
        lambda: len(steps) >= 3 or bool(steps and steps[-1].iteration == iterations), timeout=20_000
    )
    return steps


def add_unlike_domain(library: Path) -> None:
    """Add a domain "large" of 32 pixels, with latents of another size, and its part "face" of two classes."""
    import torch

    from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator
    from ddsgui.stylegan.generator import Generator, GeneratorConfig
    from ddsgui.synthesis.segmenter import PartMetadata, Segmenter, save_segmenter

    torch.manual_seed(2)
    generator = Generator(GeneratorConfig(32, 6, 6, 1, (8, 8, 8, 8)))
    generator.estimate_w_mean()
    save_generator(generator, library / "domains/large.safetensors", DomainMetadata("large", "Large"))
    segmenter = Segmenter(generator.config.layer_channels(), 32, ("left eye", "mouth"), "S")
    save_segmenter(segmenter, library / "parts/face.safetensors", PartMetadata("face", "Face"))


def end_run(qtbot: QtBot, window: MainWindow) -> None:
    if window.controller.running:
        action(window, "stop").trigger()
    qtbot.waitUntil(lambda: not window.controller.running, timeout=10_000)
