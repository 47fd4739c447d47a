"""The result in the clipboard and on the way to other programs, and pictures that come back from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Qt, QTemporaryDir, QUrl, Signal
from PySide6.QtGui import QDrag, QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from ddsgui.editing.session import Role
from ddsgui.errors import DdsError
from ddsgui.export.bundle import Picture
from ddsgui.images import read_recipe
from ddsgui.mask_file import MaskFile, mask_of, read_mask
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.export.exports import Exports
from ddsgui.qt.widgets.pixmaps import thumbnail, to_image, to_rgba

PNG = "image/png"
Choices = Mapping[str, Callable[[], object]]
DRAG_PICTURE_PX = 96
NOTHING_TO_PASTE = "There is no picture in the clipboard."


class Transfer(QObject):
    """Copies, drags and pastes pictures. The result travels as pixels and as a PNG that carries its recipe."""

    reported = Signal(
        str, object
    )  # a sentence for the user, and what can be done next by the text of its button

    def __init__(
        self,
        controller: MixController,
        exports: Exports,
        open_result: Callable[[Path], object],
        name: Callable[[], str],
        role: Callable[[], Role],
    ) -> None:
        """`name` returns a file's name for the result, `role` whose mask a pasted mask replaces."""
        super().__init__(exports)
        self._controller, self._exports = controller, exports
        self._open_result, self._name, self._role = open_result, name, role
        self._folder: QTemporaryDir | None = None  # removed at the end of the program

    def copy(self) -> None:
        """Copy the result to the clipboard."""
        if (result := self._exports.result()) is not None:
            QGuiApplication.clipboard().setMimeData(self._data(result))
            height, width = result.image.shape[:2]
            self._report(f"Copied the result, {width} × {height} pixels, with its recipe.")

    def drag(self, source: QWidget) -> None:
        """Drag the result out of a widget, as a picture and as a file; returns once it is dropped."""
        if (result := self._exports.result()) is None:
            return
        data = self._data(result)
        try:
            path = self._temporary(f"{self._name()}.png")
            path.write_bytes(data.data(PNG).data())
            data.setUrls([QUrl.fromLocalFile(path)])
        except OSError:  # there is no room for the file: programs that take pixels still get them
            pass
        drag = QDrag(source)
        drag.setMimeData(data)
        drag.setPixmap(thumbnail(result.image, DRAG_PICTURE_PX, source.devicePixelRatioF()))
        drag.exec(Qt.DropAction.CopyAction)

    def paste(self) -> None:
        """Open a result from the clipboard, or use a mask in it as the mask that was painted last."""
        data = QGuiApplication.clipboard().mimeData()
        content = bytes(data.data(PNG).data())
        try:
            if files := [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]:
                self._paste_file(files[0])
            elif content and self._paste_result(content):
                return
            elif content or data.hasImage():
                image = data.imageData() if data.hasImage() else QImage.fromData(content)
                self._paste_mask(mask_of(to_rgba(image), self._size, "in the clipboard"))
            else:
                self._report(NOTHING_TO_PASTE)
        except (DdsError, OSError) as error:
            self._report(str(error))

    def use_mask(self, path: Path, class_name: str | None = None) -> None:
        """Use a picture as the mask that was painted last; of a label picture, offer each of its classes."""
        try:
            read = read_mask(path, class_name, self._size)
            choices = {f"Only {number}": partial(self.use_mask, path, str(number)) for number in read.classes}
            self._paste_mask(read, choices)
        except DdsError as error:
            self._report(str(error))

    # ---- internals

    def _paste_file(self, path: Path) -> None:
        if read_recipe(path) is not None:
            self._open(path)
        else:
            self.use_mask(path)

    def _paste_result(self, content: bytes) -> bool:
        """Open a PNG if it is a result; return False if it is another picture."""
        path = self._temporary("clipboard.png")
        path.write_bytes(content)
        if read_recipe(path) is None:
            return False
        self._open(path)
        return True

    def _open(self, path: Path) -> None:
        if self._controller.running:
            raise DdsError("A result cannot be opened during a run. Stop the run first.")
        self._open_result(path)

    def _paste_mask(self, read: MaskFile, choices: Choices | None = None) -> None:
        role = self._role()
        self._controller.paste_mask(role, read.mask)
        self._report(" ".join(filter(None, (f"Pasted the mask of the {role}.", read.note))), choices)

    def _report(self, sentence: str, choices: Choices | None = None) -> None:
        self.reported.emit(sentence, choices)

    @property
    def _size(self) -> tuple[int, int]:
        """The height and width of a mask."""
        height, width = self._controller.session.mask(self._role()).shape
        return height, width

    def _data(self, result: Picture) -> QMimeData:
        data = QMimeData()
        data.setImageData(to_image(result.image))
        data.setData(PNG, result.encode())
        return data

    def _temporary(self, name: str) -> Path:
        if self._folder is None or not self._folder.isValid():
            self._folder = QTemporaryDir()
        return Path(self._folder.path()) / name
