"""Latents of an adaptation: around a few anchors, or anywhere."""

from __future__ import annotations

import torch
from torch import Tensor

from ddsgui.stylegan.generator import Generator
from ddsgui.training.few_shot.settings import AdaptationSettings


class AnchoredLatents:
    """Random latents, some of them near fixed anchors, whose images alone are judged as a whole.

    Ten examples can be told apart only near as many latents.

    Source: Ojha et al., CVPR 2021, Sec. 3.2 (the neighbourhood of the anchors, Z_anch).
    """

    def __init__(self, source: Generator, settings: AdaptationSettings, rng: torch.Generator) -> None:
        """rng: on the CPU, draws everything."""
        self._source, self._settings, self._rng = source, settings, rng
        self.anchors = self._normal(settings.anchors)  # [anchors, z_dim]

    @torch.no_grad()
    def draw(self, anchored: bool) -> Tensor:
        """Return w_plus [N, num_ws, w_dim]: in the anchors' neighbourhood, or anywhere with some styles mixed."""
        settings, source = self._settings, self._source
        z = self._normal(settings.batch)
        if anchored:
            chosen = torch.randint(settings.anchors, (settings.batch,), generator=self._rng)
            z = self.anchors[chosen.to(z.device)] + settings.anchor_noise * z
            return source.broadcast(source.mapping(z))
        second = source.mapping(self._normal(settings.batch))
        # The second latent takes over at this layer; for those that are not mixed, behind the last one.
        cut = torch.randint(1, source.num_ws, (settings.batch, 1), generator=self._rng)
        mixed = torch.rand(settings.batch, 1, generator=self._rng) < settings.mixing
        later = (torch.arange(source.num_ws) >= torch.where(mixed, cut, source.num_ws)).to(z.device)
        return torch.where(later[:, :, None], source.broadcast(second), source.broadcast(source.mapping(z)))

    def _normal(self, count: int) -> Tensor:
        z_dim = self._source.config.z_dim
        return torch.randn(count, z_dim, generator=self._rng).to(self._source.device)
