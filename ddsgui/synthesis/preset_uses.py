"""The purpose of every preset, in one line for artists. Quick to import: the help of the command line reads it."""

from __future__ import annotations

PRESET_USES = {
    "live": "at once, without a search",
    "fast": "a good mix in seconds",
    "final": "as near as it gets, in half a minute or more",
    "paper": "as published, to compare with it",
    "official": "as the authors' program does it, in minutes, to compare with it",
}


def preset_help() -> str:
    """Return the presets and their purposes in one line."""
    return "; ".join(f"{name}: {use}" for name, use in PRESET_USES.items())
