"""The single denoising step, and the knob between the two predictions it starts from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

SAMPLES = 128
"""Samples per side that the network sees of a field, as published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """Everything that a restoration computes before its knob: B x 4 x h x w each, float32."""

    latent: Tensor
    """Scaled."""
    positive: Tensor
    neutral: Tensor

    def mixed(self, alpha: float) -> Tensor:
        """The noise at a setting: 0 neutral, 1 positive, anything beyond extrapolates."""
        return self.neutral + alpha * (self.positive - self.neutral)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step to the clean latent."""

    alpha_bar: float
    """The noise schedule's cumulative product at the last step."""

    def clean(self, latent: Tensor, noise: Tensor) -> Tensor:
        """x0 in float32: an error of the noise is enlarged 15 times here."""
        signal, spread = math.sqrt(self.alpha_bar), math.sqrt(1 - self.alpha_bar)
        return (latent.float() - spread * noise.float()) / signal


def sampled_latent(moments: Tensor, draw: Tensor | None, scaling: float) -> Tensor:
    """A scaled latent of an encoder's moments: the mean where nothing is drawn."""
    mean, log_variance = moments.float().chunk(2, dim=1)
    if draw is None:
        return mean * scaling
    return (mean + torch.exp(0.5 * bounded(log_variance)) * draw) * scaling


def bounded(log_variance: Tensor) -> Tensor:
    """As the published autoencoder limits it."""
    return log_variance.clamp(-30, 20)


def shrunk(field: Tensor, samples: int = SAMPLES) -> Tensor:
    """A field N x 3 x H x W at fewer samples: bilinear between pixel centres, without antialiasing."""
    return F.interpolate(field, size=(samples, samples), mode="bilinear", align_corners=False)


def enlarged(samples: Tensor, side: int) -> Tensor:
    """The encoder's input -1..1: bicubic (a = -0.75) to `side`, overshoots cut off."""
    large = F.interpolate(samples, size=(side, side), mode="bicubic", align_corners=False)
    return (large * 2 - 1).clamp(-1, 1)


def as_picture(decoded: Tensor) -> Tensor:
    """0..1 of a decoder's output."""
    return decoded.float().clamp(-1, 1) * 0.5 + 0.5
