"""Two sets of pictures of the same latents, compared by every measure of the report."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import asdict, dataclass
from typing import Any

from ddsgui.evaluation.spread import Spread, of_pictures, of_sets
from ddsgui.jobs.evaluation.measures import Measures, Pictures


@dataclass(frozen=True)
class Comparison:
    """The distances and likenesses of a set of pictures to another."""

    pictures: int
    fid: Spread
    kid: Spread
    ssim: Spread
    psnr: Spread
    psnr_of_bytes: Spread
    lpips: Spread

    HEAD = ("FID ↓", "KID ↓", "SSIM ↑", "PSNR ↑", "LPIPS ↓")

    @property
    def cells(self) -> tuple[str, ...]:
        """The figures as texts, below HEAD."""
        return (
            self.fid.text(),
            self.kid.text(),
            self.ssim.text("{:.2f}"),
            self.psnr.text("{:.1f}"),
            self.lpips.text("{:.3f}"),
        )

    @property
    def columns(self) -> dict[str, Any]:
        """The figures as columns of table.csv."""
        named = {name: value for name, value in asdict(self).items() if name != "pictures"}
        figures = {
            f"{name}{'' if kind == 'mean' else '_spread'}": value
            for name, spread in named.items()
            for kind, value in spread.items()
        }
        return {"pictures": self.pictures, **figures}


def compare(measures: Measures, pictures: Pictures, references: Pictures) -> Generator[str, None, Comparison]:
    """Compare pictures with references, picture i of both from one latent; yield sentences on the progress."""
    from ddsgui.evaluation.frechet import frechet_of_rows
    from ddsgui.evaluation.kernel_distance import kernel_distance

    ours = yield from measures.features(pictures)
    theirs = yield from measures.features(references)
    likeness = yield from measures.likeness(pictures, references)
    return Comparison(
        len(pictures),
        fid=of_sets(ours, theirs, frechet_of_rows),
        kid=of_sets(ours, theirs, kernel_distance),
        **{name: of_pictures(values) for name, values in likeness.items()},
    )
