"""Brings alpha, grey with alpha, inks and palettes to the 1, 3 or 4 channels of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.data.arrays import ImageArray

if TYPE_CHECKING:
    from restora.io.family import Stored


def with_channels(stored: Stored) -> Stored:
    """Height x width x 1, 3 or 4: a missing channel axis is added, grey with alpha becomes RGB with alpha."""
    if stored.ndim == 2:
        return stored[:, :, np.newaxis]
    if stored.shape[2] == 2:
        return stored[:, :, [0, 0, 0, 1]]
    return stored


def channels_after(samples: int) -> int:
    """How many channels `with_channels` makes of that many samples per pixel."""
    return 4 if samples == 2 else samples


def straight_alpha(pixels: ImageArray) -> ImageArray:
    """Colours divided by their alpha; where alpha is 0 they stay as they are, since nothing divides by 0."""
    alpha = pixels[:, :, 3:]
    divisor = np.where(alpha == 0, np.float32(1), alpha)
    return np.concatenate([pixels[:, :, :3] / divisor, alpha], axis=2)


def premultiplied_alpha(pixels: ImageArray) -> ImageArray:
    """The inverse of `straight_alpha`."""
    alpha = pixels[:, :, 3:]
    factor = np.where(alpha == 0, np.float32(1), alpha)
    return np.concatenate([pixels[:, :, :3] * factor, alpha], axis=2)


def inks_to_rgb(inks: ImageArray) -> ImageArray:
    """RGB from cyan, magenta, yellow and black in 0..1 (1 = full ink), without a profile."""
    return (1 - inks[:, :, :3]) * (1 - inks[:, :, 3:4])
