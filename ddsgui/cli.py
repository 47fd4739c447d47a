"""The command line: without a verb it opens the window; a verb does its work and prints its result.

Exit codes: 0 done, 1 a DdsError (one sentence on stderr), 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Container, Sequence
from pathlib import Path

from ddsgui import paths
from ddsgui.commands import (
    adapt,
    batch,
    convert,
    doctor,
    evaluate,
    inspect,
    library,
    mix,
    render,
    segment,
    show,
    train,
)
from ddsgui.commands.options import INTERRUPTED, WRONG_USAGE, VerbResult, add_library
from ddsgui.errors import DdsError, UsageError
from ddsgui.terminal import print_on_any_terminal
from ddsgui.version import __version__

PROJECT_SUFFIX = ".ddsgui"  # that of project_file, which takes a while to import


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb, or the window, and return the exit code."""
    from ddsgui.device import tune_allocator

    print_on_any_terminal()
    argv = list(sys.argv[1:] if argv is None else argv)
    parser, verbs = _parser()
    project = _project(argv, verbs)
    args = parser.parse_args(argv)
    logging.basicConfig(format="%(message)s", level=logging.WARNING)  # on stderr
    tune_allocator()
    try:
        paths.set_user_data(args.library)
        if args.verb is None:
            return _window(project)
        outcome: VerbResult = args.run(args)
    except DdsError as error:
        return _fail(str(error), WRONG_USAGE if isinstance(error, UsageError) else 1, args)
    except KeyboardInterrupt:
        return _fail("Interrupted.", INTERRUPTED, args)
    try:
        print(json.dumps(outcome.data, indent=2) if args.json else outcome.text, flush=True)
    except BrokenPipeError:  # the reading program, such as head, has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # otherwise Python complains at exit
    return outcome.exit_code


def _project(argv: list[str], verbs: Container[str]) -> Path | None:
    """Take the project's file out of the arguments of the window; None if there is none."""
    if not argv or not argv[-1].lower().endswith(PROJECT_SUFFIX) or any(arg in verbs for arg in argv):
        return None
    return Path(argv.pop())


def _parser() -> tuple[argparse.ArgumentParser, Container[str]]:
    """Return the parser and the names of the verbs."""
    parser = argparse.ArgumentParser(
        prog="ddsgui",
        description="Mix two StyleGAN2 domains, part by part. Without a verb the window opens, "
        "with a project if one is named: ddsgui faces.ddsgui.",
        epilog="ddsgui VERB --help explains a verb and its options.",
    )
    parser.add_argument("--version", action="version", version=f"ddsgui {__version__}")
    add_library(parser)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs")
    for verb in (
        mix,
        batch,
        evaluate,
        show,
        render,
        segment,
        adapt,
        train,
        library,
        inspect,
        convert,
        doctor,
    ):
        verb.add(verbs)
    return parser, verbs.choices


def _window(project: Path | None) -> int:
    if project is not None and not project.is_file():
        raise DdsError(f"There is no file {project}.")
    try:
        from ddsgui.qt.app import run
    except ImportError as error:
        raise DdsError(
            f"The window cannot open: {error}. Run “ddsgui doctor” to find out what is missing."
        ) from error
    return run(project)


def _fail(sentence: str, exit_code: int, args: argparse.Namespace) -> int:
    print(sentence, file=sys.stderr)
    if getattr(args, "json", False):
        print(json.dumps({"error": sentence}))
    return exit_code
