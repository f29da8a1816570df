"""Structural similarity at one scale and at several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.data.image import Image
from restora.errors import BadInputError
from restora.quality.views import check_pair, displayed

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW = 11
"""Side of the Gaussian window, pixels."""
WINDOW_SIGMA = 1.5
_C1, _C2 = 0.01**2, 0.03**2
_POOLING_SIDE = 256
"""A picture whose shorter side is n times this (rounded) is averaged over n x n pixels first, as in piq."""
_SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
_SMALLEST_MS = (WINDOW - 1) * 2 ** (len(_SCALE_WEIGHTS) - 1) + 1


def ssim(image: Image, reference: Image) -> float:
    """Structural similarity, 1 for equal pictures; follows piq 0.8.0.

    sRGB code values clipped to 0..1, range 1, Gaussian window of 11 px with sigma 1.5, only where it fits;
    mean over colours. Pictures of 384 px and more at the shorter side are averaged down first. Raises
    BadInputError for pairs that cannot be compared and for pictures smaller than the window.
    """
    check_pair(image, reference)
    _check_side(image, WINDOW, "SSIM")
    return ssim_values(displayed(image), displayed(reference))


def ssim_values(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """As `ssim`, for arrays of height x width x colours with values from 0 to 1."""
    factor = max(1, round(min(first.shape[:2]) / _POOLING_SIDE))
    similarity, _ = _statistics(_pooled(first, factor), _pooled(second, factor))
    return float(similarity.mean())


def ms_ssim(image: Image, reference: Image) -> float:
    """Structural similarity over five scales, each half as large as the last (Wang et al. 2003).

    Values, range and window as for `ssim`, without averaging first. BadInputError below 161 pixels.
    """
    check_pair(image, reference)
    _check_side(image, _SMALLEST_MS, "MS-SSIM")
    first, second = displayed(image), displayed(reference)
    product = np.ones(first.shape[2])
    for level, weight in enumerate(_SCALE_WEIGHTS):
        similarity, contrast = _statistics(first, second)
        last = level == len(_SCALE_WEIGHTS) - 1
        product *= np.maximum(similarity if last else contrast, 0) ** weight
        if not last:
            first, second = _halved(first), _halved(second)
    return float(product.mean())


def _check_side(image: Image, least: int, name: str) -> None:
    if min(image.width, image.height) < least:
        raise BadInputError(
            f"{name} needs at least {least} pixels per side, the pictures have {image.width} x {image.height}"
        )


def _statistics(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean similarity and mean contrast term, one of each per colour."""
    mean_x, mean_y = _window(x), _window(y)
    spread = _window(x * x) - mean_x**2 + _window(y * y) - mean_y**2
    shared = _window(x * y) - mean_x * mean_y
    contrast = (2 * shared + _C2) / (spread + _C2)
    brightness = (2 * mean_x * mean_y + _C1) / (mean_x**2 + mean_y**2 + _C1)
    return (brightness * contrast).mean(axis=(0, 1)), contrast.mean(axis=(0, 1))


def _window(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gaussian means at all places where the window fits."""
    x = np.arange(WINDOW) - WINDOW // 2
    kernel = np.exp(-(x**2) / (2 * WINDOW_SIGMA**2))
    kernel /= kernel.sum()
    rows, columns = values.shape[0] - WINDOW + 1, values.shape[1] - WINDOW + 1
    tall = sum(weight * values[k : k + rows] for k, weight in enumerate(kernel))
    return np.asarray(sum(weight * tall[:, k : k + columns] for k, weight in enumerate(kernel)))


def _pooled(values: NDArray[np.float64], factor: int) -> NDArray[np.float64]:
    """Means over factor x factor pixels; rows and columns left over are dropped."""
    if factor == 1:
        return values
    rows, columns = values.shape[0] // factor, values.shape[1] // factor
    blocks = values[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor, -1)
    return np.asarray(blocks.mean(axis=(1, 3)))


def _halved(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means over 2 x 2; an odd picture first gets its first row and column twice."""
    odd = int(values.shape[0] % 2 or values.shape[1] % 2)
    return _pooled(np.pad(values, ((odd, 0), (odd, 0), (0, 0)), mode="edge"), 2)
