"""Opening and exporting: dialogs that block nothing, and files written in the engine thread."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from ddsgui.editing.recipe import read_recipe_file
from ddsgui.errors import DdsError
from ddsgui.export.bundle import (
    RESULT,
    Picture,
    bundle_documents,
    bundle_pictures,
    earlier_files,
    replaced_files,
    upscaled_name,
    write_bundle,
)
from ddsgui.export.exports import free_path
from ddsgui.export.options import ExportOptions
from ddsgui.export.registry import FORMATS
from ddsgui.images import read_image, read_latent
from ddsgui.library.part_choice import part_choices
from ddsgui.paths import write_all
from ddsgui.picture_file import is_picture
from ddsgui.project.run import Run
from ddsgui.qt.canvas.upscaling import Upscaling
from ddsgui.qt.core.controller import MixController, OpenedResult
from ddsgui.qt.core.engine import Task
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.export.exports import Exports
from ddsgui.qt.widgets.drop import UPSCALER_SUFFIXES
from ddsgui.synthesis.latents import LatentSource, Seed, StoredLatent

if TYPE_CHECKING:
    from ddsgui.synthesis.upscaler import Upscaler

GIF, UPSCALED_GIF = "GIF animation (*.gif)", "GIF animation, {upscaled} (*.gif)"
UPSCALERS = f"Upscalers ({' '.join(f'*{suffix}' for suffix in UPSCALER_SUFFIXES)})"
MAX_PART_CHARACTERS = 60  # of a suggested name
ALL_FILES = "All files (*)"  # the content of a file says what it is

# Yields the number of frames done and of all frames, where there are many; returns the contents of the files by name.
Writing = Generator[tuple[int, int] | None, None, dict[str, bytes]]


class FileActions(QObject):
    """The window's file dialogs, and what they open and save."""

    opened = Signal(object)  # OpenedResult
    done = Signal(str, Path)  # a sentence that names the saved files; their folder
    failed = Signal(str)  # a sentence for the user

    def __init__(
        self,
        window: QWidget,
        controller: MixController,
        preferences: Preferences,
        upscaling: Upscaling,
        result_run: Callable[[], Run | None],
        exports: Exports,
    ) -> None:
        """`result_run` returns the run whose result is exported."""
        super().__init__(window)
        self._window, self._controller, self._result_run = window, controller, result_run
        self._preferences, self._upscaling, self._exports = preferences, upscaling, exports

    @property
    def suggested_name(self) -> str:
        """A name for a file of this mix: its domains, its parts and its seed."""
        session = self._controller.session
        domains = [Path(name).stem for name in (session.source_domain, session.target_domain) if name]
        parts = [_part_text(text) for text in (session.part, session.target_part) if text]
        return "-".join([*domains, *parts, _plain(session.latent)])

    # ---- dialogs

    def ask_gif(self) -> QFileDialog:
        """Ask for the file to save the animation to."""
        title = "Export the run as an animation"
        return self._ask_export(title, "gif", (GIF, UPSCALED_GIF), self.export_gif, upscaled=False)

    def ask_folder(self) -> QFileDialog:
        """Ask for the folder to save all pictures to."""
        title = "Export all pictures to a folder" + (", also upscaled" if self._upscaling.on else "")
        return self._ask(title, {"": self.export_folder}, QFileDialog.FileMode.Directory)

    def ask_upscaler(self) -> QFileDialog:
        """Ask for the file of an upscaler."""
        acts: dict[str, Callable[[Path], None]] = {
            UPSCALERS: self._upscaling.use,
            ALL_FILES: self._upscaling.use,
        }
        return self._ask("Choose an upscaler", acts, QFileDialog.FileMode.ExistingFile)

    # ---- files

    def open(self, path: Path) -> None:
        """Read a result's PNG or a recipe.json and emit its content."""
        try:
            recipe = read_recipe_file(path)
            image = latent = None
            if is_picture(path):
                image, stored = read_image(path), read_latent(path)
                latent = None if stored is None else StoredLatent.from_dict(stored)
            self.opened.emit(OpenedResult(recipe, image, latent, path.name))
        except DdsError as error:
            self.failed.emit(str(error))

    def export_png(self, path: Path, upscaled: bool = False) -> None:
        """Save the result with its recipe and ẑ inside; the upscaled picture's name ends in _x4."""
        if (result := self._exports.result()) is not None:
            self._submit(self._pictures({path.name: result}, upscaled), path.parent, path, saves_result=True)

    def export_folder(self, folder: Path) -> None:
        """Save all pictures, masks and the recipe; upscaled pictures too if the upscaled view is on.

        They replace those of an earlier mix in the folder. Other files of the same names stay: then all pictures go to
        a new folder in there.
        """
        if not earlier_files(folder) and replaced_files(folder) is not None:
            folder = free_path(folder / self.suggested_name)
        session, result = self._controller.session, self._exports.result()
        crossover, recipe = session.crossover(), session.recipe()
        height, width = session.cut(crossover.target_mask).shape
        pictures = bundle_pictures(crossover, (width, height), None)
        if result is not None:  # already without bars, and larger if an upscaled file was opened
            pictures[RESULT] = result
            recipe = result.recipe or recipe
        latent = None if result is None else result.latent

        def writing() -> Writing:
            folder.mkdir(parents=True, exist_ok=True)
            files = yield from self._pictures(pictures, self._upscaling.on)
            return files | bundle_documents(recipe, latent)

        self._submit(writing(), folder, folder, saves_result=result is not None, write=write_bundle)

    def export_gif(self, path: Path, upscaled: bool = False) -> None:
        """Save the frames of the run, with the best one last."""
        self._exports.start(path, FORMATS["gif"], ExportOptions(), upscaled=upscaled)

    def show_folder(self, folder: Path) -> None:
        """Show a folder in the desktop's file manager."""
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(folder)):
            self.failed.emit(f"No program shows folders here. The files are in {folder}.")

    # ---- internals

    def _size(self) -> tuple[int, ...] | None:
        """Return the shape of the shown pictures; an opened file may already be upscaled."""
        sample = self._controller.session.sample
        return None if sample is None else sample.source.shape

    def _pictures(self, pictures: dict[str, Picture], upscaled: bool) -> Writing:
        """Encode each picture as PNG and, if `upscaled`, those in colour upscaled as well."""
        path = self._upscaling.upscaler
        yield
        files = {name: picture.encode() for name, picture in pictures.items()}
        upscaler: Upscaler | None = self._upscaling.jobs.upscaler(path) if upscaled else None
        for name, picture in pictures.items():
            if upscaler is not None and picture.image.ndim == 3 and picture.image.shape == self._size():
                larger = yield from upscaler.upscale_steps(picture.image)
                files[upscaled_name(name, upscaler.scale)] = picture.upscaled(larger).encode()
        return files

    def _submit(
        self,
        writing: Writing,
        folder: Path,
        named: Path,
        saves_result: bool = False,
        write: Callable[[Path, Mapping[str, bytes]], str | None] = write_all,
    ) -> Task:
        """Write files to `folder` and report them as `named` and, for one requested file, those next to it.

        `write` returns the replaced files as a phrase, if that has to be reported.
        """
        run = self._result_run()

        def job() -> Generator[tuple[int, int] | None, None, str]:
            files = yield from writing
            replaced = write(folder, files)
            others = [] if named == folder else [name for name in files if name != named.name]
            sentence = f"Saved {' and '.join([str(named), *others])}"
            return f"{sentence}." if replaced is None else f"{sentence} and replaced {replaced}."

        def written(sentence: str) -> None:
            if saves_result and run is not None:
                run.exported = True
            self.done.emit(sentence, folder)

        task = self._controller.engine.submit(None, job)
        task.returned.connect(written)
        task.failed.connect(self.failed)
        return task

    def _ask_export(
        self,
        title: str,
        suffix: str,
        kinds: tuple[str, str],
        act: Callable[[Path, bool], None],
        upscaled: bool,
    ) -> QFileDialog:
        """Ask for a file's name, raw or upscaled as last time, or else as `upscaled` says."""

        def export(upscaled: bool, path: Path) -> None:
            self._preferences.save_upscaled_export(suffix, upscaled)
            act(path, upscaled)

        last = self._preferences.upscaled_export(suffix)
        raw, larger = kinds
        larger = larger.format(upscaled="upscaled" if self._upscaling.upscaler else "upscaled 4×")
        acts = {raw: partial(export, False), larger: partial(export, True)}
        dialog = self._ask(title, acts, name=f"{self.suggested_name}.{suffix}")
        dialog.selectNameFilter(larger if (upscaled if last is None else last) else raw)
        return dialog

    def _ask(
        self,
        title: str,
        acts: dict[str, Callable[[Path], None]],
        mode: QFileDialog.FileMode = QFileDialog.FileMode.AnyFile,
        name: str = "",
    ) -> QFileDialog:
        """Show a file dialog. `acts` says, for each kind of file offered, what to do with the chosen path."""
        dialog = QFileDialog(self._window, title, str(self._preferences.folder))
        dialog.setNameFilters([kind for kind in acts if kind])
        dialog.setFileMode(mode)
        if mode == QFileDialog.FileMode.AnyFile:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix(Path(name).suffix[1:])
            dialog.selectFile(name)
        first_act = next(iter(acts.values()))
        dialog.fileSelected.connect(
            lambda path: self._act_on(Path(path), acts.get(dialog.selectedNameFilter(), first_act))
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.show()  # not exec(), so that a run continues
        return dialog

    def _act_on(self, path: Path, act: Callable[[Path], None]) -> None:
        self._preferences.folder = path.parent
        act(path)


def _part_text(text: str) -> str:
    """Return parts as text for a file's name: "hair+face" for hair and two classes of face."""
    names = dict.fromkeys(Path(choice.name).stem for choice in part_choices(text))
    return "+".join(names)[:MAX_PART_CHARACTERS]


def _plain(latent: LatentSource) -> str:
    """Return a latent as text for a file's name."""
    return str(latent.value) if isinstance(latent, Seed) else Path(latent.name).stem or "latent"
