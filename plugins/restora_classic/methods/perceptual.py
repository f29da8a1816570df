"""LPIPS as a figure of quality, on the processor."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.api import BadInputError
from restora.quality.views import check_pair, displayed
from restora.weights.parts import PartFiles, load_manifests

if TYPE_CHECKING:
    from torch import Tensor

    from restora.data.image import Image
    from restora.nets.perceptual import Backbone, Lpips

_MOST_MPIX: Mapping[Backbone, float] = {"alex": 100.0, "vgg": 8.0}
"""Beyond that the networks' first layers take more than about 8 GB."""


def lpips_alex(image: Image, reference: Image, weights: Mapping[str, Path]) -> float:
    """LPIPS through AlexNet, 0 for equal pictures: sRGB code values clipped to 0..1.

    Raises BadInputError for pairs that cannot be compared, and for pictures too small or too large.
    """
    return _lpips("alex", image, reference, weights)


def lpips_vgg(image: Image, reference: Image, weights: Mapping[str, Path]) -> float:
    """The same through VGG16."""
    return _lpips("vgg", image, reference, weights)


def _lpips(backbone: Backbone, image: Image, reference: Image, weights: Mapping[str, Path]) -> float:
    import torch

    from restora.nets.perceptual import SMALLEST

    check_pair(image, reference)
    size = f"the pictures have {image.width} x {image.height}"
    if min(image.width, image.height) < SMALLEST:
        raise BadInputError(f"LPIPS needs at least {SMALLEST} pixels per side, {size}")
    if image.width * image.height > _MOST_MPIX[backbone] * 1e6:
        most = f"{_MOST_MPIX[backbone]:g} megapixels"
        raise BadInputError(
            f"LPIPS ({backbone}) takes at most {most}, {size}", advice="Compare a part of them."
        )
    network = _network(backbone, weights[f"{backbone}-features"], weights[f"{backbone}-importance"])
    with torch.inference_mode():
        return float(network(_planes(image), _planes(reference))[0])


@lru_cache(maxsize=2)
def _network(backbone: Backbone, features: Path, importance: Path) -> Lpips:
    from restora.nets.perceptual import build_lpips

    names = (f"{backbone}-features", f"{backbone}-importance")
    parts = PartFiles(
        files=dict(zip(names, (features, importance), strict=True)),
        manifests=load_manifests("restora_classic", names),
    )
    own = {
        name: t.float().clone() for name, t in parts.tensors(names[0]).items() if name.startswith("features.")
    }
    return build_lpips(backbone, own, parts.tensors(names[1]), source=features)


def _planes(image: Image) -> Tensor:
    """1 x 3 x H x W; grey counts as three equal colours."""
    import torch

    values = displayed(image).astype(np.float32)
    coloured = values if values.shape[2] == 3 else values.repeat(3, axis=2)
    return torch.from_numpy(np.ascontiguousarray(coloured.transpose(2, 0, 1)))[None]
