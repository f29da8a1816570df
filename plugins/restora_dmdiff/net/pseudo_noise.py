"""The noise that training adds to pseudo photographs, from stated draws."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseStrength:
    """How much of which noise."""

    deviation: float
    """Of the Gaussian field."""
    density: float
    """The share of the field's places that carry noise."""
    gaussian: float
    """Weight of the Gaussian part."""
    poisson: float
    """Weight of the Poisson part."""


PHOTONS = 30.0
"""Per pixel at white, for the Poisson part."""


def noisy(
    picture: Tensor, strength: NoiseStrength, *, gauss: Tensor, uniform: Tensor, poisson: Tensor
) -> Tensor:
    """A picture 3 x H x W in 0..1 with noise that is stronger where it is dark.

    `gauss` (1 x 3 x h x w, unit normal) and `uniform` (1 x 1 x h x w) are draws on a coarser grid, `poisson`
    (1 x 3 x H x W) draws from Poisson(30 I).
    """
    size = picture.shape[1:]
    darkness = 1 - picture.mean(dim=0, keepdim=True)[None]
    small = F.interpolate(darkness, size=gauss.shape[2:], mode="bilinear", align_corners=False)
    mask = (uniform < strength.density).to(picture.dtype)
    coarse = gauss * strength.deviation * mask * small
    gaussian = F.interpolate(coarse, size=size, mode="bilinear", align_corners=False)
    enlarged = F.interpolate(small, size=size, mode="bilinear", align_corners=False)
    shot = (poisson / PHOTONS - picture[None]) * enlarged
    return (picture + strength.gaussian * gaussian[0] + strength.poisson * shot[0]).clamp(0, 1)
