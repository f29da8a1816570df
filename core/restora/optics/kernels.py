"""Small blur kernels of two dimensions, and correlation with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.arrays import ImageArray

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SINC_REACH = 7


def anisotropic_kernel(major: float, minor: float, angle: float, shape: float = 1.0) -> NDArray[np.float32]:
    """An ellipse with standard deviations `major`, `minor` (pixels) turned by `angle` (radians).

    `shape` 1 is a Gaussian, below it has longer tails, above it a flat top. Sums to 1.
    """
    reach = max(1, int(np.ceil(3 * max(major, minor))))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    along = (x * np.cos(angle) + y * np.sin(angle)) / max(major, 1e-3)
    across = (y * np.cos(angle) - x * np.sin(angle)) / max(minor, 1e-3)
    kernel = np.exp(-0.5 * (along**2 + across**2) ** shape)
    return np.asarray(kernel / kernel.sum(), np.float32)


def sinc_kernel(cutoff: float) -> NDArray[np.float32]:
    """A separable low-pass filter that rings: frequencies below `cutoff` (radians per pixel) pass."""
    x = np.arange(-_SINC_REACH, _SINC_REACH + 1)
    line = np.sinc(x * cutoff / np.pi) * np.hanning(2 * _SINC_REACH + 3)[1:-1]
    kernel = np.outer(line, line)
    return np.asarray(kernel / kernel.sum(), np.float32)


def correlate(pixels: ImageArray, kernel: NDArray[Any]) -> ImageArray:
    """Correlation with an odd kernel, borders mirrored."""
    reach = kernel.shape[0] // 2
    height, width = pixels.shape[:2]
    padded = np.pad(pixels, ((reach, reach), (reach, reach), (0, 0)), mode="symmetric")
    total = np.zeros(pixels.shape, np.float32)
    for dy, row in enumerate(kernel):
        for dx, weight in enumerate(row):
            total += np.float32(weight) * padded[dy : dy + height, dx : dx + width]
    return total
