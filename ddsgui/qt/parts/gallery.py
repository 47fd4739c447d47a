"""Unpainted pictures with the masks that a trained part predicts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from ddsgui.jobs.parts import TEST_SEEDS
from ddsgui.library.thumbnails import tint
from ddsgui.qt.widgets.pixmaps import thumbnail
from ddsgui.synthesis.sample import Sample

COLUMNS = 4
SIDE_PX = 96  # logical pixels


class PartGallery(QWidget):
    """Eight seeds, each in both domains, with the mask of the part as a tint."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        self.pictures = [QLabel() for _ in range(2 * TEST_SEEDS)]
        for i, label in enumerate(self.pictures):
            label.setFixedSize(SIDE_PX, SIDE_PX)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setAutoFillBackground(True)
            label.setBackgroundRole(label.palette().ColorRole.Base)
            seed, role = divmod(i, 2)
            row, column = divmod(seed, COLUMNS)
            grid.addWidget(label, 2 * row + role, column)

    def show_samples(self, samples: tuple[Sample, ...]) -> None:
        for i, sample in enumerate(sample.visible for sample in samples[:TEST_SEEDS]):
            pairs = ((sample.source, sample.source_mask), (sample.target, sample.target_mask))
            for label, (picture, mask), role in zip(
                self.pictures[2 * i :], pairs, ("source", "target"), strict=False
            ):
                label.setPixmap(thumbnail(tint(picture, mask), SIDE_PX, self.devicePixelRatioF()))
                label.setToolTip(f"{str(sample.latent).capitalize()}, {role}")
                label.setAccessibleName(f"{str(sample.latent).capitalize()}, {role}")

    def clear(self) -> None:
        for label in self.pictures:
            label.clear()
