"""The request for the pair of pictures to mix, and its drawing with masks. Imports torch only when it draws."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ddsgui.editing.recipe import exchanged
from ddsgui.editing.session_state import Role
from ddsgui.errors import DdsError, ImageError, SegmenterError
from ddsgui.library.bundled import SEED
from ddsgui.library.families import unrelated_warning
from ddsgui.library.part_choice import PartChoice, part_choices
from ddsgui.mask_file import MaskFile, read_mask
from ddsgui.paths import expanded
from ddsgui.stylegan.padding import centre_crop
from ddsgui.synthesis.latents import LatentSource, Seed
from ddsgui.synthesis.sample import Sample, resized

if TYPE_CHECKING:
    from ddsgui.library.model_cache import ModelCache
    from ddsgui.stylegan.generator import Generator as Network
    from ddsgui.synthesis.sampling import PartClass

_FIRST = Seed(SEED)


Latents = tuple[LatentSource, LatentSource | None]  # of source and target; None: both come from the first


@dataclass(frozen=True)
class PairRequest:
    """The pair that the artist wants to see."""

    source: str = ""
    target: str = ""
    part: str = ""  # of both, or of the source only; "": no part, empty masks
    latent: LatentSource = _FIRST
    target_latent: LatentSource | None = None  # None: both pictures come from `latent`
    truncation: float = 0.8
    target_part: str | None = None  # None: `part` is used for both

    @property
    def swapped(self) -> PairRequest:
        """The request with source and target exchanged."""
        latent, target_latent = exchanged(self.latent, self.target_latent)
        part, target_part = exchanged(self.part, self.target_part)
        return replace(
            self,
            source=self.target,
            target=self.source,
            latent=latent,
            target_latent=target_latent,
            part=part,
            target_part=target_part,
        )

    def with_latent(self, role: Role, latent: LatentSource) -> PairRequest:
        """Return the request with one picture from another latent; the other picture stays, unpaired."""
        if role == "target":
            return replace(self, target_latent=latent)
        present = self.latent if self.target_latent is None else self.target_latent
        return replace(self, latent=latent, target_latent=present)


@dataclass(frozen=True)
class Notice:
    """A sentence for the user about a job that continues."""

    text: str


@dataclass(frozen=True, eq=False)
class LoadedPair:
    """The models of a pair."""

    source: Network
    target: Network
    source_parts: list[PartClass]
    target_parts: list[PartClass]
    problems: list[str]  # sentences about parts that do not fit
    lacks_parts: bool = False  # True if something is left out of the masks


def draw_pair_steps(
    models: ModelCache, request: PairRequest, *, strict: bool = False, notices: bool = True
) -> Generator[str | Notice, None, Sample]:
    """Load the models and draw the two pictures with their masks; yield sentences about the progress, and Notices.

    Domains that do not share a latent space, or differ in size, give a Notice if `notices`. A part that its domain
    cannot use is an error if `strict`; otherwise it gives a Notice and is left out of that mask, to be painted by
    hand. Mask images are used only if `strict`: in the window such masks come with the recipe.
    """
    models.keep(request.source, request.target)
    texts = _part_texts(request)
    masks = read_mask_images(*texts) if strict else {}
    loaded = yield from load_pair_steps(models, request, strict=strict)
    from ddsgui.synthesis.sampling import sample_parts

    source, target = loaded.source, loaded.target
    sentences = [mask.note for mask in masks.values() if notices and mask.note]
    if notices and (warning := unrelated_warning(models.library, request.source, request.target)):
        sentences.append(warning)
    sizes = source.config.resolution, target.config.resolution
    if notices and sizes[0] != sizes[1]:
        sentences.append(
            f"{_stem(request.source)} draws {sizes[0]} px and {_stem(request.target)} {sizes[1]} px; "
            f"the source's picture is resized to {sizes[1]} px."
        )
    sentences += loaded.problems
    yield f"Drawing {request.latent}…"
    sample = sample_parts(
        source,
        target,
        loaded.source_parts,
        loaded.target_parts,
        request.latent,
        request.target_latent,
        request.truncation,
    )
    if masks:
        _add_mask_images(sample, masks, texts, source, target)
    if loaded.lacks_parts:
        sample = replace(sample, lacks_parts=True, owners=None)
    elif sample.owners is not None:
        sample = replace(sample, part_names=tuple(choice.text for choice in part_choices(request.part)))
    if sentences:
        yield Notice(" ".join(sentences))  # last, so that a reader of the newest value sees it
    return sample


def load_pair_steps(
    models: ModelCache, request: PairRequest, *, strict: bool = False
) -> Generator[str, None, LoadedPair]:
    """Load the domains and parts of a request; yield sentences about the progress.

    A part that its domain cannot use is an error if `strict`, otherwise it is left out; so are mask images.
    """
    loading = f"Loading {' and '.join(dict.fromkeys(map(_stem, (request.source, request.target))))}…"
    yield loading
    source = models.generator(request.source)
    yield loading
    target = models.generator(request.target)
    texts = _part_texts(request)
    sides = (request.source, source, texts[0]), (request.target, target, texts[1])
    parts: tuple[list[PartClass], list[PartClass]] = [], []
    problems: list[str] = []
    lacks_parts = False
    for (domain, generator, text), side in zip(sides, parts, strict=True):
        for choice in part_choices(text):
            if choice.is_mask_image:
                lacks_parts = lacks_parts or not strict
                continue
            yield f"Loading {_stem(choice.name)}…"
            try:
                side.append(_load_part(models, choice, domain, generator))
            except SegmenterError as error:
                if strict:
                    raise
                lacks_parts = True
                if str(error) not in problems:  # said once for all classes of a part
                    problems.append(str(error))
    return LoadedPair(source, target, *parts, problems, lacks_parts)


def _part_texts(request: PairRequest) -> tuple[str, str]:
    """Return the parts of source and target as the command line writes them."""
    return request.part, request.part if request.target_part is None else request.target_part


def read_mask_images(*texts: str) -> dict[PartChoice, MaskFile]:
    """Return the mask images that the texts name. Raises ImageError if one cannot be used."""
    return {
        choice: read_mask(expanded(choice.name), choice.class_name)
        for text in texts
        for choice in _mask_images(text)
    }


def names_mask_image(request: PairRequest) -> bool:
    """Return whether a mask comes from an image, which a recipe has to carry."""
    texts = (request.part, request.target_part or "")
    return any(choice.is_mask_image for text in texts for choice in part_choices(text))


def _load_part(models: ModelCache, choice: PartChoice, domain: str, generator: Network) -> PartClass:
    """Return a part and the number of its class. Raises SegmenterError if it does not fit the domain."""
    segmenter, config = models.segmenter(choice.name), generator.config
    names = _stem(choice.name), _stem(domain)
    segmenter.check_fits(config.layer_channels(), config.resolution, *names)
    return segmenter, choice.class_number(segmenter.classes)


def _add_mask_images(
    sample: Sample,
    masks: Mapping[PartChoice, MaskFile],
    texts: tuple[str, str],
    source: Network,
    target: Network,
) -> None:
    """Draw the mask images that the texts name on the masks, in place."""
    sides = (sample.source_mask, texts[0], source), (sample.target_mask, texts[1], target)
    for mask, text, generator in sides:
        for choice in _mask_images(text):
            seen = centre_crop(mask, sample.crop or mask.shape[::-1])
            fitted = _fitted(masks[choice].mask, choice.name, generator, seen.shape, len(mask))
            np.maximum(seen, fitted, out=seen)


def _fitted(mask: np.ndarray, name: str, generator: Network, size: tuple[int, ...], side: int) -> np.ndarray:
    """Return a mask of (H, W) `size`, from one of that size or of the size that its domain draws.

    name: of its file, for the error. side: of the target's whole square, in pixels. Raises ImageError if the mask has
    neither size.
    """
    config = generator.config
    if mask.shape != size and mask.shape[::-1] == config.picture_size and config.resolution != side:
        square = np.zeros((config.resolution, config.resolution), np.uint8)
        centre_crop(square, config.picture_size)[:] = mask
        mask = centre_crop(resized(square, side), (size[1], size[0]))
    if mask.shape != size:
        has, needs = (f"{shape[1]} × {shape[0]}" for shape in (mask.shape, size))
        raise ImageError(f"The mask {name} is {has} pixels; these pictures are {needs}.")
    return mask


def _mask_images(text: str) -> Iterator[PartChoice]:
    return (choice for choice in part_choices(text) if choice.is_mask_image)


def _stem(name_or_path: str) -> str:
    if not name_or_path:
        raise DdsError("Choose a source and a target domain first.")
    return Path(name_or_path).stem
