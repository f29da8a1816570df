"""How noisy a picture is, for methods that adapt to it."""

from __future__ import annotations

import numpy as np

from restora.api import ImageArray

_NORMAL_MEDIAN = 0.6745


def noise_level(pixels: ImageArray) -> float:
    """Standard deviation of white noise per colour value, by Donoho's median rule; 0 below 2 x 2 pixels."""
    rows, columns = pixels.shape[0] // 2 * 2, pixels.shape[1] // 2 * 2
    if min(rows, columns) == 0:
        return 0.0
    even, odd = pixels[0:rows:2, :columns], pixels[1:rows:2, :columns]
    diagonal = (even[:, ::2] - even[:, 1::2] - odd[:, ::2] + odd[:, 1::2]) / 2
    per_colour = np.median(np.abs(diagonal), axis=(0, 1)) / _NORMAL_MEDIAN
    return float(np.sqrt(np.mean(per_colour**2)))
