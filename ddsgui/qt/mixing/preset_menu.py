"""The menu of the user's own presets: save, rename, delete, import, export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu, QToolButton

from ddsgui.errors import DdsError
from ddsgui.library.own_presets import SUFFIX, OwnPreset, read_preset, write_preset
from ddsgui.paths import home_folder
from ddsgui.qt.mixing.optimizer_form import OptimizerForm
from ddsgui.qt.widgets.fields import FIELD_HEIGHT_PX
from ddsgui.qt.widgets.icons import icon
from ddsgui.synthesis.blend_settings import BlendSettings
from ddsgui.synthesis.settings import OptimizerSettings

NO_OWN_PRESET = "Choose a preset of your own first."
FILES = f"Presets (*{SUFFIX})"


class PresetMenu(QToolButton):
    """A button next to the choice of presets. Its dialogs block nothing."""

    reported = Signal(str, object)  # a sentence, and a mapping from labels to what they do

    def __init__(self, form: OptimizerForm, blend: Callable[[], BlendSettings]) -> None:
        """blend: returns the settings of the live blend, which a preset holds too."""
        super().__init__()
        self._form, self._blend = form, blend
        self.folder = home_folder()  # of the file dialogs
        self.setFixedHeight(FIELD_HEIGHT_PX)
        self.setIcon(icon("save"))
        self.setText("Presets")
        self.setAccessibleName("My presets")
        self.setToolTip("Save these settings as a preset of your own; rename, delete, import or export one")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.save = self._action(
            "&Save as preset…", "Save the method, the dials and the live blend under a name"
        )
        self.update_it = self._action("&Update preset", "Save the present settings in the chosen preset")
        self.rename = self._action("&Rename preset…", "Give the chosen preset another name")
        self.delete = self._action("&Delete preset", "Delete the chosen preset")
        self.import_it = self._action("&Import preset…", "Add a preset from a file")
        self.export = self._action("&Export preset…", "Save the present settings as a file, to share them")
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for action in (
            self.save,
            self.update_it,
            self.rename,
            self.delete,
            None,
            self.import_it,
            self.export,
        ):
            menu.addSeparator() if action is None else menu.addAction(action)
        self.setMenu(menu)
        menu.aboutToShow.connect(self.follow)
        self.save.triggered.connect(lambda _: self.ask_name())
        self.update_it.triggered.connect(lambda _: self.update_preset())
        self.rename.triggered.connect(lambda _: self.ask_new_name())
        self.delete.triggered.connect(lambda _: self.delete_preset())
        self.import_it.triggered.connect(lambda _: self.ask_import())
        self.export.triggered.connect(lambda _: self.ask_export())
        self.follow()

    def follow(self) -> None:
        """Enable what can be done with the preset that is chosen."""
        reason = NO_OWN_PRESET if self._form.own_preset is None else None
        for action in (self.update_it, self.rename, self.delete):
            action.setEnabled(reason is None)
            action.setToolTip(f"{action.data()}\n{reason}" if reason else action.data())

    # ---- what the actions do

    def save_as(self, name: str) -> None:
        """Save the settings that are shown under a new name, and choose it."""
        name = name.strip()

        def save() -> None:
            self._form.store.add(self._present(name))
            self._show(name)

        self._try(save)

    def update_preset(self) -> None:
        """Save the settings that are shown in the chosen preset."""
        if (own := self._form.own_preset) is not None:

            def update() -> None:
                self._form.store.add(self._present(own.name), replacing=True)
                self._show(own.name)

            self._try(update)

    def rename_to(self, name: str) -> None:
        """Rename the chosen preset; the settings that are shown stay."""
        own = self._form.own_preset
        name = name.strip()
        if own is None or name == own.name:
            return

        def rename() -> None:
            self._form.store.rename(own.name, name)
            self._show(name)

        self._try(rename)

    def delete_preset(self) -> None:
        """Delete the chosen preset, and offer to restore it. The settings that are shown stay."""
        if (own := self._form.own_preset) is None:
            return

        def delete() -> None:
            removed = self._form.store.remove(own.name)
            self._form.offer_presets()
            self.reported.emit(f"The preset {own.name} is deleted.", {"Undo": lambda: self._restore(removed)})

        self._try(delete)

    def import_preset(self, path: Path) -> None:
        """Add the preset of a file, under another name if its own is taken, and choose it."""

        def add() -> None:
            preset = read_preset(path)
            renamed = preset.renamed(self._form.store.free_name(preset.name))
            self._form.store.add(renamed)
            self._form.offer_presets()
            self._form.choose_preset(renamed.name)
            sentence = f"The preset {renamed.name} is in the list."
            self.reported.emit(f"{sentence} {preset.notice}".rstrip(), {})

        self._try(add)

    def export_preset(self, path: Path) -> None:
        """Save the settings that are shown as a file."""

        def write() -> None:
            write_preset(path, self._present(path.stem))
            self.reported.emit(f"Saved {path}.", {})

        self._try(write)

    # ---- dialogs

    def ask_name(self) -> QInputDialog:
        """Ask for the name of a new preset."""
        name = self._form.store.free_name("My preset")
        return self._ask("Save as preset", name, self.save_as)

    def ask_new_name(self) -> QInputDialog | None:
        """Ask for another name of the chosen preset."""
        own = self._form.own_preset
        return None if own is None else self._ask("Rename preset", own.name, self.rename_to)

    def ask_import(self) -> QFileDialog:
        """Ask for the file of a preset."""
        dialog = QFileDialog(self.window(), "Import a preset", str(self.folder), f"{FILES};;All files (*)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        return self._open(dialog, self.import_preset)

    def ask_export(self) -> QFileDialog:
        """Ask where to save the settings as a file."""
        dialog = QFileDialog(self.window(), "Export the preset", str(self.folder), FILES)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX[1:])
        own = self._form.own_preset
        dialog.selectFile(f"{'My preset' if own is None else own.name}{SUFFIX}")
        return self._open(dialog, self.export_preset)

    def _ask(self, title: str, text: str, act: Callable[[str], None]) -> QInputDialog:
        dialog = QInputDialog(self.window())
        dialog.setWindowTitle(title)
        dialog.setLabelText("Name")
        dialog.setTextValue(text)
        dialog.textValueSelected.connect(act)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def _open(self, dialog: QFileDialog, act: Callable[[Path], None]) -> QFileDialog:
        dialog.fileSelected.connect(lambda path: self._act_on(Path(path), act))
        dialog.finished.connect(dialog.deleteLater)
        dialog.show()
        return dialog

    # ---- internals

    def _action(self, text: str, tip: str) -> QAction:
        action = QAction(text, self)
        action.setData(tip)
        action.setToolTip(tip)
        return action

    def _act_on(self, path: Path, act: Callable[[Path], None]) -> None:
        self.folder = path.parent
        act(path)

    def _present(self, name: str) -> OwnPreset:
        return OwnPreset.of(name, self._form.settings, self._blend())

    def _restore(self, removed: OwnPreset) -> None:
        def add() -> None:
            self._form.store.add(removed)
            self._form.offer_presets()

        self._try(add)

    def _show(self, name: str) -> None:
        """Show the settings under a preset's name, and let the session know it."""
        settings: OptimizerSettings = replace(self._form.settings, preset=name)
        self._form.show_settings(settings)
        self._form.offer_presets()
        self._form.settings_changed.emit()

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except DdsError as error:
            self.reported.emit(str(error), {})
