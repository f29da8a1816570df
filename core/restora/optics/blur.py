"""Gaussian blur whose every pixel is computed by the same operations wherever it lies in a picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from restora.data.arrays import ImageArray

if TYPE_CHECKING:
    from numpy.typing import NDArray

Tick = Callable[[int, int], None]
"""Called as (done, total) between two bands of rows."""

TRUNCATE = 4.0
"""The kernel ends after this many standard deviations; what is cut off is below 1e-4 of it."""

_BAND_ROWS = 64


def kernel_radius(sigma: float) -> int:
    """How many pixels the kernel reaches to each side."""
    return int(np.ceil(TRUNCATE * sigma))


def gaussian_kernel(sigma: float) -> NDArray[np.float32]:
    """The right half of the kernel, centre first; the whole sums to 1."""
    x = np.arange(kernel_radius(sigma) + 1)
    half = np.exp(-0.5 * (x / sigma) ** 2)
    return np.asarray(half / (2 * half.sum() - half[0]), np.float32)


def gaussian_blur(pixels: ImageArray, sigma: float, *, tick: Tick | None = None) -> ImageArray:
    """The picture blurred by a Gaussian of `sigma` pixels, borders mirrored (edge pixel repeated).

    A pixel's value does not depend on how far the picture reaches beyond the kernel, to the last bit: tiles
    with a margin of `kernel_radius(sigma)` join exactly.
    """
    half = gaussian_kernel(sigma)
    reach = len(half) - 1
    height = pixels.shape[0]
    padded = np.pad(pixels, ((reach, reach), (0, 0), (0, 0)), mode="symmetric")
    out = np.empty(pixels.shape, np.float32)
    for start in range(0, height, _BAND_ROWS):
        stop = min(start + _BAND_ROWS, height)
        tall = _slide(padded[start : stop + 2 * reach], half)
        wide = np.pad(tall.transpose(1, 0, 2), ((reach, reach), (0, 0), (0, 0)), mode="symmetric")
        out[start:stop] = _slide(wide, half).transpose(1, 0, 2)
        if tick is not None:
            tick(stop, height)
    return out


def _slide(padded: ImageArray, half: NDArray[np.float32]) -> ImageArray:
    """Correlation along the first axis; the result is shorter by the kernel's reach at both ends."""
    reach = len(half) - 1
    length = padded.shape[0] - 2 * reach
    total: ImageArray = padded[reach : reach + length] * half[0]
    for step in range(1, reach + 1):
        pair = padded[reach - step : reach - step + length] + padded[reach + step : reach + step + length]
        pair *= half[step]
        total += pair
    return total
