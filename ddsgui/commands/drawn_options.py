"""Settings and folder of a drawn domain from the options of `ddsgui adapt --method drawn`."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsgui.errors import TrainingError

if TYPE_CHECKING:
    import torch

    from ddsgui.training.drawn.folder import DrawnFolder, Recipe
    from ddsgui.training.drawn.pairs import Pairs
    from ddsgui.training.drawn.settings import DrawnSettings


@dataclass(frozen=True)
class DrawnPlan:
    """The settings of a drawn domain, and its pictures."""

    settings: DrawnSettings
    what: Recipe | Path  # a painter with its dials, or the folder of redrawn pictures


def new_plan(args: argparse.Namespace) -> DrawnPlan:
    """Return the plan of a new drawn domain. Raises TrainingError on impossible or missing options."""
    from ddsgui.training.drawn.folder import Recipe
    from ddsgui.training.drawn.painters.registry import find_painter, painter_names
    from ddsgui.training.drawn.settings import DrawnSettings

    if args.images is not None:
        raise TrainingError("--images is for --method few-shot. A drawn domain learns --painter or --pairs.")
    if (args.painter is None) == (args.pairs is None):
        names = ", ".join(painter_names())
        raise TrainingError(f"Choose a painter with --painter ({names}), or redrawn pictures with --pairs.")
    if args.source is None:
        raise TrainingError("Choose the domain to start from with --from.")
    painter = None if args.painter is None else find_painter(args.painter)
    known = DrawnSettings().as_dict()
    dials = set() if painter is None else {dial.name for dial in painter.dials}
    settings: dict[str, Any] = {} if args.iterations is None else {"steps": args.iterations}
    values: dict[str, Any] = {}
    for change in args.changes:
        name, _, text = change.partition("=")
        if name not in dials and name not in known:
            raise TrainingError(
                f"There is no setting {name}. Choose from {', '.join(sorted(dials | set(known)))}."
            )
        (values if name in dials else settings)[name] = _parsed(text)
    plan = DrawnSettings.from_dict({**known, **settings})
    if painter is None:
        return DrawnPlan(plan, args.pairs)
    return DrawnPlan(plan, Recipe(painter.name, painter.values(values)))


def new_drawn_folder(
    args: argparse.Namespace, path: Path, plan: DrawnPlan, device: torch.device
) -> DrawnFolder:
    """Create the training of a drawn domain in a folder; with a painter, its pairs are yet to be drawn."""
    from ddsgui.jobs.adaptation_folders import licence_of
    from ddsgui.library.library import Library, split_class
    from ddsgui.training.drawn.folder import DrawnFolder

    source, class_index = Library().domain(args.source), split_class(args.source)[1]
    what = _read_pairs(plan.what, args, device) if isinstance(plan.what, Path) else plan.what
    return DrawnFolder.create(
        path, source, plan.settings, what, args.seed or 0, class_index, licence_of(source)
    )


def draw_pairs(folder: DrawnFolder, device: torch.device) -> None:
    """Draw the pairs, unless they are there, with a bar. If that is refused, the folder is removed."""
    import shutil

    from tqdm import tqdm

    what = ""
    try:
        with tqdm(unit="picture", leave=False, disable=None) as bar:
            for progress in folder.pairs_steps(device):
                if progress.what != what:
                    what = progress.what
                    bar.reset(progress.total)
                    bar.set_description(what.lower(), refresh=False)
                bar.update(progress.done - bar.n)
    except TrainingError:
        shutil.rmtree(folder.path, ignore_errors=True)  # it would fail again
        raise


def write_pairs(args: argparse.Namespace) -> dict[str, Any]:
    """Write the pictures of `--write-pairs` into `--out`, and return the result for --json."""
    from ddsgui.checkpoints.checkpoint import load_generator
    from ddsgui.checkpoints.hashing import file_sha256
    from ddsgui.commands.progress import show_count
    from ddsgui.device import choose
    from ddsgui.library.library import Library, split_class
    from ddsgui.training.drawn.pair_files import write_pairs_steps

    if args.source is None:
        raise TrainingError("Choose the domain whose pictures are written with --from.")
    source, class_index = Library().domain(args.source), split_class(args.source)[1]
    generator = load_generator(source, choose(args.device), class_index=class_index)
    parent = file_sha256(source)
    steps = write_pairs_steps(generator, parent, args.write_pairs, args.out, args.seed or 0)
    show_count(_optional(steps), "writing pairs", "picture")
    return {"out": str(args.out), "pairs": args.write_pairs, "parent": parent}


def _read_pairs(folder: Path, args: argparse.Namespace, device: torch.device) -> Pairs:
    from ddsgui.checkpoints.checkpoint import load_generator
    from ddsgui.checkpoints.hashing import file_sha256
    from ddsgui.commands.progress import show_count
    from ddsgui.library.library import Library, split_class
    from ddsgui.training.drawn.pair_files import read_pairs_steps

    source, class_index = Library().domain(args.source), split_class(args.source)[1]
    generator = load_generator(source, device, class_index=class_index)
    steps = read_pairs_steps(folder, generator, file_sha256(source))
    return show_count(_optional(steps), "reading pairs", "picture")


def _optional(steps: Generator[tuple[int, int], None, Any]) -> Generator[tuple[int, int] | None, None, Any]:
    return (yield from steps)


def _parsed(text: str) -> Any:
    """Return a number if the text is one, with a point or a comma, else the text: a choice of a dial."""
    if re.fullmatch(r"[+-]?\d+,\d+", text):
        text = text.replace(",", ".")
    try:
        return json.loads(text)
    except ValueError:
        return text
