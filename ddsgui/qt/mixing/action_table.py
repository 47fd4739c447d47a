"""All actions of the main window, in the order of the menus."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence

from ddsgui.editing.tools.base import ToolSpec
from ddsgui.editing.tools.registry import TOOLS
from ddsgui.qt.canvas.paint_commands import (
    INVERT_KEYS,
    NEW_SEED_KEYS,
    PAINT_COMMANDS,
    REDO_KEYS,
    UNDO_KEYS,
)
from ddsgui.qt.compare.stage import Mode
from ddsgui.qt.mixing.action_spec import Spec
from ddsgui.qt.mixing.project_table import (
    ADD_SPECS,
    FRAME_SPECS,
    PROJECT_SPECS,
    QUEUE_SPECS,
    RUN_SPECS,
    RUNS_VISIBLE,
)
from ddsgui.qt.widgets.action import NO_FRAMES, NO_REDO, NO_UNDO
from ddsgui.qt.widgets.theme import Theme

Standard = QKeySequence.StandardKey
SEPARATOR = None


def _paint(id: str) -> Spec:
    command = PAINT_COMMANDS[id]
    return Spec(
        id,
        command.text,
        command.tip,
        command.keys,
        icon=command.icon,
        slot=lambda t: command.act(t.panes.paint_settings, t.panes.view),
    )


def _tool(tool: ToolSpec) -> Spec:
    return Spec(
        tool.id,
        tool.text,
        tool.tip,
        (tool.key,),
        icon=tool.icon,
        switch=lambda t, _: setattr(t.panes.paint_settings, "tool", tool.id),
        checked=lambda s: s.tool == tool.id,
        group="tools",
    )


def _comparison(mode: Mode, text: str, tip: str, key: str) -> Spec:
    return Spec(
        f"compare_{mode}",
        text,
        tip,
        (key,),
        switch=lambda t, _: t.centre.compare(mode),
        checked=lambda s: s.comparison_mode == mode,
        blocked=lambda s: None if s.shows_comparison else s.without_pictures,
        group="comparison",
        own_keys=True,
    )


def _theme(name: Theme, tip: str) -> Spec:
    return Spec(
        f"theme_{name}",
        f"&{name.capitalize()}",
        tip,
        switch=lambda t, _: t.set_theme(name),
        checked=lambda s: s.theme == name,
        group="themes",
    )


MENUS: dict[str, tuple[Spec | None, ...]] = {
    "&File": (
        *PROJECT_SPECS,
        SEPARATOR,
        Spec(
            "new_domain",
            "&New domain…",
            "Teach a domain the style of 1 to 50 pictures, or what a painter draws",
            ("Ctrl+Shift+N",),
            icon="domain",
            slot=lambda t: t.dialogs.make_domain(),
            blocked=lambda s: None if s.has_domain else "There is no domain to start from.",
        ),
        Spec(
            "library",
            "&Library…",
            "Show, add, remove and download domains and parts",
            ("Ctrl+L",),
            icon="library",
            slot=lambda t: t.dialogs.show_library(),
        ),
        SEPARATOR,
        Spec(
            "export",
            "E&xport…",
            "Export a picture, an animation, a video, layers or a sheet",
            ("Ctrl+Alt+E",),
            icon="export",
            slot=lambda t: t.dialogs.export(t.files.suggested_name),
            blocked=lambda s: s.without_result,
        ),
        Spec(
            "export_png",
            "&Export PNG…",
            "Save the result with its recipe inside",
            ("Ctrl+E",),
            slot=lambda t: t.dialogs.export(t.files.suggested_name, "png"),
            blocked=lambda s: s.without_result,
        ),
        Spec(
            "export_folder",
            "Export &all pictures…",
            "Save all pictures, masks and the recipe to a folder",
            slot=lambda t: t.files.ask_folder(),
            blocked=lambda s: s.without_pictures,
        ),
        Spec(
            "export_gif",
            "Export &GIF…",
            "Save the frames of the run as an animation",
            ("Ctrl+Shift+E",),
            slot=lambda t: t.files.ask_gif(),
            blocked=lambda s: (
                "An export is in progress."
                if s.exporting
                else s.in_a_run or (None if s.frames else NO_FRAMES)
            ),
        ),
        Spec(
            "cancel_export",
            "&Cancel export",
            "Cancel the export that is in progress",
            slot=lambda t: t.exports.cancel(),
            blocked=lambda s: None if s.exporting else "Nothing is being exported.",
        ),
        SEPARATOR,
        Spec("quit", "&Quit", "Close ddsgui", ("Ctrl+Q",), slot=lambda t: t.close()),
    ),
    "&Edit": (
        Spec(
            "undo",
            "&Undo",
            "Undo the last change to a mask",
            UNDO_KEYS,
            icon="undo",
            slot=lambda t: t.controller.undo(),
            blocked=lambda s: None if s.undo_label else NO_UNDO,
            label=lambda s: f"&Undo {s.undo_label}".rstrip(),
        ),
        Spec(
            "redo",
            "&Redo",
            "Redo the change that was undone last",
            REDO_KEYS,
            icon="redo",
            slot=lambda t: t.controller.redo(),
            blocked=lambda s: None if s.redo_label else NO_REDO,
            label=lambda s: f"&Redo {s.redo_label}".rstrip(),
        ),
        SEPARATOR,
        Spec(
            "copy",
            "&Copy result",
            "Copy the result, with its recipe, for other programs",
            (Standard.Copy,),
            slot=lambda t: t.transfer.copy(),
            blocked=lambda s: s.without_result,
        ),
        Spec(
            "paste",
            "&Paste",
            "Paste a mask, in place of the mask painted last, or open a copied result",
            (Standard.Paste,),
            slot=lambda t: t.transfer.paste(),
            blocked=lambda s: s.without_pictures,
        ),
        SEPARATOR,
        Spec(
            "invert",
            "&Invert mask",
            "Invert both masks, or the one painted last if they are not linked",
            INVERT_KEYS,
            icon="invert",
            slot=lambda t: t.controller.invert(t.panes.painted_last),
            blocked=lambda s: s.without_pictures,
        ),
        Spec(
            "clear",
            "&Clear mask",
            "Clear both masks, or the one painted last if they are not linked",
            icon="clear",
            slot=lambda t: t.controller.clear(t.panes.painted_last),
            blocked=lambda s: s.without_pictures,
        ),
        Spec(
            "restore",
            "&Mask of the part",
            "Restore the masks that the part predicted",
            slot=lambda t: t.controller.restore(t.panes.painted_last),
            blocked=lambda s: s.without_pictures,
        ),
        Spec(
            "link",
            "Paint on &both masks",
            "Paint on source and target at once; unlink to paint on one alone",
            ("Shift+L",),
            icon="link",
            switch=lambda t, on: t.controller.set_linked(on),
            checked=lambda s: s.linked,
        ),
        SEPARATOR,
        Spec(
            "new_seed",
            "&New seed",
            "New random people",
            NEW_SEED_KEYS,
            icon="dice",
            slot=lambda t: t.pair.randomize_seed(),
            blocked=lambda s: s.in_a_run,
        ),
        Spec(
            "seed_wall",
            "Seed &wall…",
            "Show source, target and live blend of 24 to 200 seeds at once",
            ("Shift+N",),
            icon="wall",
            slot=lambda t: t.dialogs.show_seed_wall(t.project),
            blocked=lambda s: s.without_pictures,
        ),
        Spec(
            "swap",
            "&Swap source and target",
            "Swap the two domains",
            ("S",),
            icon="swap",
            slot=lambda t: t.controller.swap(),
            blocked=lambda s: s.in_a_run or s.without_pictures,
        ),
    ),
    "&Paint": (
        *map(_tool, TOOLS.values()),
        _paint("swap_tools"),
        SEPARATOR,
        *map(_paint, ("smaller", "larger", "much_smaller", "much_larger")),
        SEPARATOR,
        Spec(
            "pressure",
            "&Pen pressure sets the size",
            "A tablet's pressure sets the brush's size",
            switch=lambda t, on: setattr(t.panes.paint_settings, "pressure_enabled", on),
            checked=lambda s: s.pressure,
        ),
        SEPARATOR,
        Spec(
            "paint_part",
            "Paint a &part…",
            "Teach ddsgui a new part from one painted picture",
            icon="part",
            slot=lambda t: t.dialogs.paint_part(),
            blocked=lambda s: None if s.has_domain else "There is no domain to paint on.",
        ),
    ),
    "&Run": (
        Spec(
            "run",
            "&Run",
            "Search for the result; after a run, continue from its result",
            ("Ctrl+Return", "Ctrl+Enter"),
            icon="run",
            slot=lambda t: t.controller.start_run(),
            blocked=lambda s: (
                s.without_pictures
                or s.while_drawing
                or s.without_masks
                or ("The run is in progress." if s.running and not s.paused else None)
                or (None if s.running else s.mismatch)
            ),
            label=lambda s: "&Continue" if s.paused or (s.continues and not s.running) else "&Run",
        ),
        Spec(
            "run_from_scratch",
            "Run from &scratch",
            "Search again from the start",
            ("Ctrl+Shift+Return", "Ctrl+Shift+Enter"),
            slot=lambda t: t.controller.start_run(from_scratch=True),
            blocked=lambda s: s.in_a_run or s.without_result or s.without_masks or s.mismatch,
        ),
        # A canvas has Space for panning and asks to pause when it is only tapped.
        Spec(
            "pause",
            "&Pause",
            "Pause",
            ("Space",),
            icon="pause",
            switch=lambda t, on: t.controller.set_paused(on),
            blocked=lambda s: s.without_run,
            checked=lambda s: s.paused,
            label=lambda s: "&Paused" if s.paused else "&Pause",
            own_keys=True,
        ),
        Spec(
            "stop",
            "S&top",
            "Stop the run and keep the best result",
            ("Shift+X",),
            icon="cancel",
            slot=lambda t: t.controller.cancel(),
            blocked=lambda s: s.without_run,
        ),
        SEPARATOR,
        *ADD_SPECS,
        SEPARATOR,
        *FRAME_SPECS,
    ),
    "&View": (
        Spec(
            "compare",
            "&Compare with crossover",
            "Show the crossover instead of the result or, in the comparison, B instead of A; hold the key for a glance",
            ("C",),
            icon="compare",
            switch=lambda t, on: t.centre.glance(on),
            blocked=lambda s: None if s.shows_comparison else s.without_pictures,
            checked=lambda s: s.comparing,
            label=lambda s: "&Compare A with B" if s.shows_comparison else "&Compare with crossover",
        ),
        SEPARATOR,
        *map(_paint, ("stronger", "fainter")),
        SEPARATOR,
        *map(_paint, ("fit", "full_size")),
        SEPARATOR,
        Spec(
            "upscaled_view",
            "&Upscaled view",
            "Show the pictures at 4× resolution; masks and results do not change",
            ("U",),
            icon="upscaled-view",
            switch=lambda t, on: t.upscaling.set_on(on),
            checked=lambda s: s.upscaled,
        ),
        Spec(
            "upscaler",
            "Up&scaler…",
            "Choose another network that upscales pictures, or drop one on the window",
            slot=lambda t: t.files.ask_upscaler(),
        ),
        Spec(
            "bundled_upscaler",
            "Use the &built-in upscaler",
            "Use the network that comes with ddsgui again",
            slot=lambda t: t.upscaling.use(None),
            blocked=lambda s: None if s.own_upscaler else "The built-in upscaler is already in use.",
        ),
        SEPARATOR,
        RUNS_VISIBLE,
    ),
    "Co&mpare": (
        Spec(
            "compare_pictures",
            "Compare &pictures",
            "Compare any two pictures, frames or runs in place of the four pictures",
            ("Shift+C",),
            icon="compare-pictures",
            switch=lambda t, on: t.centre.show_comparison(on),
            blocked=lambda s: None if s.shows_comparison else s.without_pictures,
            checked=lambda s: s.shows_comparison,
        ),
        SEPARATOR,
        _comparison("hold", "&Hold", "Show A, and B while the key of Compare is held", "1"),
        _comparison("side", "&Side by side", "Show A and B next to each other", "2"),
        _comparison("wipe", "&Wipe", "Show A on the left of a line and B on its right", "3"),
        _comparison("difference", "&Difference", "Show how far A and B differ", "4"),
        _comparison("blink", "&Blink", "Show A and B in turn", "5"),
        SEPARATOR,
        Spec(
            "compare_swap",
            "E&xchange A and B",
            "Exchange the choices of A and B",
            icon="swap",
            slot=lambda t: t.centre.comparison.swap(),
            blocked=lambda s: None if s.shows_comparison else "No pictures are being compared.",
        ),
    ),
    "&Chosen run": RUN_SPECS,
    "&Queue": QUEUE_SPECS,
    "&Theme": (
        _theme("system", "Follow the desktop's theme"),
        _theme("light", "Dark text on a light background"),
        _theme("dark", "Light text on a dark background"),
    ),
}
MENUS["&Help"] = (
    Spec(
        "guide",
        "&Guide",
        "Open the guide",
        (Standard.HelpContents,),
        slot=lambda t: t.help.show_guide(),
        keys_everywhere=True,
    ),
    Spec(
        "shortcuts",
        "&Keyboard shortcuts",
        "Show all keys, and the gestures on the pictures",
        ("Ctrl+F1",),
        slot=lambda t: t.help.show_shortcuts(),
        keys_everywhere=True,
    ),
    Spec(
        "hints",
        "Show the &hints again",
        "Show the three hints of the first start",
        slot=lambda t: t.help.hints.begin(again=True),
    ),
    SEPARATOR,
    Spec("about", "&About ddsgui", "Show versions and licences", slot=lambda t: t.help.show_about()),
)
SUBMENUS = {"Co&mpare": "&View", "&Theme": "&View", "&Chosen run": "&Run", "&Queue": "&Run"}
SPECS = {spec.id: spec for specs in MENUS.values() for spec in specs if spec is not None}
# In the order of the tool bar; None is a gap.
TOOL_BAR = (
    *TOOLS,
    *(SEPARATOR, "undo", "redo", SEPARATOR, "link", "invert", "clear"),
    *(SEPARATOR, "fit", "compare", "compare_pictures", "upscaled_view"),
)
