"""Everything the artist can do, with its keys and its place in the menus."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from ddsgui.qt.widgets.action import Action, Keys
from ddsgui.qt.widgets.icons import icon
from ddsgui.qt.widgets.theme import Theme

Standard = QKeySequence.StandardKey


class Actions:
    """All commands of the window; the window connects them and says when they make sense."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        bar = window.menuBar()
        self._file_menu(bar.addMenu("&File"))
        self._edit_menu(bar.addMenu("&Edit"))
        self._paint_menu(bar.addMenu("&Paint"))
        self._run_menu(bar.addMenu("&Run"))
        self._view_menu(bar.addMenu("&View"))
        for command, picture in {
            self.open: "open",
            self.new_domain: "domain",
            self.library: "library",
            self.export_png: "export",
            self.undo: "undo",
            self.redo: "redo",
            self.invert: "invert",
            self.clear: "clear",
            self.new_seed: "dice",
            self.swap: "swap",
            self.brush: "brush",
            self.eraser: "eraser",
            self.paint_part: "part",
            self.run: "run",
            self.pause: "pause",
            self.cancel: "cancel",
            self.compare: "compare",
            self.fit: "fit",
            self.upscaled_view: "upscaled-view",
        }.items():
            command.setIcon(icon(picture))

    def tools(self) -> list[Action | None]:
        """Those for the hand, in the order of the tool strip; None is a gap."""
        hand, steps = [self.brush, self.eraser], [self.undo, self.redo]
        return [
            *hand,
            None,
            *steps,
            None,
            self.invert,
            self.clear,
            None,
            self.fit,
            self.compare,
            self.upscaled_view,
        ]

    def _file_menu(self, menu: QMenu) -> None:
        self.open = self._add(
            menu, "&Open result…", "Come back to where a result's PNG or recipe was made", Standard.Open
        )
        self.new_domain = self._add(
            menu,
            "&New domain from a few pictures…",
            "Teach a domain the manner of 1 to 50 pictures",
            Standard.New,
        )
        self.library = self._add(
            menu, "&Library…", "See, add, remove and download domains and parts", "Ctrl+L"
        )
        menu.addSeparator()
        self.export_png = self._add(
            menu, "&Export PNG…", "Write the result with its recipe inside", "Ctrl+E", Standard.Save
        )
        self.export_folder = self._add(
            menu, "Export &all pictures…", "Write all pictures, masks and the recipe to a folder"
        )
        self.export_gif = self._add(
            menu, "Export &GIF…", "Write the frames of the run as an animation", "Ctrl+Shift+E"
        )
        self.cancel_export = self._add(
            menu, "&Cancel the export", "Give up the animation that is being written"
        )
        menu.addSeparator()
        self.quit = self._add(menu, "&Quit", "Close ddsgui", "Ctrl+Q")

    def _edit_menu(self, menu: QMenu) -> None:
        self.undo = self._add(menu, "&Undo", "Take back the last change of a mask", "Ctrl+Z")
        self.redo = self._add(menu, "&Redo", "Do it again", "Ctrl+Shift+Z", "Ctrl+Y")
        menu.addSeparator()
        self.invert = self._add(
            menu, "&Invert mask", "Exchange inside and outside of the mask painted last", "Shift+V"
        )
        self.clear = self._add(menu, "&Clear mask", "Empty the mask painted last")
        self.restore = self._add(menu, "&Mask of the part", "Back to the mask that the part found")
        menu.addSeparator()
        self.new_seed = self._add(menu, "&New seed", "Throw the dice for new pictures", "N")
        self.swap = self._add(menu, "&Swap source and target", "Exchange the two domains", "S")

    def _paint_menu(self, menu: QMenu) -> None:
        self.brush = self._add(menu, "&Brush", "Paint the part", "B", checkable=True)
        self.eraser = self._add(menu, "&Eraser", "Erase from the part", "E", checkable=True)
        self._group(self.brush, self.eraser)
        self.swap_tools = self._add(menu, "E&xchange paint and erase", "The other of the two tools", "X")
        menu.addSeparator()
        self.smaller = self._add(menu, "&Smaller brush", "Shrink the brush by a pixel", "[")
        self.larger = self._add(menu, "&Larger brush", "Grow the brush by a pixel", "]")
        self.much_smaller = self._add(menu, "Much smaller", "Shrink the brush by ten pixels", "Shift+[", "{")
        self.much_larger = self._add(menu, "Much larger", "Grow the brush by ten pixels", "Shift+]", "}")
        menu.addSeparator()
        self.pressure = self._add(
            menu, "&Pen pressure sets the size", "A tablet's pressure sets the brush's size", checkable=True
        )
        menu.addSeparator()
        self.paint_part = self._add(
            menu, "Paint a &part…", "Teach ddsgui a new part from one painted picture"
        )

    def _run_menu(self, menu: QMenu) -> None:
        self.run = self._add(
            menu, "&Run", "Search for the result, or go on from the last one", "Ctrl+Return", "Ctrl+Enter"
        )
        self.run_from_scratch = self._add(
            menu, "Run a&fresh", "Search again from the very start", "Ctrl+Shift+Return", "Ctrl+Shift+Enter"
        )
        # Space pans on the canvas: it pauses only where the timeline has the focus.
        self.pause = self._add(menu, "&Pause", "Hold the run; nothing is lost", "Space", checkable=True)
        self.pause.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.cancel = self._add(menu, "&Cancel", "End the run; the best result stays", "Shift+X")

    def _view_menu(self, menu: QMenu) -> None:
        self.compare = self._add(
            menu, "&Compare with crossover", "Show the crossover in place of the result", held="Tab"
        )
        self.compare.setCheckable(True)
        menu.addSeparator()
        self.stronger = self._add(menu, "&Stronger overlay", "Make the masks' tint stronger", "O")
        self.fainter = self._add(menu, "&Fainter overlay", "Make the masks' tint fainter", "I")
        menu.addSeparator()
        self.fit = self._add(menu, "&Fit", "Show whole pictures", "Ctrl+0")
        self.full_size = self._add(menu, "&100 %", "One pixel of the picture on one of the screen", "Ctrl+1")
        menu.addSeparator()
        self.upscaled_view = self._add(
            menu,
            "C&risp",
            "Show the pictures four times as fine; masks and results stay as they are",
            "C",
            checkable=True,
        )
        self.upscaler = self._add(
            menu,
            "Crisp &with…",
            "Choose another network that makes pictures larger, or drop one on the window",
        )
        self.bundled_upscaler = self._add(
            menu, "Crisp with the &bundled network", "Go back to the network that came with ddsgui"
        )
        menu.addSeparator()
        themes = menu.addMenu("&Theme")
        tips: tuple[tuple[Theme, str], ...] = (
            ("system", "As the desktop is"),
            ("light", "Dark text on light ground"),
            ("dark", "Light text on dark ground"),
        )
        self.themes: dict[Theme, Action] = {
            name: self._add(themes, f"&{name.capitalize()}", tip, checkable=True) for name, tip in tips
        }
        self._group(*self.themes.values())

    def _add(
        self, menu: QMenu, text: str, tip: str, *keys: Keys, checkable: bool = False, held: str = ""
    ) -> Action:
        command = Action(self._window, text, tip, keys, held)
        command.setCheckable(checkable)
        menu.setToolTipsVisible(True)
        menu.addAction(command)
        return command

    def _group(self, *commands: Action) -> None:
        group = QActionGroup(self._window)
        for command in commands:
            group.addAction(command)
