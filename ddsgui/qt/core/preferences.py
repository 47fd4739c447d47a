"""The settings that the program remembers until its next start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast, get_args

from PySide6.QtCore import QByteArray, QSettings

from ddsgui.editing.tools.registry import TOOLS
from ddsgui.export.options import ExportOptions
from ddsgui.jobs.mix import PairRequest
from ddsgui.library.bundled import PART, SOURCE, TARGET
from ddsgui.library.library import Entry, Library, without_class
from ddsgui.library.part_choice import part_choices, parts_text
from ddsgui.paths import home_folder
from ddsgui.qt.widgets.theme import Theme

MAX_RECENT_PROJECTS = 10


class Preferences:
    """Typed access to a QSettings; a value that is not valid gives the default."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    @property
    def theme(self) -> Theme:
        name = self._settings.value("theme")
        return cast(Theme, name) if name in get_args(Theme) else "dark"

    @theme.setter
    def theme(self, theme: Theme) -> None:
        self._settings.setValue("theme", theme)

    @property
    def upscaled_view(self) -> bool:
        """True if pictures are shown upscaled; not until the artist has chosen it."""
        return self._choice("crisp/on") is True

    @upscaled_view.setter
    def upscaled_view(self, on: bool) -> None:
        self._settings.setValue("crisp/on", on)

    @property
    def upscaler(self) -> Path | None:
        """The file of the upscaler; None is the built-in one."""
        path = Path(str(self._settings.value("crisp/upscaler", "")))
        return path if path.is_file() else None

    @upscaler.setter
    def upscaler(self, path: Path | None) -> None:
        self._settings.setValue("crisp/upscaler", str(path or ""))

    def upscaled_export(self, kind: str) -> bool | None:
        """Return whether the last file of this kind was saved upscaled; None if there was none."""
        return self._choice(f"crisp/{kind}")

    def save_upscaled_export(self, kind: str, upscaled: bool) -> None:
        self._settings.setValue(f"crisp/{kind}", upscaled)

    @property
    def folder(self) -> Path:
        """The folder of the file that was opened or saved last."""
        folder = str(self._settings.value("folder", ""))
        return Path(folder) if folder and Path(folder).is_dir() else home_folder()

    @folder.setter
    def folder(self, folder: Path) -> None:
        self._settings.setValue("folder", str(folder))

    @property
    def shows_runs(self) -> bool:
        """True if the list of runs is visible."""
        return self._choice("projects/runs") is not False

    @shows_runs.setter
    def shows_runs(self, visible: bool) -> None:
        self._settings.setValue("projects/runs", visible)

    @property
    def comparison(self) -> tuple[str, str, str]:
        """The keys of the two pictures that were compared last, and the mode; "" for none."""
        a, b, mode = (str(self._settings.value(f"compare/{name}", "")) for name in ("a", "b", "mode"))
        return a, b, mode

    @comparison.setter
    def comparison(self, choice: tuple[str, str, str]) -> None:
        for name, value in zip(("a", "b", "mode"), choice, strict=True):
            self._settings.setValue(f"compare/{name}", value)

    @property
    def hints_seen(self) -> bool:
        """True once the artist has seen the hints of the first start, or skipped them."""
        return self._choice("help/hints_seen") is True

    @hints_seen.setter
    def hints_seen(self, seen: bool) -> None:
        self._settings.setValue("help/hints_seen", seen)

    def number(self, name: str, usual: float, low: float, high: float) -> float:
        """Return a number that save_number() wrote, or the usual one if there is none between the limits."""
        try:
            number = float(str(self._settings.value(f"numbers/{name}")))
        except ValueError:
            return usual
        return number if low <= number <= high else usual

    def save_number(self, name: str, number: float) -> None:
        self._settings.setValue(f"numbers/{name}", number)

    def switch(self, name: str, usual: bool) -> bool:
        """Return a switch that save_switch() wrote, or the usual position."""
        on = self._choice(f"switches/{name}")
        return usual if on is None else on

    def save_switch(self, name: str, on: bool) -> None:
        self._settings.setValue(f"switches/{name}", on)

    @property
    def tool(self) -> str:
        """The id of the painting tool chosen last."""
        name = str(self._settings.value("tool", ""))
        return name if name in TOOLS else "brush"

    @tool.setter
    def tool(self, name: str) -> None:
        self._settings.setValue("tool", name)

    @property
    def recent_projects(self) -> list[Path]:
        """The projects that were opened or saved last, the newest first, without files that are gone."""
        value = self._settings.value("projects/recent", [])
        names = value if isinstance(value, list) else [value]
        return [path for name in names if (path := Path(str(name))).is_file()]

    def add_recent_project(self, path: Path) -> None:
        """Put a project at the top of the list."""
        paths = [path, *(p for p in self.recent_projects if p != path)]
        self._settings.setValue("projects/recent", [str(p) for p in paths[:MAX_RECENT_PROJECTS]])

    @property
    def export(self) -> tuple[str, ExportOptions]:
        """The name of the format that was exported last, and its options."""
        try:
            options = json.loads(str(self._settings.value("export/options", "{}")))
        except ValueError:
            options = None
        return str(self._settings.value("export/format", "")), ExportOptions.from_dict(options)

    def save_export(self, name: str, options: ExportOptions) -> None:
        self._settings.setValue("export/format", name)
        self._settings.setValue("export/options", json.dumps(options.as_dict()))

    def document(self, name: str) -> dict[str, Any]:
        """Return what save_document() wrote; {} if there is nothing that can be read."""
        try:
            values = json.loads(str(self._settings.value(f"documents/{name}", "{}")))
        except ValueError:
            return {}
        return values if isinstance(values, dict) else {}

    def save_document(self, name: str, values: dict[str, Any]) -> None:
        self._settings.setValue(f"documents/{name}", json.dumps(values))

    def layout(self, name: str) -> QByteArray | None:
        """Return the saved result of saveGeometry() or saveState(); None if there is none."""
        value = self._settings.value(f"layout/{name}")
        return value if isinstance(value, QByteArray) else None

    def save_layout(self, name: str, state: QByteArray) -> None:
        self._settings.setValue(f"layout/{name}", state)

    def request(self, library: Library) -> PairRequest:
        """Return the domains and parts chosen last, or the usual ones if the library no longer has them."""
        domains, parts = library.domains(), library.parts()
        part = self._parts("part", parts)
        return PairRequest(
            source=self._domain("source", domains, SOURCE, 0),
            target=self._domain("target", domains, TARGET, 1),
            part=_usual(parts, PART, 0) if part is None else part,
            target_part=self._parts("target_part", parts),
        )

    def save_request(self, request: PairRequest) -> None:
        for key in ("source", "target", "part"):
            self._settings.setValue(key, getattr(request, key))
        if request.target_part is None:
            self._settings.remove("target_part")
        else:
            self._settings.setValue("target_part", request.target_part)

    def _choice(self, key: str) -> bool | None:
        return {"true": True, "false": False}.get(str(self._settings.value(key)).lower())

    def _domain(self, key: str, domains: list[Entry], usual: str, fallback: int) -> str:
        """Return the domain chosen last if the library still has it, else the usual one, else any."""
        name = str(self._settings.value(key))
        has_it = without_class(name)[0] in {entry.name for entry in domains}
        return name if has_it else _usual(domains, usual, fallback)

    def _parts(self, key: str, parts: list[Entry]) -> str | None:
        """Return the parts chosen last that the library still has; None if it has none of them."""
        text = self._settings.value(key)
        if not isinstance(text, str):
            return None
        classes = {entry.name: entry.class_names for entry in parts}
        choices = part_choices(text)
        offered = [c for c in choices if c.name in classes and c.fits(classes[c.name])]
        return parts_text(offered) if offered or not choices else None


def _usual(entries: list[Entry], usual: str, fallback: int) -> str:
    """Return the usual name if there is such an entry, else that of another, else ""."""
    names = [entry.name for entry in entries]
    if usual in names:
        return usual
    return names[min(fallback, len(names) - 1)] if names else ""
