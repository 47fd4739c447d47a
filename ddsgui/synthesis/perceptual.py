"""The masked perceptual loss (Eq. 3 of the paper)."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from ddsgui.synthesis.backbones import Backbone
from ddsgui.synthesis.settings import backbone_side


class PerceptualLoss:
    """L_p(I1, I2, λ) = Σ_j (1/N_j)·‖F_j(I1)·λ_j − F_j(I2)·λ_j‖², Eq. 3; N_j elements of layer j.

    features() is separate from compare(), so that the features of a fixed picture are computed only once.
    """

    def __init__(
        self,
        backbone: Backbone,
        layers: tuple[str, ...],
        upscale_to: int | None = None,
        max_side: int | None = None,
        enlargement: int = 1,
    ) -> None:
        """Compare at `layers`, as the preset names them.

        Images are first resized to a side of `upscale_to` pixels, or else enlarged by a factor, up to `max_side`.
        """
        self.backbone, self.layers = backbone, backbone.choose(layers)
        self.upscale_to, self.max_side, self.enlargement = upscale_to, max_side, enlargement

    def side_of(self, side: int) -> int:
        """Return the side in pixels at which the backbone sees images of `side` pixels."""
        return backbone_side(side, self.upscale_to, self.max_side, self.enlargement)

    def features(self, image: Tensor) -> list[Tensor]:
        """Return the activations F_j, [N, C_j, H_j, W_j], of images [N, 3, H, W] in [-1, 1]."""
        width = image.shape[-1]
        side = self.side_of(width)
        if side != width:
            image = F.interpolate(
                image, (side, side), mode="bilinear", align_corners=False, antialias=side < width
            )
        # A generator draws channels-last on a CPU; these convolutions are a fifth faster with channels first.
        return self.backbone(image.contiguous(), self.layers)

    def masks(self, mask: Tensor, features: Sequence[Tensor]) -> list[Tensor]:
        """Return λ_j, [N, 1, H_j, W_j]: a mask [N, 1, H, W] in [0, 1] averaged down to each layer's size.

        If images are resized to `upscale_to`, the mask is too, and is then interpolated from layer to layer, as the
        authors' program does; at an edge, the two ways differ.
        """
        if self.upscale_to is not None:
            return self._interpolated(mask, features, self.upscale_to)
        # On the CPU: MPS pools only to sides that divide the mask's. Masks are resized once per edit.
        on_cpu = mask.cpu()
        return [F.adaptive_avg_pool2d(on_cpu, (f.shape[2], f.shape[3])).to(mask.device) for f in features]

    @staticmethod
    def _interpolated(mask: Tensor, features: Sequence[Tensor], side: int) -> list[Tensor]:
        """Return a mask resized to `side` pixels and then to the size of each layer in turn."""
        masks = []
        for size in ((side, side), *(f.shape[2:] for f in features)):
            mask = F.interpolate(mask, (size[0], size[1]), mode="bilinear", align_corners=False)
            masks.append(mask)
        return masks[1:]

    @staticmethod
    def compare(ours: Sequence[Tensor], fixed: Sequence[Tensor], masks: Sequence[Tensor]) -> Tensor:
        """Return L_p, Eq. 3, a scalar, of F_j(I1), F_j(I2), both [N, C_j, H_j, W_j], and λ_j [N, 1, H_j, W_j]."""
        terms = [((f - g) * m).square().mean() for f, g, m in zip(ours, fixed, masks, strict=True)]
        return sum(terms[1:], terms[0])
