"""Import of torchvision, even where its compiled operators do not load."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_libraries: list[Any] = []  # a torch.library.Library removes its definitions when it is collected


@cache
def torchvision_models() -> Any:
    """Return the module torchvision.models.

    torchvision registers shape rules for its operators on import, and fails if the operators are missing: in
    a build for CUDA next to a torch for the CPU, for example. The networks need none of them, so their schemas are
    declared and the import is tried again.
    """
    try:
        from torchvision import models
    except RuntimeError:
        library = torch.library.Library("torchvision", "FRAGMENT")
        for schema in _SCHEMAS:
            if not hasattr(torch.ops.torchvision, schema.partition("(")[0]):
                library.define(schema)
        _libraries.append(library)
        from torchvision import models
    return models
