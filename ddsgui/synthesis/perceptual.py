"""The masked perceptual loss (Eq. 3 of the paper)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ddsgui.device import bfloat16_is_faster
from ddsgui.synthesis.backbones import Backbone
from ddsgui.synthesis.gradients import backward
from ddsgui.synthesis.loss_terms import Reference
from ddsgui.synthesis.settings import OptimizerSettings, backbone_side

STRIP_ELEMENTS = 1 << 18  # of activations compared at a time: they stay in the processor's cache


class PerceptualLoss:
    """L_p(I1, I2, λ) = Σ_j (1/N_j)·‖F_j(I1)·λ_j − F_j(I2)·λ_j‖², Eq. 3; N_j elements of layer j.

    reference() is separate from compare(), so that the features of a fixed picture are computed only once.
    """

    def __init__(
        self,
        backbone: Backbone,
        layers: tuple[str, ...],
        upscale_to: int | None = None,
        max_side: int | None = None,
        enlargement: int = 1,
        reduced_precision: bool = False,
    ) -> None:
        """Compare at `layers`, as the preset names them.

        Images are first resized to a side of `upscale_to` pixels, or else enlarged by a factor, up to `max_side`.
        reduced_precision: whether to compute in bfloat16 where that is faster.
        """
        if reduced_precision and bfloat16_is_faster(backbone.mean.device):
            backbone = backbone.in_bfloat16()
        self.backbone, self.layers = backbone, backbone.choose(layers)
        self.upscale_to, self.max_side, self.enlargement = upscale_to, max_side, enlargement

    @classmethod
    def from_settings(cls, backbone: Backbone, settings: OptimizerSettings) -> PerceptualLoss:
        """Return the loss as the settings want it."""
        return cls(
            backbone,
            settings.layers,
            settings.upscale_to,
            settings.max_side,
            settings.enlargement,
            settings.reduced_precision,
        )

    def side_of(self, side: int) -> int:
        """Return the side in pixels at which the backbone sees images of `side` pixels."""
        return backbone_side(side, self.upscale_to, self.max_side, self.enlargement)

    def features(self, image: Tensor) -> list[Tensor]:
        """Return the activations F_j, [N, C_j, H_j, W_j], of images [N, 3, H, W] in [-1, 1]."""
        return self._read(image)

    def _read(self, image: Tensor, detach: Callable[[Tensor], Tensor] | None = None) -> list[Tensor]:
        width = image.shape[-1]
        side = self.side_of(width)
        if side != width:
            image = F.interpolate(
                image, (side, side), mode="bilinear", align_corners=False, antialias=side < width
            )
        # A generator draws channels-last on a CPU; these convolutions are a fifth faster with channels first.
        return self.backbone(image.contiguous(), self.layers, detach)

    def masks(self, mask: Tensor, features: Sequence[Tensor]) -> list[Tensor]:
        """Return λ_j, [N, 1, H_j, W_j]: a mask [N, 1, H, W] in [0, 1] averaged down to each layer's size.

        If images are resized to `upscale_to`, the mask is too, and is then interpolated from layer to layer, as the
        authors' program does; at an edge, the two ways differ.
        """
        if self.upscale_to is not None:
            return self._interpolated(mask, features, self.upscale_to)
        # On the CPU: MPS pools only to sides that divide the mask's. Masks are resized once per edit.
        on_cpu = mask.cpu()
        return [F.adaptive_avg_pool2d(on_cpu, (f.shape[2], f.shape[3])).to(f) for f in features]

    @staticmethod
    def _interpolated(mask: Tensor, features: Sequence[Tensor], side: int) -> list[Tensor]:
        """Return a mask resized to `side` pixels and then to the size of each layer in turn."""
        mask = F.interpolate(mask, (side, side), mode="bilinear", align_corners=False)
        masks = []
        for f in features:
            mask = F.interpolate(mask, (f.shape[2], f.shape[3]), mode="bilinear", align_corners=False)
            masks.append(mask.to(f.dtype))
        return masks

    @torch.no_grad()
    def reference(self, picture: Tensor, mask: Tensor, features: list[Tensor] | None = None) -> Reference:
        """Return what pictures are compared with: a picture [N, 3, R, R] in [-1, 1] inside a mask [N, 1, R, R].

        features: of the picture, if they are known.
        """
        features = self.features(picture) if features is None else features
        return Reference(picture, mask, features, self.masks(mask, features))

    @torch.enable_grad()
    def compare(
        self, pictures: Tensor, references: Sequence[Reference], weights: Sequence[float]
    ) -> tuple[Tensor, Tensor]:
        """Return L_p to each reference, float32 [len(references), N], and the gradient of their weighted sum.

        pictures: [N, 3, R, R] in [-1, 1]; the gradient has their shape. Where autograd would make an array of the
        activations' size for each reference and add them up, each layer's gradient is added to that of the deeper
        layers in place.
        """
        images = pictures.detach().requires_grad_()
        outputs: list[Tensor] = []  # F_j, of the segment of the network that ends with layer j
        inputs: list[Tensor] = []  # F_j without its graph, of the next segment

        def detach(activation: Tensor) -> Tensor:
            outputs.append(activation)
            inputs.append(activation.detach().requires_grad_())
            return inputs[-1]

        self._read(images, detach)
        values = torch.zeros(len(references), len(pictures), device=pictures.device)
        while outputs:
            output, ours, layer = outputs.pop(), inputs.pop(), len(outputs)
            gradient = torch.zeros_like(ours) if ours.grad is None else ours.grad
            for number, (reference, weight) in enumerate(zip(references, weights, strict=True)):
                fixed, mask = reference.features[layer], reference.masks[layer]
                values[number] += _add_gradient(gradient, ours.detach(), fixed, mask, weight)
            backward([output], [gradient])
        assert images.grad is not None  # the first segment reads the pictures
        return values, images.grad


def _add_gradient(gradient: Tensor, ours: Tensor, fixed: Tensor, mask: Tensor, weight: float) -> Tensor:
    """Return (1/N_j)·‖F·λ − G·λ‖² of each picture, [N], and add the gradient of a multiple of it to `gradient`.

    gradient: with respect to F, of F's shape. A strip at a time and only where λ is not zero: plain operations on whole
    tensors would read and write some ten arrays of the activations' size, which takes as long as the convolutions
    between them.
    """
    exact, elements = torch.promote_types(ours.dtype, torch.float32), ours[0].numel()
    total = torch.zeros(len(ours), dtype=exact, device=ours.device)
    for strip in _strips(mask, ours.shape[1]):
        difference = (ours[strip] - fixed[strip]).mul_(mask[strip])
        total += torch.linalg.vector_norm(difference, dim=(1, 2, 3), dtype=exact).square()
        gradient[strip].addcmul_(difference, mask[strip], value=2 * weight / elements)
    return total / elements


def _strips(mask: Tensor, channels: int) -> Iterator[tuple[slice, ...]]:
    """Yield the places of strips that together cover all of a mask [N, 1, H, W] that is not zero."""
    used = mask.amax((0, 1)) > 0
    rows, columns = used.any(1).nonzero(), used.any(0).nonzero()
    if not len(rows):
        return
    top, bottom, left, right = (int(i) for i in (rows[0], rows[-1] + 1, columns[0], columns[-1] + 1))
    height = max(1, STRIP_ELEMENTS // (channels * (right - left))) if mask.device.type == "cpu" else bottom
    for y in range(top, bottom, height):
        yield slice(None), slice(None), slice(y, min(y + height, bottom)), slice(left, right)
