"""How often which numbers occur in a picture; runs on any thread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.image import Image
from restora_desktop.viewer.background import Token

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS = 256
_BAND_ROWS = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Histogram:
    """Of every pixel, not of a sample; positions are in units of the nominal white."""

    counts: NDArray[np.int64]
    """Channels (1 or 3) x BINS."""
    low: float
    """Where the first bin begins: the smallest finite number."""
    high: float
    """Where the last bin ends: the largest finite number."""
    unusual: int
    """Numbers that are NaN or infinite."""


def histogram(image: Image, token: Token) -> Histogram:
    """Count all numbers but alpha; a picture without finite numbers has empty bins from 0 to 1."""
    colours = image.pixels[:, :, : min(image.channels, 3)]
    low, high, unusual = _extent(colours, token)
    counts = np.zeros((colours.shape[2], BINS), np.int64)
    if high > low:
        factor = np.float64(BINS) / (np.float64(high) - np.float64(low))
        for band in _bands(colours, token):
            _count(band, low, factor, counts)
    else:
        counts[:, 0] = [np.isfinite(colours[:, :, channel]).sum() for channel in range(colours.shape[2])]
    white = image.nominal_white
    if low > high:
        return Histogram(counts=counts, low=0.0, high=1.0, unusual=unusual)
    return Histogram(counts=counts, low=low / white, high=high / white, unusual=unusual)


def _bands(pixels: ImageArray, token: Token) -> Iterator[ImageArray]:
    for start in range(0, len(pixels), _BAND_ROWS):
        token.check()
        yield pixels[start : start + _BAND_ROWS]


def _extent(pixels: ImageArray, token: Token) -> tuple[float, float, int]:
    low, high, unusual = np.inf, -np.inf, 0
    for band in _bands(pixels, token):
        least, most = float(band.min()), float(band.max())
        if not np.isfinite(least + most):
            finite = band[np.isfinite(band)]
            unusual += band.size - finite.size
            if finite.size == 0:
                continue
            least, most = float(finite.min()), float(finite.max())
        low, high = min(low, least), max(high, most)
    return low, high, unusual


def _count(band: ImageArray, low: float, factor: float, counts: NDArray[np.int64]) -> None:
    for channel in range(band.shape[2]):
        numbers = band[:, :, channel].ravel()
        if not np.isfinite(numbers.sum()):
            numbers = numbers[np.isfinite(numbers)]
        bins = ((numbers - np.float32(low)) * np.float32(factor)).astype(np.intp)
        np.minimum(bins, BINS - 1, out=bins)
        counts[channel] += np.bincount(bins, minlength=BINS)
