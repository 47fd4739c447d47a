"""The pictures of an animation, composed and scaled, and how long each is shown."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from PIL import Image

from ddsgui.errors import ImageError
from ddsgui.export.content import ExportContent, Progress, fitted, size_of
from ddsgui.export.options import MORPH_SECONDS, ExportOptions
from ddsgui.steps import result_of

MIN_SIDE_PX = 256  # smaller pictures are enlarged to about this side unless a scale is chosen
MAX_ANIMATION_PIXELS = (
    128_000_000  # of all pictures together; each needs three bytes until the file is written
)
MIN_MILLISECONDS = 20  # browsers slow down pictures that are shown more briefly
GAP_PX = 4  # between pictures side by side, per 128 pixels of their width
GAP_COLOUR = 24
FADED = (
    "The pictures are faded into each other; a morph of the faces needs the result of a search, "
    "and two domains that are related."
)


T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Animation:
    """Pictures of one size, and the order and the time in which they are shown, for ever."""

    images: tuple[np.ndarray, ...]  # uint8 [H, W, 3]
    order: tuple[int, ...]  # indices of `images`; a picture may be shown twice
    milliseconds: tuple[int, ...]  # of each in `order`
    left_out: int = 0  # pictures that there was no memory or no time for
    is_faded: bool = False  # True if it is a morph that does not go through a latent space

    def __post_init__(self) -> None:
        if not self.images:
            raise ImageError("There are no frames to make an animation of.")
        if len({image.shape for image in self.images}) > 1:
            raise ImageError("The frames of an animation must have one size.")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return size_of(self.images[0])

    @property
    def fps(self) -> float:
        """The frames per second of its shortest picture."""
        return 1000 / min(self.milliseconds)

    @property
    def note(self) -> str:
        """Sentences about what was left out, and about a morph that only fades; "" if there is nothing to say."""
        sentences: list[str] = []
        if self.left_out:
            count = len(self.images)
            sentences.append(f"It shows {count} of {count + self.left_out} frames.")
        if self.is_faded:
            sentences.append(FADED)
        return " ".join(sentences)

    def thinned(self, step: int, factor: float) -> Animation:
        """Return every `step`-th picture in this order, each shown for longer, with sides `factor` times as long.

        The pictures that are held stay, and the whole takes as long.
        """
        usual = min(self.milliseconds)
        order: list[int] = []
        durations: list[int] = []
        since = step
        for index, duration in zip(self.order, self.milliseconds, strict=True):
            if since >= step or duration > usual:
                order.append(index)
                durations.append(duration)
                since = 0
            else:
                durations[-1] += duration
            since += 1
        used = sorted(set(order))
        width, height = (max(16, round(side * factor)) for side in self.size)
        images = tuple(fitted(self.images[i], (width, height)) for i in used)
        left_out = self.left_out + len(self.images) - len(images)
        return replace(
            self,
            images=images,
            order=tuple(used.index(i) for i in order),
            milliseconds=tuple(durations),
            left_out=left_out,
        )


def animation_steps(
    content: ExportContent, options: ExportOptions
) -> Generator[Progress | None, None, Animation]:
    """Draw the pictures of an animation; yield how many are done, and of how many.

    Raises ImageError if there is nothing to show.
    """
    is_faded = False
    if options.animate == "morph":
        images, is_faded = yield from _morph_steps(content, options)
        total = len(images)
    else:
        images, total = _run(content)
        images = evenly_spaced(images, _most_frames(options))
    images = _thin_to_memory(images, content, options)
    scale = _scale(images[0], options)
    sides = []
    if options.side_by_side:
        for image in (content.source, content.target):
            sides.append((yield from _enlarge_steps(content, image, scale, options.scale is None)))
    composed = []
    for done, image in enumerate(images, start=1):
        larger = yield from _enlarge_steps(content, image, scale, options.scale is None)
        composed.append(_beside(sides[0], larger, sides[1]) if sides else larger)
        yield done, len(images)
    order, durations = _timing(len(images), options)
    return Animation(tuple(composed), order, durations, total - len(images), is_faded)


def preview_animation(content: ExportContent, options: ExportOptions) -> Animation:
    """Return the animation of small pictures at once, as they are: a morph is faded, and nothing is scaled."""
    return result_of(animation_steps(replace(content, morph=None), replace(options, scale=1)))


def evenly_spaced(values: Sequence[T], count: int) -> list[T]:
    """Return at most `count` of the values, evenly spaced, with the first and the last."""
    return [values[round(i)] for i in np.linspace(0, len(values) - 1, min(len(values), count))]


def frame_count(content: ExportContent, options: ExportOptions) -> int:
    """Return the number of pictures that an animation would have, without drawing any."""
    if options.animate == "morph":
        return _morph_count(options)
    count = len(content.frames) + (content.result is not None)
    return min(count, _most_frames(options))


def _run(content: ExportContent) -> tuple[list[np.ndarray], int]:
    """Return the frames of the run with the result as the last, at the size of the frames, and their number."""
    images = list(content.frames)
    if not images:
        raise ImageError("There are no frames to make an animation of; export a morph instead.")
    if content.result is not None:
        images.append(fitted(content.result.image, size_of(images[0])))
    return images, len(images)


def _morph_steps(
    content: ExportContent, options: ExportOptions
) -> Generator[Progress | None, None, tuple[list[np.ndarray], bool]]:
    """Return pictures from source over result to target, and True if they are only faded into each other."""
    result, count = content.the_result(), _morph_count(options)
    stations = [content.source, fitted(result.image, size_of(content.source)), content.target]
    images = None
    if content.morph is not None:
        images = yield from content.morph(count, size_of(content.source))
    is_faded = images is None
    if images is None:
        images = [_faded(stations, number / (count - 1)) for number in range(count)]
    # The three as they are in the other files, up to the last digit.
    images[0], images[count // 2], images[-1] = stations
    return images, is_faded


def _faded(stations: Sequence[np.ndarray], position: float) -> np.ndarray:
    """Return the picture at a position of the way through three pictures, 0 … 1."""
    leg = min(int(position * 2), 1)
    first, second = stations[leg], stations[leg + 1]
    share = eased(position * 2 - leg)
    return np.rint(first + share * (second.astype(np.float32) - first)).astype(np.uint8)


def eased(share: float) -> float:
    """Return a share of a way, 0 … 1, that starts and ends slowly."""
    return share * share * (3 - 2 * share)


def _morph_count(options: ExportOptions) -> int:
    """Return an odd number of pictures, of which the middle one is the result."""
    one_way = (options.seconds or MORPH_SECONDS) / 2
    return max(3, round(one_way * options.fps) // 2 * 2 + 1)


def _most_frames(options: ExportOptions) -> int:
    """Return the number of pictures that the length of the animation has room for."""
    if options.seconds is None:
        return 10_000
    room = max(2, int(options.seconds * 1000 / MIN_MILLISECONDS))
    return max(2, room // 2 + 1) if options.ping_pong else room


def _timing(count: int, options: ExportOptions) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the order of `count` pictures and the milliseconds of each."""
    returns = options.ping_pong or options.animate == "morph"
    order = [*range(count), *range(count - 2, 0, -1)] if returns else list(range(count))
    if options.animate == "run" and options.seconds is not None:
        pause = max(MIN_MILLISECONDS, round(options.seconds * 1000 / len(order)))
    else:
        pause = max(MIN_MILLISECONDS, round(1000 / options.fps))
    stations = {0, count // 2, count - 1} if options.animate == "morph" else {count - 1}
    hold = max(pause, round(options.hold * 1000))
    return tuple(order), tuple(hold if i in stations else pause for i in order)


def _thin_to_memory(
    images: list[np.ndarray], content: ExportContent, options: ExportOptions
) -> list[np.ndarray]:
    """Return as many of the pictures, evenly spaced, as fit into memory once they are scaled."""
    width, height = size_of(images[0])
    pixels = width * height * _scale(images[0], options) ** 2 * (3 if options.side_by_side else 1)
    most = max(3, MAX_ANIMATION_PIXELS // pixels)
    if options.animate == "morph":
        most -= 1 - most % 2  # an odd number keeps the one in the middle, which is the result
    return evenly_spaced(images, most)


def _scale(image: np.ndarray, options: ExportOptions) -> int:
    return options.scale or max(1, MIN_SIDE_PX // max(size_of(image)))


def _enlarge_steps(
    content: ExportContent, image: np.ndarray, scale: int, smooth: bool
) -> Generator[Progress | None, None, np.ndarray]:
    """Enlarge an image: smoothly, which is quick, or by the upscaler."""
    if not smooth:
        return (yield from content.scale_steps(image, scale))
    width, height = size_of(image)
    larger = Image.fromarray(image).resize((width * scale, height * scale), Image.Resampling.LANCZOS)
    return np.asarray(larger)


def _beside(left: np.ndarray, middle: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return three pictures in a row, with a narrow gap between them."""
    height, width = middle.shape[:2]
    gap = np.full((height, max(1, GAP_PX * width // 128), 3), GAP_COLOUR, np.uint8)
    left, right = (fitted(image, (width, height)) for image in (left, right))
    return np.concatenate([left, gap, middle, gap, right], axis=1)
