"""Opening and exporting: dialogs that block nothing, and writing that happens in the engine thread."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from ddsgui.editing.recipe import read_recipe_file
from ddsgui.errors import DdsError
from ddsgui.images import encode_png, read_image, write_png
from ddsgui.paths import write_all
from ddsgui.qt.film import Film
from ddsgui.qt.preferences import Preferences
from ddsgui.qt.studio import Studio

PNG, GIF = "PNG picture (*.png)", "GIF animation (*.gif)"
READABLE = "Results and recipes (*.png *.json)"
GIF_FRAMES = 120  # ten seconds


class Files(QObject):
    """What goes in and out of the window by file."""

    opened = Signal(object, object)  # Recipe; the result it came with (uint8 [H, W, 3]) or None
    done = Signal(str)  # a sentence on what was written
    failed = Signal(str)

    def __init__(self, window: QWidget, studio: Studio, film: Film, preferences: Preferences) -> None:
        super().__init__(window)
        self._window, self._studio, self._film, self._preferences = window, studio, film, preferences

    # ---- asking where

    def ask_open(self) -> QFileDialog:
        return self._ask("Open a result", READABLE, self.open, QFileDialog.FileMode.ExistingFile)

    def ask_png(self) -> QFileDialog:
        return self._ask("Export the result", PNG, self.export_png, name=f"{self._name()}.png")

    def ask_gif(self) -> QFileDialog:
        return self._ask("Export the run as an animation", GIF, self.export_gif, name=f"{self._name()}.gif")

    def ask_folder(self) -> QFileDialog:
        return self._ask(
            "Export all pictures to a folder", "", self.export_folder, QFileDialog.FileMode.Directory
        )

    # ---- doing it

    def open(self, path: Path) -> None:
        """Read a result's PNG, or a recipe.json, and tell of its recipe."""
        try:
            recipe = read_recipe_file(path)
            self.opened.emit(recipe, None if path.suffix.lower() == ".json" else read_image(path))
        except DdsError as error:
            self.failed.emit(str(error))

    def export_png(self, path: Path) -> None:
        """The result with its recipe inside."""
        result, recipe = self._studio.result, self._studio.recipe
        if result is None or recipe is None:
            return

        def write() -> None:
            write_png(path, result.image, recipe.as_dict())

        self._submit(write, path, saves_result=True)

    def export_folder(self, folder: Path) -> None:
        """Source, target, masks, crossover, the result if there is one, and the recipe."""
        crossover, recipe = self._studio.session.crossover(), self._studio.session.recipe().as_dict()
        result, its_recipe = self._studio.result, self._studio.recipe
        pictures = {
            "source": crossover.source,
            "target": crossover.target,
            "source_mask": crossover.source_mask,
            "target_mask": crossover.target_mask,
            "crossover": crossover.image,
        }

        def write() -> None:
            files = {f"{name}.png": encode_png(picture, None) for name, picture in pictures.items()}
            if result is not None and its_recipe is not None:
                files["result.png"] = encode_png(result.image, its_recipe.as_dict())
            files["recipe.json"] = json.dumps(recipe, ensure_ascii=False, indent=2).encode()
            write_all(folder, files)

        self._submit(write, folder, saves_result=result is not None)

    def export_gif(self, path: Path) -> None:
        """The frames of the run, thinned to some seconds, and the best one last."""
        frames = self._film.frames(GIF_FRAMES)
        if self._studio.result is not None:
            frames.append(self._studio.result.image)

        def write() -> None:
            from ddsgui.export.animation import write_gif

            write_gif(path, frames)

        self._submit(write, path)

    # ---- inside

    def _submit(self, write: Callable[[], None], path: Path, saves_result: bool = False) -> None:
        result = self._studio.result

        def job() -> Generator[None, None, bool]:
            yield
            write()
            return True

        def written(_: object) -> None:
            # Another run may have ended meanwhile.
            if saves_result and result is self._studio.result:
                self._studio.exported = True
            self.done.emit(f"Written: {path}")

        task = self._studio.engine.submit(None, job)
        task.returned.connect(written)
        task.failed.connect(self.failed)

    def _ask(
        self,
        title: str,
        kind: str,
        act: Callable[[Path], None],
        mode: QFileDialog.FileMode = QFileDialog.FileMode.AnyFile,
        name: str = "",
    ) -> QFileDialog:
        dialog = QFileDialog(self._window, title, str(self._preferences.folder), kind)
        dialog.setFileMode(mode)
        if mode == QFileDialog.FileMode.AnyFile:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix(Path(name).suffix[1:])
            dialog.selectFile(name)
        dialog.fileSelected.connect(lambda chosen: self._chosen(Path(chosen), act))
        dialog.finished.connect(dialog.deleteLater)
        dialog.show()  # not exec(): a run goes on, and nothing waits
        return dialog

    def _chosen(self, path: Path, act: Callable[[Path], None]) -> None:
        self._preferences.folder = path.parent
        act(path)

    def _name(self) -> str:
        session = self._studio.session
        return "-".join(Path(n).stem for n in (session.source_domain, session.target_domain) if n) + (
            f"-{session.seed}"
        )
