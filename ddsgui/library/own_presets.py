"""The user's own presets: how to search and how to blend, each a small JSON file that can be shared."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from ddsgui import paths
from ddsgui.errors import DdsError, OptimizerError
from ddsgui.library.library import is_valid_name
from ddsgui.paths import write_beside
from ddsgui.synthesis.blend_settings import BlendSettings
from ddsgui.synthesis.settings import PRESETS, OptimizerSettings
from ddsgui.text import json_text, listing

KIND, VERSION, SUFFIX = "ddsgui preset", 1, ".json"
MAX_FILE_BYTES = 1 << 20
# Of the pair rather than of the way to mix it.
_NOT_SAVED = ("preset", "seed", "truncation", "every", "live")
_KNOWN_KEYS = {"kind", "version", "name", "method", "search", "blend"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OwnPreset:
    """A way to mix, under a name."""

    name: str
    settings: OptimizerSettings  # of the search; for the method "live" it has a blend in `live`
    blend: BlendSettings = field(default_factory=BlendSettings)  # of all parts
    unknown_keys: tuple[str, ...] = ()  # in its file, which this version does not know

    @classmethod
    def of(cls, name: str, settings: OptimizerSettings, blend: BlendSettings) -> OwnPreset:
        """Return a preset of settings, without what belongs to a pair. Raises OptimizerError on a bad name."""
        check_name(name)
        usual = OptimizerSettings()
        plain = replace(
            settings,
            preset=name,
            seed=usual.seed,
            truncation=usual.truncation,
            frame_interval=usual.frame_interval,
            live=(blend,) if settings.live else (),
        )
        return cls(name, plain, blend)

    def renamed(self, name: str) -> OwnPreset:
        """Return the preset under another name. Raises OptimizerError on a bad name."""
        return self.of(name, self.settings, self.blend)

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        search = {key: value for key, value in self.settings.as_dict().items() if key not in _NOT_SAVED}
        return {
            "kind": KIND,
            "version": VERSION,
            "name": self.name,
            "method": "live" if self.settings.live else "search",
            "search": search,
            "blend": self.blend.as_dict(),
        }

    @classmethod
    def from_dict(cls, data: object, name: str = "") -> OwnPreset:
        """Return what as_dict() wrote, under its own name or another one. Keys of later versions are left out.

        Raises OptimizerError on anything else.
        """
        if not isinstance(data, dict) or data.get("kind") != KIND:
            raise OptimizerError("it is not a preset of ddsgui")
        try:
            search, dials, unknown = _known_search(data["search"])
            blend_keys = {f.name for f in fields(BlendSettings)}
            written = dict(data.get("blend") or {})
            unknown += [f"blend.{key}" for key in written if key not in blend_keys]
            blend = BlendSettings.from_dict({k: v for k, v in written.items() if k in blend_keys})
            settings = OptimizerSettings.from_dict({**search, "dials": dials})
            if data.get("method", "search") not in ("live", "search"):
                raise OptimizerError("its method is unknown to this version")
            if data.get("method") == "live":
                settings = replace(settings, live=(blend,))
            unknown += [key for key in data if key not in _KNOWN_KEYS]
            preset = cls.of(name or str(data["name"]), settings, blend)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise OptimizerError("it is damaged") from error
        return replace(preset, unknown_keys=tuple(sorted(map(str, unknown))))

    @property
    def notice(self) -> str:
        """A sentence about what this version leaves out of the preset; "" if it is complete."""
        if not self.unknown_keys:
            return ""
        keys = listing(list(self.unknown_keys))
        return f"{self.name} was saved by a later version: {keys} had to be left out."


def _known_search(written: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Return the settings and weights that this version knows, with the paper's for those missing, and other keys."""
    usual = OptimizerSettings()
    known = replace(
        usual, algorithm="l-bfgs", coarse_iterations=1, enlargement=2, reduced_precision=True, skip_seam=True
    ).as_dict()
    search, dials = usual.as_dict(), dict(usual.as_dict()["dials"])
    unknown: list[str] = []
    for key, value in dict(written).items():
        if key == "dials":
            unknown += [f"dials.{name}" for name in dict(value) if name not in dials]
            dials |= {name: weight for name, weight in dict(value).items() if name in dials}
        elif key in known and key not in _NOT_SAVED:
            search[key] = value
        else:
            unknown.append(key)
    return search, dials, unknown


def check_name(name: str) -> None:
    """Raise OptimizerError unless a preset of one's own can have this name."""
    if name.lower() in PRESETS:
        raise OptimizerError(f"{name} is a built-in preset. Choose another name.")
    if not is_valid_name(name):
        raise OptimizerError(
            f"A preset cannot be called “{name}”. Use letters, digits, spaces and hyphens, 80 at most."
        )


def read_preset(path: Path) -> OwnPreset:
    """Return the preset of a file. Raises OptimizerError, one sentence, if it is something else or damaged."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise OptimizerError("it is not a preset of ddsgui")
        return OwnPreset.from_dict(json.loads(path.read_bytes().decode("utf-8-sig")))
    except OptimizerError as error:
        raise OptimizerError(_unusable(path, str(error))) from error
    except OSError as error:
        raise OptimizerError(_unusable(path, paths.reason_of(error))) from error
    except (ValueError, RecursionError) as error:  # neither UTF-8 nor JSON
        raise OptimizerError(_unusable(path, "it is not a preset of ddsgui")) from error


def write_preset(path: Path, preset: OwnPreset, *, new: bool = False) -> None:
    """Write a preset's file. Raises DdsError if it cannot be written or, with `new`, if there is one."""
    with write_beside(path, new=new) as beside:
        beside.write_text(json_text(preset.as_dict(), indent=2) + "\n", "utf-8")


def _unusable(path: Path, reason: str) -> str:
    return f"{path.name} cannot be used as a preset: {reason.rstrip('.')}."


class PresetStore:
    """The presets in the user's folder. A preset's name is its file's name."""

    def __init__(self, folder: Path | None = None) -> None:
        """folder: by default next to the user's domains and parts."""
        self._folder = folder

    @property
    def folder(self) -> Path:
        """The folder of the presets, which may be missing."""
        return self._folder or paths.user_data() / "presets"

    def presets(self) -> list[OwnPreset]:
        """Return all presets that can be read, sorted by name."""
        presets: list[OwnPreset] = []
        for path in sorted(self.folder.glob(f"*{SUFFIX}")):
            try:
                preset = read_preset(path)
                presets.append(replace(preset.renamed(path.stem), unknown_keys=preset.unknown_keys))
            except OptimizerError as error:
                log.warning("%s", error)
        return presets

    def preset(self, name: str) -> OwnPreset | None:
        """Return a preset by its name; None if there is none."""
        return next((preset for preset in self.presets() if preset.name == name), None)

    def add(self, preset: OwnPreset, *, replacing: bool = False) -> None:
        """Save a preset. Raises DdsError if its name is taken, unless `replacing`, or if it cannot be written."""
        path = self._path(preset.name)
        if path.exists() and not replacing:
            raise OptimizerError(f"There is a preset {preset.name} already. Choose another name.")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DdsError(
                f"{self.folder} cannot be written: {paths.reason_of(error, self.folder)}."
            ) from error
        write_preset(path, preset, new=not replacing)

    def rename(self, name: str, new_name: str) -> OwnPreset:
        """Give a preset another name and return it. Raises DdsError if that is not possible."""
        preset = self._require(name).renamed(new_name)
        self.add(preset)
        self.remove(name)
        return preset

    def remove(self, name: str) -> OwnPreset:
        """Remove a preset and return it, so that add() can restore it. Raises DdsError if that is not possible."""
        preset = self._require(name)
        try:
            self._path(name).unlink()
        except OSError as error:
            raise DdsError(f"{name} cannot be removed: {paths.reason_of(error)}.") from error
        return preset

    def free_name(self, name: str) -> str:
        """Return a name that no preset has: the given one, or with a number."""
        taken = {preset.name for preset in self.presets()}
        number, free = 2, name
        while free in taken:
            number, free = number + 1, f"{name} {number}"
        return free

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}{SUFFIX}"

    def _require(self, name: str) -> OwnPreset:
        preset = self.preset(name)
        if preset is None:
            raise OptimizerError(_missing(name, [preset.name for preset in self.presets()]))
        return preset


def preset_settings(text: str, store: PresetStore | None = None, **changes: Any) -> OptimizerSettings:
    """Return the settings of a built-in preset, one of the user's own, or a preset's file, with changed fields.

    Raises OptimizerError if there is none of this name, or if the file is not a preset.
    """
    if not text or text in PRESETS:
        return OptimizerSettings.from_preset(text, **changes)
    path = paths.expanded(text)
    if text.lower().endswith(SUFFIX):
        preset = read_preset(path)
    else:
        store = store or PresetStore()
        preset = store.preset(text)
        if preset is None:
            raise OptimizerError(_missing(text, [preset.name for preset in store.presets()]))
    if preset.notice:
        log.warning("%s", preset.notice)
    return replace(preset.settings, **changes)


def _missing(name: str, own: Iterable[str]) -> str:
    return f"There is no preset {name}; there are {', '.join((*PRESETS, *own))}."
