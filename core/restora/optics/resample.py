"""Separable resampling of pictures: pixel centres at +0.5, stated filter, stated antialiasing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from restora.data.arrays import ImageArray
from restora.errors import BadInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Tick = Callable[[int, int], None]
"""Called as (done, total) between two bands of rows."""

_BAND_ROWS = 64
"""Output rows computed at once: the intermediate pictures stay in the processor's cache."""


class Filter(StrEnum):
    """How a new pixel is computed from old ones."""

    NEAREST = "nearest"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    """Keys' cubic with a = -0.5, which reproduces parabolas."""
    LANCZOS = "lanczos"
    """Windowed sinc of three lobes."""


@dataclass(frozen=True, slots=True)
class _Taps:
    """For each new position: which old positions count, and how much. Both are new length x taps."""

    index: NDArray[np.intp]
    weight: NDArray[np.float32]


def output_side(side: int, scale: float) -> int:
    """The length of a side of `side` pixels after scaling: rounded, at least 1."""
    return max(1, round(side * scale))


def resample(
    pixels: ImageArray,
    height: int,
    width: int,
    *,
    filter: Filter,
    antialias: bool = True,
    tick: Tick | None = None,
) -> ImageArray:
    """The picture at another size, height x width x channels.

    Both pictures cover the same area, so the ratio of the sizes decides, per axis. With `antialias` the
    filter is widened when shrinking, so that nothing folds back; NEAREST never is. Taps beyond the border are
    left out and the others share their weight. The same size gives an equal copy. Values are neither clipped
    nor converted.
    Raises BadInputError for a size below one pixel.
    """
    if height < 1 or width < 1:
        raise BadInputError(f"a picture must keep at least one pixel per side, got {width} x {height}")
    if (height, width) == pixels.shape[:2]:
        return np.array(pixels, dtype=np.float32)
    rows = _taps(pixels.shape[0], height, filter, antialias=antialias)
    columns = _taps(pixels.shape[1], width, filter, antialias=antialias)
    out = np.empty((height, width, pixels.shape[2]), np.float32)
    for start in range(0, height, _BAND_ROWS):
        band = slice(start, min(start + _BAND_ROWS, height))
        tall = _apply(rows.index[band], rows.weight[band], pixels)
        wide = _apply(columns.index, columns.weight, tall.transpose(1, 0, 2))
        out[band] = wide.transpose(1, 0, 2)
        if tick is not None:
            tick(band.stop, height)
    return out


def _apply(index: NDArray[np.intp], weight: NDArray[np.float32], pixels: ImageArray) -> ImageArray:
    """Weighted sums along the first axis; tap by tap, so that a NaN spoils only what it belongs to."""
    if index.shape[1] == 1:
        return pixels[index[:, 0]]
    shape = (-1, 1, 1)
    total = pixels[index[:, 0]] * weight[:, 0].reshape(shape)
    for tap in range(1, index.shape[1]):
        total += pixels[index[:, tap]] * weight[:, tap].reshape(shape)
    return total


def _taps(old: int, new: int, filter: Filter, *, antialias: bool) -> _Taps:
    """Indices and weights along one axis."""
    ratio = old / new
    centre = (np.arange(new) + 0.5) * ratio
    if filter is Filter.NEAREST or old == new:
        index = np.minimum(centre.astype(np.intp), old - 1)[:, None]
        return _Taps(index, np.ones((new, 1), np.float32))
    stretch = max(ratio, 1.0) if antialias else 1.0
    reach = _REACH[filter] * stretch
    first = np.floor(centre - reach + 0.5).astype(np.intp)
    count = int(np.ceil(2 * reach)) + 1
    index = first[:, None] + np.arange(count)
    weight = _KERNEL[filter]((index + 0.5 - centre[:, None]) / stretch)
    weight[(index < 0) | (index >= old)] = 0
    weight /= weight.sum(axis=1, keepdims=True)
    return _Taps(np.clip(index, 0, old - 1), weight.astype(np.float32))


def _triangle(x: NDArray[np.float64]) -> NDArray[np.float64]:
    triangle: NDArray[np.float64] = np.maximum(1 - np.abs(x), 0)
    return triangle


def _cubic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    cubic: NDArray[np.float64] = np.where(x < 1, near, np.where(x < 2, far, 0))
    return cubic


def _lanczos(x: NDArray[np.float64]) -> NDArray[np.float64]:
    lobes: NDArray[np.float64] = np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)
    return lobes


_REACH = {Filter.BILINEAR: 1.0, Filter.BICUBIC: 2.0, Filter.LANCZOS: 3.0}
_KERNEL = {Filter.BILINEAR: _triangle, Filter.BICUBIC: _cubic, Filter.LANCZOS: _lanczos}
