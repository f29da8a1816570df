"""Giving a network's output the colours of a reference, by wavelet decomposition or by its statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.errors import BadInputError

if TYPE_CHECKING:
    from restora.data.arrays import ImageArray

LEVELS = 5


def low_frequencies(picture: ImageArray, levels: int = LEVELS) -> ImageArray:
    """What remains of H x W x C after `levels` blurs (1 2 1)/4 with spacing 1, 2, 4, …, edges repeated."""
    blurred = picture
    for level in range(levels):
        blurred = blurred_once(blurred, 2**level)
    return blurred


def blurred_once(picture: ImageArray, spacing: int) -> ImageArray:
    """H x W x C after one blur (1 2 1)/4 along both axes, whose taps lie `spacing` pixels apart."""
    return _blur(_blur(picture, spacing, axis=0), spacing, axis=1)


def wavelet_colour_fix(content: ImageArray, colours: ImageArray, levels: int = LEVELS) -> ImageArray:
    """The detail of `content` upon the low frequencies of `colours`; both H x W x C of one size, float32."""
    if content.shape != colours.shape:
        raise BadInputError(
            f"colours can be taken from a picture of the same size only, got {colours.shape} "
            f"for {content.shape}"
        )
    return content - low_frequencies(content, levels) + low_frequencies(colours, levels)


def statistics_colour_fix(content: ImageArray, colours: ImageArray) -> ImageArray:
    """`content` with each channel's mean and deviation taken from `colours` (AdaIN); H x W x C, float32."""
    own, wanted = (_statistics(picture) for picture in (content, colours))
    fixed: ImageArray = (content - own[0]) / own[1] * wanted[1] + wanted[0]
    return fixed


def _blur(picture: ImageArray, spacing: int, *, axis: int) -> ImageArray:
    length = picture.shape[axis]
    place = np.arange(length)
    before = np.take(picture, np.maximum(place - spacing, 0), axis=axis)
    after = np.take(picture, np.minimum(place + spacing, length - 1), axis=axis)
    blurred: ImageArray = np.float32(0.5) * picture + np.float32(0.25) * (before + after)
    return blurred


def _statistics(picture: ImageArray) -> tuple[ImageArray, ImageArray]:
    # As published the variance is the unbiased one, which a single pixel does not have.
    unbiased = min(1, picture.shape[0] * picture.shape[1] - 1)
    variance = picture.var(axis=(0, 1), ddof=unbiased, dtype=np.float64) + 1e-5
    mean = picture.mean(axis=(0, 1), dtype=np.float64)
    return mean.astype(np.float32), np.sqrt(variance).astype(np.float32)
