"""Noise schedules of diffusion models, in double precision where the published tables allow it."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def scaled_linear_alphas(
    *, steps: int = 1000, first: float = 0.00085, last: float = 0.012, to_zero_snr: bool = False
) -> Tensor:
    """Cumulative products of 1 - beta, float64, one per step; betas are squares of a ramp of square roots.

    With `to_zero_snr` the square roots are shifted and stretched so that the last step holds no signal.
    """
    # Published schedules are computed in single precision; the same here keeps their last digits.
    betas = torch.linspace(math.sqrt(first), math.sqrt(last), steps, dtype=torch.float32) ** 2
    cumulative = torch.cumprod(1 - betas, dim=0)
    if to_zero_snr:
        cumulative = _rescaled(cumulative)
    return cumulative.double()


def clean_from_velocity(noisy: Tensor, velocity: Tensor, alpha: float) -> Tensor:
    """The clean signal behind a v-prediction at the cumulative product `alpha`."""
    return math.sqrt(alpha) * noisy - math.sqrt(1 - alpha) * velocity


def _rescaled(cumulative: Tensor) -> Tensor:
    roots = cumulative.sqrt()
    begin, end = roots[0].clone(), roots[-1].clone()
    roots = (roots - end) * (begin / (begin - end))
    # Diffusers goes through betas again, which rounds; the table is compared with its output.
    products = roots**2
    alphas = torch.cat([products[:1], products[1:] / products[:-1]])
    return torch.cumprod(alphas, dim=0)
