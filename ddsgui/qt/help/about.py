"""About ddsgui: its version, those of its libraries, and the licences of everything that comes with it."""

from __future__ import annotations

import platform
from importlib import metadata

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QTextBrowser, QVBoxLayout, QWidget

from ddsgui.qt.widgets.screen import OnScreen
from ddsgui.version import __version__

# In the order of docs/dependencies.md, which says why each is needed.
LIBRARIES = {
    "numpy": "BSD-3-Clause",
    "opencv-python-headless": "Apache-2.0",
    "packaging": "Apache-2.0 or BSD-2-Clause",
    "pillow": "MIT-CMU",
    "platformdirs": "MIT",
    "psd-tools": "MIT",
    "psutil": "BSD-3-Clause",
    "pyqtgraph": "MIT",
    "PySide6-Essentials": "LGPL-3.0",
    "qimage2ndarray": "BSD-3-Clause",
    "safetensors": "Apache-2.0",
    "torch": "BSD-3-Clause and Apache-2.0",
    "torchvision": "BSD-3-Clause",
    "tqdm": "MPL-2.0 and MIT",
    "spandrel": "MIT",
    "distributed": "BSD-3-Clause",
    "matplotlib": "Matplotlib licence (BSD-style)",
}
BUNDLED = {
    "Domains, parts and upscaler": "MIT",
    "VGG-16 features": "CC BY 4.0",
    "Networks for landmarks and person masks": "Apache-2.0",
}
METHOD = (
    "Dual-Domain Image Synthesis using Segmentation-Guided GAN, "
    "by Bazazian, Calway and Damen, CVPR Workshops 2022"
)


def about_text() -> str:
    """Return the facts as Markdown."""
    libraries = [
        f"| {name} | {version} | {licence} |"
        for name, licence in LIBRARIES.items()
        if (version := _version(name)) is not None
    ]
    return "\n".join(
        (
            f"**ddsgui {__version__}**, MIT licence  ",
            f"Python {platform.python_version()} on {platform.system()} {platform.machine()}",
            "",
            f"The method: {METHOD}.",
            "",
            "| Library | Version | Licence |",
            "|---|---|---|",
            *libraries,
            "",
            "| Comes with ddsgui | Licence |",
            "|---|---|",
            *(f"| {name} | {licence} |" for name, licence in BUNDLED.items()),
        )
    )


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


class AboutDialog(QDialog):
    """The facts, which can be selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About ddsgui")
        self.text = QTextBrowser(openExternalLinks=True)
        self.text.document().setDocumentMargin(10)
        self.text.setMarkdown(about_text())
        self.text.setAccessibleName("About ddsgui")
        head = QLabel("Mix a face and its caricature, part by part.")
        head.setAlignment(Qt.AlignmentFlag.AlignCenter)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(head)
        column.addWidget(self.text)
        column.addWidget(buttons)
        self.resize(560, 520)
        OnScreen(self)
