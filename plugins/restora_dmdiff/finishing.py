"""From the decoder's picture to the result: size and colours."""

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


def resized(
    picture: ImageArray, size: tuple[int, int], box: tuple[float, float, float, float] | None = None
) -> ImageArray:
    """The part `box` (left, top, right, bottom; None: all) at `size` (width, height).

    Lanczos (3 lobes) between pixel centres, widened where it shrinks; channel by channel in float32, in 0..1.
    A part that has that size already, up to a fraction of its last pixel, is only cut out.
    """
    width, height = size
    left, top, right, bottom = box or (0.0, 0.0, float(picture.shape[1]), float(picture.shape[0]))
    starts_whole = left % 1 == 0 and top % 1 == 0
    if starts_whole and abs(right - left - width) < 1 and abs(bottom - top - height) < 1:
        x, y = int(left), int(top)
        return picture[y : y + height, x : x + width]
    import PIL.Image

    def plane(channel: int) -> ImageArray:
        whole = PIL.Image.fromarray(np.ascontiguousarray(picture[:, :, channel]))
        return np.asarray(whole.resize(size, PIL.Image.Resampling.LANCZOS, box=(left, top, right, bottom)))

    return np.clip(np.stack([plane(channel) for channel in range(picture.shape[2])], axis=2), 0, 1)
