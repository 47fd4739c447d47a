"""What the program remembers from one time to the next."""

from __future__ import annotations

from pathlib import Path
from typing import cast, get_args

from PySide6.QtCore import QByteArray, QSettings

from ddsgui.library.library import Entry, Library
from ddsgui.qt.jobs import PairRequest
from ddsgui.qt.theme import Theme


class Preferences:
    """Typed access to a QSettings; whatever else stands in there gives the default."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    @property
    def theme(self) -> Theme:
        name = self._settings.value("theme")
        return cast(Theme, name) if name in get_args(Theme) else "system"

    @theme.setter
    def theme(self, theme: Theme) -> None:
        self._settings.setValue("theme", theme)

    @property
    def folder(self) -> Path:
        """Where a file was opened or written last."""
        folder = Path(str(self._settings.value("folder", "")))
        return folder if folder.is_dir() else Path.home()

    @folder.setter
    def folder(self, folder: Path) -> None:
        self._settings.setValue("folder", str(folder))

    def layout(self, name: str) -> QByteArray | None:
        """What saveGeometry() or saveState() gave."""
        value = self._settings.value(f"layout/{name}")
        return value if isinstance(value, QByteArray) else None

    def keep_layout(self, name: str, state: QByteArray) -> None:
        self._settings.setValue(f"layout/{name}", state)

    def request(self, library: Library) -> PairRequest:
        """The domains and the part chosen last, as far as the library still has them."""
        domains = library.domains()
        return PairRequest(
            source=self._offered("source", domains, "portrait", 0),
            target=self._offered("target", domains, "caricature", 1),
            part=self._offered("part", library.parts(), "eyes-nose-mouth", 0),
        )

    def keep_request(self, request: PairRequest) -> None:
        for key in ("source", "target", "part"):
            self._settings.setValue(key, getattr(request, key))

    def _offered(self, key: str, entries: list[Entry], usual: str, otherwise: int) -> str:
        """What was chosen last if it is still there, else the usual one, else any."""
        names = [entry.name for entry in entries]
        for name in (self._settings.value(key), usual):
            if name in names:
                return str(name)
        return names[min(otherwise, len(names) - 1)] if names else ""
