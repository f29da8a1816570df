"""Pixel-wise distances between a picture and its reference: squared errors, PSNR, and where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.image import Image
from restora.quality.views import check_pair, displayed, light

if TYPE_CHECKING:
    from numpy.typing import NDArray

PSNR_FLOOR = 1e-8
"""Added to the mean squared error, as piq 0.8.0 does: equal pictures give 80 dB rather than infinity."""


def mse_linear(image: Image, reference: Image) -> float:
    """Mean squared error of linear light in units of the nominal white, not clipped."""
    check_pair(image, reference)
    return _mean_square(light(image), light(reference))


def mse_srgb(image: Image, reference: Image) -> float:
    """Mean squared error of sRGB code values clipped to 0..1."""
    check_pair(image, reference)
    return _mean_square(displayed(image), displayed(reference))


def psnr(image: Image, reference: Image) -> float:
    """Peak signal-to-noise ratio in dB over all colours, of sRGB code values clipped to 0..1; 80 at most."""
    return psnr_of(mse_srgb(image, reference))


def psnr_of(mean_square: float) -> float:
    """Decibels of a mean squared error whose values range over 0..1."""
    return float(-10 * np.log10(mean_square + PSNR_FLOOR))


def error_map(image: Image, reference: Image) -> ImageArray:
    """Absolute difference of sRGB code values clipped to 0..1, mean over colours: height x width x 1."""
    check_pair(image, reference)
    difference = np.abs(displayed(image) - displayed(reference)).mean(axis=2, keepdims=True)
    return np.asarray(difference, np.float32)


def _mean_square(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    return float(np.mean((first - second) ** 2))
