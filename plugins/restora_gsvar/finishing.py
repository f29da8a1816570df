"""From the network's picture to the result: colours, and how much of it."""

from __future__ import annotations

import numpy as np

from restora.api import ImageArray
from restora.nets.colour_fix import statistics_colour_fix, wavelet_colour_fix


def recoloured(content: ImageArray, colours: ImageArray, way: str) -> ImageArray:
    """`content` in 0..1 with the colours of a picture of the same size; `way` is none, wavelet or adain."""
    if way == "none":
        return content
    fix = wavelet_colour_fix if way == "wavelet" else statistics_colour_fix
    return np.clip(fix(content, colours), 0, 1)


def mixed(before: ImageArray, after: ImageArray, strength: float) -> ImageArray:
    """From `before` (0) to `after` (1)."""
    if strength == 1:
        return after
    return np.asarray(before + np.float32(strength) * (after - before), np.float32)
