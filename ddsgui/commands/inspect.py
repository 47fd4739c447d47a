"""The verb `ddsgui inspect`: describe a model file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsgui.commands.options import VerbResult, Verbs, add_verb

if TYPE_CHECKING:
    from ddsgui.library.library import Library

_DESCRIBED_KEYS = ("resolution", "crop", "channels", "mapping_layers", "z_dim", "w_dim", "const_size")


def add(verbs: Verbs) -> None:
    """Add the verb and its options."""
    parser = add_verb(
        verbs,
        "inspect",
        run,
        "describe a model file without running anything in it",
        "ddsgui inspect model.pt",
    )
    parser.add_argument("file", metavar="FILE", help="model file, or library name of a domain or part")


def run(args: argparse.Namespace) -> VerbResult:
    """Read a file and report on it."""
    from ddsgui.library.families import related_domains
    from ddsgui.library.library import Library

    library = Library()
    path = _locate(library, args.file)
    from ddsgui.checkpoints.checkpoint import inspect_file
    from ddsgui.device import memory_guard

    with memory_guard():
        data = inspect_file(path).as_dict()
    lines = dict(data)
    if data["kind"] == "domain":
        data["family"] = list(related_domains(library, path))
        lines["configuration"] = _configuration_in_words(data["configuration"])
        lines["shares its latent space with"] = data["family"] or "no known domain in the library"
    return VerbResult(data, "\n".join(_lines(lines)))


def _locate(library: Library, file_or_name: str) -> Path:
    """Return the path of a file, or of the domain or part of this name."""
    if not Path(file_or_name).exists() and file_or_name in {part.name for part in library.parts()}:
        return library.part(file_or_name)
    return library.domain(file_or_name)


def _configuration_in_words(config: dict[str, Any]) -> dict[str, Any]:
    """Return a generator's configuration as labels and words."""
    side, crop, channels = config["resolution"], config.get("crop"), config["channels"]
    return {
        "resolution": f"{side} × {side} px",
        "picture": f"{crop[0]} × {crop[1]} px, in the middle" if crop else None,
        "width": ", ".join(
            f"{width} at {side >> len(channels) - 1 - level}" for level, width in enumerate(channels)
        ),
        "mapping depth": f"{config['mapping_layers']} layers, from {config['z_dim']} to {config['w_dim']} numbers",
        **{key: value for key, value in config.items() if key not in _DESCRIBED_KEYS},
    }


def _lines(data: dict[str, Any], indent: str = "") -> list[str]:
    lines = []
    for key, value in data.items():
        if value in (None, "", {}, (), []):
            continue
        name = f"{indent}{key.replace('_', ' ')}"
        if isinstance(value, dict):
            lines += [f"{name}:", *_lines(value, indent + "  ")]
        else:
            lines.append(
                f"{name}: {', '.join(map(str, value)) if isinstance(value, list | tuple) else value}"
            )
    return lines
