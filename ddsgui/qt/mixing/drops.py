"""Files that are dropped on the main window: each is answered by what it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from ddsgui.jobs.dropped_files import DroppedFile, sort_steps
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.export.transfer import Transfer
from ddsgui.qt.mixing.dialogs import DialogManager
from ddsgui.qt.widgets.drop import FileDrop
from ddsgui.qt.widgets.message_bar import MessageBar
from ddsgui.text import listing

DROP_TEXT = "Drop a project, a result, a model or a picture to use it"
USE_AS_MASK, USE_AS_EXAMPLES = "Use as mask", "Learn a domain from it"
IN_A_RUN = "cannot be opened during a run. Stop the run first"


class Drops(QObject):
    """Sorts files in the engine, acts on them, and says of each what was done.

    `bar` keeps its question until it is answered, whatever else the window has to say.
    """

    def __init__(
        self,
        window: QWidget,
        controller: MixController,
        dialogs: DialogManager,
        transfer: Transfer,
        open_file: Callable[[Path], object],
        use_upscaler: Callable[[Path], object],
    ) -> None:
        super().__init__(window)
        self._controller, self._dialogs, self._transfer = controller, dialogs, transfer
        self._open_file, self._use_upscaler = open_file, use_upscaler
        self.bar = MessageBar()
        self.file_drop = FileDrop(window, DROP_TEXT)
        self.file_drop.dropped.connect(self.take)
        self.file_drop.refused.connect(self.bar.show_message)

    def take(self, paths: list[Path]) -> None:
        """Sort files and act on them."""
        task = self._controller.engine.submit(None, partial(sort_steps, tuple(paths)))
        task.returned.connect(self._answer)
        task.failed.connect(self.bar.show_message)

    def _answer(self, files: tuple[DroppedFile, ...]) -> None:
        self.bar.hide()
        sentences = [file.problem for file in files if file.problem]
        sentences += self._open([file.path for file in files if file.kind in ("project", "result")])
        if models := [file.path for file in files if file.kind == "model"]:
            self._dialogs.add_models(models)
        if upscalers := [file.path for file in files if file.kind == "upscaler"]:
            self._use_upscaler(upscalers[0])
            sentences.append(f"{upscalers[0].name} is the upscaler now.")
            sentences += [
                f"{path.name} was left out: there is one upscaler at a time." for path in upscalers[1:]
            ]
        pictures = [file.path for file in files if file.kind in ("picture", "folder")]
        choices = self._offers(pictures, any(file.kind == "folder" for file in files))
        if pictures:
            what = "What is" if len(pictures) == 1 else "What are"
            sentences.append(f"{what} {listing([path.name for path in pictures])}?")
        if sentences:
            self.bar.show_message(" ".join(sentences), choices)

    def _open(self, paths: list[Path]) -> list[str]:
        """Open the first of these files; return sentences about those that were not opened."""
        if paths and self._controller.running:
            return [f"{listing([path.name for path in paths])} {IN_A_RUN}."]
        if paths:
            self._open_file(paths[0])
        return [f"{path.name} was not opened: one at a time." for path in paths[1:]]

    def _offers(self, pictures: list[Path], has_folder: bool) -> dict[str, Callable[[], object]]:
        choices: dict[str, Callable[[], object]] = {}
        if len(pictures) == 1 and not has_folder and self._controller.session.sample is not None:
            choices[USE_AS_MASK] = partial(self._transfer.use_mask, pictures[0])
        if pictures and self._controller.library.domains():
            choices[USE_AS_EXAMPLES] = partial(self._dialogs.add_examples, pictures)
        return choices
