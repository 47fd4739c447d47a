"""The masked perceptual loss (Eq. 3 of the paper)."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from ddsgui.synthesis.backbones import Backbone
from ddsgui.synthesis.settings import backbone_side


class PerceptualLoss:
    """L_p(I1, I2, λ) = Σ_j (1/N_j)·‖F_j(I1)·λ_j − F_j(I2)·λ_j‖², Eq. 3; N_j elements of layer j.

    features() is apart from the comparison, so that those of a fixed picture are computed once.
    """

    def __init__(
        self,
        backbone: Backbone,
        layers: tuple[str, ...],
        upscale_to: int | None = None,
        max_side: int | None = None,
    ) -> None:
        """Compare at `layers`, as the preset names them.

        Images are first resized to a side of `upscale_to` pixels, or, if they are larger, to `max_side`.
        """
        self.backbone, self.layers, self.upscale_to, self.max_side = (
            backbone,
            backbone.choose(layers),
            upscale_to,
            max_side,
        )

    def features(self, image: Tensor) -> list[Tensor]:
        """F_j: [N, 3, H, W] in [-1, 1] -> activations [N, C_j, H_j, W_j]."""
        own = image.shape[-1]
        side = backbone_side(own, self.upscale_to, self.max_side)
        if side != own:
            image = F.interpolate(
                image, (side, side), mode="bilinear", align_corners=False, antialias=side < own
            )
        # A generator draws channels-last on a CPU; these convolutions are a fifth faster the other way.
        return self.backbone(image.contiguous(), self.layers)

    def masks(self, mask: Tensor, features: Sequence[Tensor]) -> list[Tensor]:
        """λ_j: [N, 1, H, W] in [0, 1] -> [N, 1, H_j, W_j], by area."""
        # On the CPU: MPS pools to sides that divide the mask's only. Masks are resized once an edit.
        own = mask.cpu()
        return [F.adaptive_avg_pool2d(own, (f.shape[2], f.shape[3])).to(mask.device) for f in features]

    @staticmethod
    def compare(ours: Sequence[Tensor], fixed: Sequence[Tensor], masks: Sequence[Tensor]) -> Tensor:
        """Eq. 3 for F_j(I1), F_j(I2), both [N, C_j, H_j, W_j], and λ_j [N, 1, H_j, W_j] -> a scalar."""
        terms = [((f - g) * m).square().mean() for f, g, m in zip(ours, fixed, masks, strict=True)]
        return sum(terms[1:], terms[0])
