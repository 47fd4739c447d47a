"""Settings and folder of an adaptation from the options of `ddsgui adapt`."""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsgui.commands.drawn_options import DrawnPlan, new_drawn_folder
from ddsgui.commands.drawn_options import new_plan as new_drawn_plan
from ddsgui.commands.options import check_memory
from ddsgui.errors import TrainingError

if TYPE_CHECKING:
    import torch

    from ddsgui.training.domain_folder import DomainFolder
    from ddsgui.training.few_shot.settings import AdaptationSettings

    Plan = AdaptationSettings | DrawnPlan

METHODS = ("few-shot", "drawn")  # the first is the default

log = logging.getLogger(__name__)


def new_plan(args: argparse.Namespace) -> Plan:
    """Return the settings of a new adaptation, or the plan of a drawn domain.

    Raises TrainingError on impossible or missing options.
    """
    from ddsgui.training.few_shot.settings import AdaptationSettings

    if args.method == "drawn":
        return new_drawn_plan(args)
    for option in ("painter", "pairs"):
        if getattr(args, option) is not None:
            raise TrainingError(f"--{option} needs --method drawn.")
    if args.source is None:
        raise TrainingError("Choose the domain to start from with --from.")
    if args.images is None:
        raise TrainingError("Choose the folder or zip of examples with --images.")
    known = AdaptationSettings().as_dict()
    changes: dict[str, Any] = {} if args.iterations is None else {"steps": args.iterations}
    for change in args.changes:
        name, _, value = change.partition("=")
        if name not in known:
            raise TrainingError(f"There is no setting {name}. Choose from {', '.join(sorted(known))}.")
        try:
            changes[name] = value if isinstance(known[name], str) else json.loads(value)
        except ValueError as error:
            raise TrainingError(f"--set {change} needs a number after the =.") from error
    return AdaptationSettings.from_dict({**known, **changes})


def progress_folder(out: Path) -> Path:
    """Return the folder of the adaptation whose domain will be `out`."""
    return out.with_suffix(".progress")


def new_folder(
    args: argparse.Namespace, plan: Plan, device: torch.device
) -> tuple[DomainFolder, dict[str, Any]]:
    """Create a new adaptation, or the training of a drawn domain, next to `out`; return it with the memory it needs.

    If memory is short, the batches are smaller, unless --set gives their size.
    """
    from ddsgui.checkpoints.checkpoint import load_generator
    from ddsgui.library.library import Library, split_class
    from ddsgui.memory import free_memory
    from ddsgui.stylegan.memory_estimate import estimate_drawn
    from ddsgui.training.few_shot.folder import AdaptationFolder
    from ddsgui.training.pictures import read_pictures

    path = progress_folder(args.out)
    if path.exists():
        raise TrainingError(
            f"{path} is an unfinished adaptation. Resume it with --resume, delete it, or choose another --out."
        )
    source, class_index = Library().domain(args.source), split_class(args.source)[1]
    config = load_generator(source, class_index=class_index).config
    if isinstance(plan, DrawnPlan):
        estimate = estimate_drawn(config.as_dict(), plan.settings.batch, plan.settings.pairs)
        memory = check_memory(estimate, device, args.force, "use --set pairs=500")
        return new_drawn_folder(args, path, plan, device), memory
    settings = plan
    examples = read_pictures(args.images, config.resolution, config.picture_size)
    if not any(change.startswith("batch=") for change in args.changes):
        usual, settings = settings.batch, settings.fitting(config.as_dict(), free_memory(device))
        if settings.batch < usual:
            log.warning(
                f"There is only enough memory for batches of {settings.batch} pictures instead of {usual}."
            )
    memory = _memory(args, config.as_dict(), settings.batch, device)
    seed = args.seed or 0
    return AdaptationFolder.create(path, source, settings, examples, seed, class_index), memory


def resumed_folder(args: argparse.Namespace, device: torch.device) -> tuple[DomainFolder, dict[str, Any]]:
    """Return the adaptation next to `out`, with the memory that it needs.

    Raises TrainingError if there is none, or if the options contradict it.
    """
    from ddsgui.checkpoints.hashing import file_sha256
    from ddsgui.jobs.adaptation_folders import open_adaptation
    from ddsgui.library.library import Library, read_entry
    from ddsgui.stylegan.generator_config import GeneratorConfig
    from ddsgui.training.pictures import read_pictures

    folder = open_adaptation(progress_folder(args.out))
    config = read_entry(folder.path / "source.safetensors", "domain").config
    changed = None
    if args.changes or args.seed not in (None, folder.seed):
        changed = "--set or --seed"
    elif args.source is not None and file_sha256(Library().domain(args.source)) != folder.parent:
        changed = "--from"
    elif args.painter is not None or args.pairs is not None:
        changed = "--painter or --pairs"
    elif args.images is not None:
        examples = folder.examples_tensor()
        size = GeneratorConfig.from_dict(config).picture_size
        if not examples.equal(read_pictures(args.images, examples.shape[-1], size)):
            changed = "--images"
    if changed is not None:
        raise TrainingError(f"A resumed adaptation keeps its settings. Leave out {changed}.")
    return folder, _memory(args, config, folder.batch, device)


def _memory(
    args: argparse.Namespace, config: dict[str, Any], batch: int, device: torch.device
) -> dict[str, Any]:
    from ddsgui.stylegan.memory_estimate import estimate_adaptation

    smaller = batch > 2 and not args.resume
    hint = "use --set batch=2" if smaller else "choose a domain of a lower resolution"
    return check_memory(estimate_adaptation(config, batch), device, args.force, hint)
