"""Radial distortion: straight lines bend, more so towards the corners."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.arrays import ImageArray
from restora.errors import BadInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 0.3
"""Largest strength to either side: beyond, the picture would fold over itself."""
_ROUNDS = 12


def distort(pixels: ImageArray, strength: float) -> ImageArray:
    """The picture through a lens that moves what belongs at radius r to r·(1 + strength·r²).

    r is 1 at half the shorter side. Negative is barrel, positive pincushion distortion. Bilinear reading,
    edges repeat. Raises BadInputError for a strength beyond ±0.3.
    """
    _check(strength)
    return _read(pixels, lambda r: _undone(r, strength))


def undistort(pixels: ImageArray, strength: float) -> ImageArray:
    """The inverse of `distort`, up to the blur of reading twice."""
    _check(strength)
    return _read(pixels, lambda r: 1 + strength * r**2)


def read_at(pixels: ImageArray, rows: NDArray[Any], columns: NDArray[Any]) -> ImageArray:
    """Bilinear values at fractional rows and columns (pixel centres at whole numbers); edges repeat."""
    height, width = pixels.shape[:2]
    y = np.clip(rows, 0, height - 1)
    x = np.clip(columns, 0, width - 1)
    top, left = y.astype(np.intp), x.astype(np.intp)
    below, beside = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    down = (y - top).astype(np.float32)[:, :, None]
    right = (x - left).astype(np.float32)[:, :, None]
    upper = pixels[top, left] * (1 - right) + pixels[top, beside] * right
    lower = pixels[below, left] * (1 - right) + pixels[below, beside] * right
    return np.asarray(upper * (1 - down) + lower * down, np.float32)


def _read(pixels: ImageArray, factor: Callable[[NDArray[Any]], NDArray[Any]]) -> ImageArray:
    height, width = pixels.shape[:2]
    rows = np.arange(height)[:, None] + 0.5 - height / 2
    columns = np.arange(width)[None, :] + 0.5 - width / 2
    stretch = factor(np.hypot(rows, columns) * 2 / min(height, width))
    return read_at(pixels, rows * stretch + height / 2 - 0.5, columns * stretch + width / 2 - 0.5)


def _undone(r: NDArray[Any], strength: float) -> NDArray[Any]:
    """The factor by which the undistorted radius differs from `r`, found by Newton's method."""
    # Deep corners of a barrel show nothing that a source radius could reach: they repeat the farthest one.
    farthest = 0.98 / np.sqrt(-3 * strength) if strength < 0 else np.inf
    source = np.minimum(r, farthest)
    for _ in range(_ROUNDS):
        step = (source * (1 + strength * source**2) - r) / (1 + 3 * strength * source**2)
        source = np.clip(source - step, 0, farthest)
    return np.asarray(np.divide(source, r, out=np.ones_like(r), where=r > 0))


def _check(strength: float) -> None:
    if not abs(strength) <= MOST:
        raise BadInputError(f"the distortion must be -{MOST:g} to {MOST:g}, got {strength:g}")
