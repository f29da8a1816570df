"""Bringing a picture to a size that a method can take, and cutting the result back."""

from __future__ import annotations

import numpy as np

from restora.data.arrays import ImageArray
from restora.plugins.declarations import SizeRule


def padded_size(width: int, height: int, rule: SizeRule) -> tuple[int, int]:
    """The smallest size (width, height) that obeys `rule` and holds the picture."""
    width, height = (_up(side, rule) for side in (width, height))
    if rule.square:
        width = height = max(width, height)
    return width, height


def _up(side: int, rule: SizeRule) -> int:
    return -(-max(side, rule.minimum) // rule.multiple_of) * rule.multiple_of


def pad_to(pixels: ImageArray, width: int, height: int) -> ImageArray:
    """Grow to the right and below by reflection; where reflection cannot reach, by repeating the edge."""
    pixels = _pad_axis(pixels, 0, height - pixels.shape[0])
    return _pad_axis(pixels, 1, width - pixels.shape[1])


def _pad_axis(pixels: ImageArray, axis: int, missing: int) -> ImageArray:
    if missing <= 0:
        return pixels
    reflected = min(missing, pixels.shape[axis] - 1)
    for amount, mode in ((reflected, "reflect"), (missing - reflected, "edge")):
        if amount:
            widths = [(0, amount if index == axis else 0) for index in range(3)]
            pixels = np.pad(pixels, widths, mode=mode)  # type: ignore[call-overload]  # numpy lists modes one by one
    return pixels
