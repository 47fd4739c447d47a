"""A request for a pair, and the latents of its two pictures."""

from __future__ import annotations

from ddsgui.jobs.pairs import PairRequest
from ddsgui.synthesis.latents import Seed

PAIRED = PairRequest("one", "two", "spot", Seed(3))


def test_one_picture_takes_another_latent_and_the_other_stays() -> None:
    source = PAIRED.with_latent("source", Seed(7))
    assert (source.latent, source.target_latent) == (Seed(7), Seed(3))
    target = PAIRED.with_latent("target", Seed(7))
    assert (target.latent, target.target_latent) == (Seed(3), Seed(7))
    both = source.with_latent("source", Seed(8)).with_latent("target", Seed(9))
    assert (both.latent, both.target_latent) == (Seed(8), Seed(9)) and both.part == "spot"
