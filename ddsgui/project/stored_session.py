"""The state of the artist's session as files of a project: JSON, PNG pictures and masks, and the undo steps."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ddsgui.editing.recipe import Recipe
from ddsgui.editing.session_state import MaskStep, SessionState
from ddsgui.errors import DdsError, ImageError, OptimizerError, ProjectError
from ddsgui.images import decode_png, encode_png
from ddsgui.project.archive import Content, content_bytes
from ddsgui.project.json_text import json_bytes
from ddsgui.project.model_use import ModelUse
from ddsgui.rect import Rect
from ddsgui.synthesis.blend_settings import BlendSettings
from ddsgui.synthesis.sample import Sample

SESSION, UNDO = "session.json", "undo.bin"
SAMPLE_PICTURES = ("source", "target", "source_mask", "target_mask")
OWNERS = "owners"  # a picture of a pair with several parts
PAIR_FOLDER = "pair"  # of the pictures and masks of whole squares, as the generators and the parts gave them
SOURCE_MASK, TARGET_MASK = "source_mask.png", "target_mask.png"  # of the visible pictures, as painted
MAX_UNDO_STEPS = 100_000
MAX_LABEL_CHARACTERS = 200
DAMAGE = (ProjectError, ImageError, OptimizerError)  # but not ArchiveChangedError


def encode_session(
    state: SessionState, shown_run: int | None = None, models: Iterable[ModelUse] = ()
) -> dict[str, Content]:
    """Return the files of a session's state by name.

    shown_run: the number of the run on the timeline. models: the domains and parts in use.
    """
    files: dict[str, Content] = {SESSION: session_document(state, shown_run, models)}
    if state.sample is not None:
        files |= encode_pair(state.sample)
    for name, mask in ((SOURCE_MASK, state.source_mask), (TARGET_MASK, state.target_mask)):
        if mask is not None:
            files[name] = encode_png(mask)
    if pieces := undo_pieces(state):
        files[UNDO] = b"".join(piece.tobytes() for piece in pieces)
    return files


def encode_pair(sample: Sample) -> dict[str, Content]:
    """Return the files of a pair's pictures and of its parts' masks, by name."""
    pictures = {name: getattr(sample, name) for name in SAMPLE_PICTURES}
    if sample.owners is not None:
        pictures[OWNERS] = sample.owners
    return {f"{PAIR_FOLDER}/{name}.png": encode_png(picture) for name, picture in pictures.items()}


def undo_pieces(state: SessionState) -> list[np.ndarray]:
    """Return the arrays whose bytes, in this order, are undo.bin."""
    return [a for step in (*state.done, *state.undone) for a in (step.before, step.after)]


def session_document(
    state: SessionState, shown_run: int | None = None, models: Iterable[ModelUse] = ()
) -> bytes:
    """Return session.json."""
    sample = state.sample
    document: dict[str, Any] = {
        "recipe": state.recipe.as_dict(),
        "blend": state.blend.as_dict(),
        "part_blends": {part: blend.as_dict() for part, blend in state.part_blends.items()},
        "pair": None
        if sample is None
        else {
            "truncation": sample.truncation,
            "crop": None if sample.crop is None else list(sample.crop),
            "mismatch": sample.mismatch,
            "lacks_parts": sample.lacks_parts,
            "parts": list(sample.part_names),
        },
        "linked": state.linked,
        "done": [_step_dict(step) for step in state.done],
        "undone": [_step_dict(step) for step in state.undone],
        "run": shown_run,
        "models": [use.as_dict() for use in models],
    }
    return json_bytes(document)


def decode_session(files: Mapping[str, Content]) -> tuple[SessionState, list[str]]:
    """Return what encode_session() wrote, and a sentence about each part that is lost.

    Raises ProjectError if not even the domains and settings can be read.
    """
    if SESSION not in files:
        raise ProjectError("The project has lost what was in the window.")
    try:
        document = json.loads(content_bytes(files[SESSION]))
        recipe = replace(Recipe.from_dict(document["recipe"]), masks=None, part_masks=())
        blends = document.get("part_blends", {}).items()
        part_blends = {str(part): BlendSettings.from_dict(blend) for part, blend in blends}
        linked = document.get("linked") is not False  # versions before the link have no key
        state = SessionState(recipe, BlendSettings.from_dict(document["blend"]), part_blends, linked=linked)
    except (*DAMAGE, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ProjectError(f"What was in the window is lost. {_reason(error)}".rstrip()) from error
    if document.get("pair") is None:
        return state, []
    try:
        state = replace(state, sample=_sample(recipe, document["pair"], files))
    except DAMAGE as error:
        return state, [f"The pictures, masks and undo steps of the window are lost. {error}"]
    problems: list[str] = []
    try:
        masks = (_mask(files, state, SOURCE_MASK), _mask(files, state, TARGET_MASK))
        state = replace(state, source_mask=masks[0], target_mask=masks[1])
    except DAMAGE as error:
        return state, [f"The painted masks and their undo steps are lost. {error}"]
    try:
        done, undone = _steps(document, files, masks[0].shape)
        state = replace(state, done=done, undone=undone)
    except DAMAGE as error:
        problems.append(f"The undo steps are lost. {error}")
    return state, problems


def session_context(files: Mapping[str, Content]) -> tuple[int | None, tuple[ModelUse, ...]]:
    """Return the number of the run on the timeline, and the domains and parts that were in use, as far as known."""
    try:
        document = json.loads(content_bytes(files[SESSION]))
        run, models = document.get("run"), document.get("models", [])
    except (*DAMAGE, KeyError, ValueError, AttributeError, RecursionError):
        return None, ()
    uses = map(ModelUse.from_dict, models if isinstance(models, list) else [])
    return (run if type(run) is int else None), tuple(use for use in uses if use is not None)


def is_content_of_session(name: str) -> bool:
    """Return whether the session's folder may have a file of this name."""
    return name in (SESSION, UNDO, SOURCE_MASK, TARGET_MASK) or name in {
        f"{PAIR_FOLDER}/{picture}.png" for picture in (*SAMPLE_PICTURES, OWNERS)
    }


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, DdsError) else "Its description cannot be read."


def _step_dict(step: MaskStep) -> dict[str, Any]:
    values = {"label": step.label, "role": step.role, "rect": list(step.rect)}
    return values | {"joined": True} if step.joined else values


def _picture(files: Mapping[str, Content], name: str, dimensions: int) -> np.ndarray:
    if name not in files:
        raise ProjectError(f"{name} is missing.")
    picture = decode_png(content_bytes(files[name]), name)
    if picture.ndim != dimensions:
        raise ProjectError(f"{name} is not the picture that belongs there.")
    return picture


def _sample(recipe: Recipe, pair: object, files: Mapping[str, Content]) -> Sample:
    if not isinstance(pair, dict):
        raise ProjectError("Their description cannot be read.")
    pictures = [
        _picture(files, f"{PAIR_FOLDER}/{name}.png", 2 if name.endswith("mask") else 3)
        for name in SAMPLE_PICTURES
    ]
    height, width = pictures[0].shape[:2]
    crop, mismatch, truncation = pair.get("crop"), pair.get("mismatch"), pair.get("truncation")
    valid_crop = crop is None or (
        isinstance(crop, list)
        and len(crop) == 2
        and all(type(n) is int for n in crop)
        and 1 <= crop[0] <= width
        and 1 <= crop[1] <= height
    )
    if (
        len({picture.shape[:2] for picture in pictures}) != 1
        or not valid_crop
        or not (mismatch is None or isinstance(mismatch, str))
        or not isinstance(truncation, int | float)
        or not math.isfinite(truncation)
    ):
        raise ProjectError("Their description cannot be read.")
    return Sample(
        *pictures,
        latent=recipe.latent,
        target_latent=recipe.target_latent,
        truncation=truncation,
        crop=None if crop is None else (crop[0], crop[1]),
        mismatch=mismatch,
        lacks_parts=pair.get("lacks_parts") is True,
        **_parts(pair.get("parts"), files, (height, width)),
    )


def _parts(names: object, files: Mapping[str, Content], shape: tuple[int, int]) -> dict[str, Any]:
    """Return the parts that pixels belong to; nothing where that is lost, and all parts then share their settings."""
    path = f"{PAIR_FOLDER}/{OWNERS}.png"
    if path not in files or not isinstance(names, list):
        return {}
    owners = _picture(files, path, 2)
    valid = owners.shape == shape and int(owners.max()) < len(names)
    return {"owners": owners, "part_names": tuple(map(str, names))} if valid else {}


def _mask(files: Mapping[str, Content], state: SessionState, name: str) -> np.ndarray:
    mask = _picture(files, name, 2)
    assert state.sample is not None
    if mask.shape != state.sample.visible.source_mask.shape:
        raise ProjectError(f"{name} has another size than the pictures.")
    return mask


def _steps(
    document: Mapping[str, Any], files: Mapping[str, Content], shape: tuple[int, ...]
) -> tuple[tuple[MaskStep, ...], tuple[MaskStep, ...]]:
    """Return the steps that undo() and redo() apply to masks of `shape`."""
    lists = [document.get(key) for key in ("done", "undone")]
    if not all(isinstance(steps, list) and len(steps) <= MAX_UNDO_STEPS for steps in lists):
        raise ProjectError("Their description cannot be read.")
    if not any(lists):
        return (), ()
    if UNDO not in files:
        raise ProjectError(f"{UNDO} is missing.")
    pixels = np.frombuffer(content_bytes(files[UNDO]), np.uint8)
    start = 0

    def take(rect: Rect) -> np.ndarray:
        nonlocal start
        end = start + rect.w * rect.h
        if end > len(pixels):
            raise ProjectError(f"{UNDO} is too short.")
        piece, start = pixels[start:end].reshape(rect.h, rect.w), end
        return piece

    def step(data: object) -> MaskStep:
        label, role, rect, is_joined = _step_values(data, shape)
        return MaskStep(label, role, rect, take(rect), take(rect), is_joined)

    done, undone = (tuple(map(step, steps or ())) for steps in lists)
    return done, undone


def _step_values(data: object, shape: tuple[int, ...]) -> Any:
    """Return label, role and rectangle of an undo step, and whether it is joined, checked. Raises ProjectError."""
    if isinstance(data, dict):
        label, role, numbers = data.get("label"), data.get("role"), data.get("rect")
        if (
            isinstance(label, str)
            and len(label) <= MAX_LABEL_CHARACTERS
            and role in ("source", "target")
            and isinstance(numbers, list)
            and len(numbers) == 4
            and all(type(n) is int for n in numbers)
        ):
            rect, whole = Rect(*numbers), Rect(0, 0, shape[1], shape[0])
            if rect.w > 0 and rect.h > 0 and rect.intersected(whole) == rect:
                return label, role, rect, data.get("joined") is True
    raise ProjectError("The description of an undo step cannot be read.")
