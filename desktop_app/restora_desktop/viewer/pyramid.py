"""Ever smaller versions of a picture: a view of it then costs what the screen holds."""

from __future__ import annotations

import numpy as np

from restora.data.arrays import ImageArray
from restora_desktop.viewer.background import Token

SMALLEST_SIDE = 512
"""The pyramid ends where the longer side is at most this."""
_BAND_ROWS = 32


class Pyramid:
    """Level 0 is the picture, each next one has half its sides, rounded up; means of 2 x 2 stored numbers.

    A level that is not built yet is a view of every 2ᵏ-th pixel: at once there, only grainier.
    A NaN makes every smaller pixel NaN that contains it, so it never vanishes by zooming out.
    """

    def __init__(self, pixels: ImageArray) -> None:
        self._levels = [pixels]
        longest = int(max(pixels.shape[:2]))
        self.count: int = 1 + max(0, (max(longest - 1, 1) // SMALLEST_SIDE).bit_length())

    def is_built(self, level: int) -> bool:
        """Whether its pixels are true means."""
        return level < len(self._levels)

    def level(self, level: int) -> ImageArray:
        """Its pixels; raises IndexError for a level that the pyramid does not have."""
        if not 0 <= level < self.count:
            raise IndexError(f"level {level} of {self.count}")
        if self.is_built(level):
            return self._levels[level]
        step = 2 ** (level - len(self._levels) + 1)
        return self._levels[-1][::step, ::step]

    @property
    def is_complete(self) -> bool:
        """Whether every level is built."""
        return len(self._levels) == self.count

    def next_level(self, token: Token) -> ImageArray:
        """Compute the first level that is not there yet; hand it to `add` on the thread that draws."""
        return halved(self._levels[-1], token)

    def add(self, level: ImageArray) -> None:
        """Take the next level in."""
        self._levels.append(level)


def halved(pixels: ImageArray, token: Token) -> ImageArray:
    """Means of 2 x 2 pixels; at an odd edge, of the two or the one that exist."""
    height, width, channels = pixels.shape
    out = np.empty((-(-height // 2), -(-width // 2), channels), np.float32)
    for start in range(0, len(out), _BAND_ROWS):
        token.check()
        stop = min(start + _BAND_ROWS, len(out))
        _halve_band(pixels[2 * start : 2 * stop], out[start:stop])
    return out


def _halve_band(pixels: ImageArray, out: ImageArray) -> None:
    upper, lower = pixels[0::2], pixels[1::2]
    half, quarter = np.float32(0.5), np.float32(0.25)
    with np.errstate(invalid="ignore", over="ignore"):  # infinities of both signs meet in NaN, rightly
        if len(lower) < len(upper):
            rows = upper.copy()
            rows[: len(lower)] += lower
            rows[len(lower) :] *= 2
        else:
            rows = upper + lower
        whole = rows.shape[1] // 2
        # Channel by channel: numpy's inner loop then runs along the row instead of over three numbers.
        for channel in range(pixels.shape[2]):
            left, right = rows[:, 0::2, channel], rows[:, 1::2, channel]
            np.add(left[:, :whole], right, out=out[:, :whole, channel])
            out[:, :whole, channel] *= quarter
            np.multiply(left[:, whole:], half, out=out[:, whole:, channel])
