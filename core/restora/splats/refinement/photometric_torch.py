"""The same loss on tensors, for renders that live on a GPU; torch is imported when it is called."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from restora.splats.refinement.ssim import SIGMA, WINDOW

if TYPE_CHECKING:
    import torch

_C1, _C2 = 0.01**2, 0.03**2


def photometric_loss(
    render: torch.Tensor, picture: torch.Tensor, weights: torch.Tensor | None, ssim_share: float
) -> torch.Tensor:
    """0.8 L1 + 0.2 (1 - SSIM) of height x width x 3 tensors, differentiable; as `PhotometricLoss`."""
    if min(picture.shape[:2]) < WINDOW:
        ssim_share = 0.0
    if weights is not None:
        render, picture = render * weights[..., None], picture * weights[..., None]
    loss = (1 - ssim_share) * (render - picture).abs().mean()
    return loss + ssim_share * (1 - ssim(render, picture)) if ssim_share > 0 else loss


def ssim(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Mean SSIM where the window fits, by two passes of 11 taps."""
    import torch

    x, y = (each.permute(2, 0, 1)[:, None] for each in (first, second))
    mean_x, mean_y, xx, yy, xy = torch.chunk(_means(torch.cat([x, y, x * x, y * y, x * y])), 5)
    contrast = 2 * (xy - mean_x * mean_y) + _C2
    spread = xx - mean_x**2 + yy - mean_y**2 + _C2
    brightness = (2 * mean_x * mean_y + _C1) / (mean_x**2 + mean_y**2 + _C1)
    return torch.mean(brightness * contrast / spread)


def _means(planes: torch.Tensor) -> torch.Tensor:
    """Gaussian means where the window fits.

    Multiplied with bands instead of convolved: convolutions on a card round to 10 bits (TF32) unless a flag
    of the whole process says otherwise, and the variances here are differences of nearly equal numbers.
    """
    height, width = planes.shape[-2:]
    down, across = _band(height, planes.dtype, planes.device), _band(width, planes.dtype, planes.device)
    return down @ planes @ across.T


@lru_cache(maxsize=16)
def _band(length: int, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """(length - 10) x length: each row holds the window's taps, one place further on."""
    import torch

    x = np.arange(WINDOW) - WINDOW // 2
    taps = np.exp(-(x**2) / (2 * SIGMA**2))
    rows = length - WINDOW + 1
    band = np.zeros((rows, length))
    for offset, tap in enumerate(taps / taps.sum()):
        band[np.arange(rows), np.arange(rows) + offset] = tap
    return torch.as_tensor(band, dtype=dtype, device=device)
