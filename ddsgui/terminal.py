"""Printing on terminals that cannot show every character."""

from __future__ import annotations

import codecs
import io
import sys

_PLAIN = {
    **{
        "×": "x",
        "…": "...",
        "→": "->",
        "–": "-",
        "—": "-",
        "·": "-",
        "−": "-",
        "ẑ": "z",
        "±": "+-",
        "≥": ">=",
    },
    **dict.fromkeys("“”„«»", '"'),
    **dict.fromkeys("‘’", "'"),
    **{"α": "alpha", "β": "beta", "γ": "gamma", "ψ": "psi"},
}
_ERRORS = "ddsgui.plain"  # the name of the handler


def print_on_any_terminal() -> None:
    """Let stdout and stderr replace what their encoding does not have, so that no message becomes a traceback.

    Names of files that are not UTF-8 are printed with question marks in place of their bytes.
    """
    codecs.register_error(_ERRORS, _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ERRORS)


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(letter, "?") for letter in error.object[error.start : error.end]), error.end
