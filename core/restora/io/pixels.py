"""Numbers between files and memory: integer samples become floats once, here, and floats integers once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.parallel import in_parallel
from restora.errors import FileProblemError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restora.io.family import Stored

_CHUNK_SAMPLES = 2**18
"""Samples converted at once: one chunk stays in the cache between the steps."""

_FLIPS: dict[int, tuple[bool, slice, slice]] = {
    1: (False, slice(None), slice(None)),
    2: (False, slice(None), slice(None, None, -1)),
    3: (False, slice(None, None, -1), slice(None, None, -1)),
    4: (False, slice(None, None, -1), slice(None)),
    5: (True, slice(None), slice(None)),
    6: (True, slice(None), slice(None, None, -1)),
    7: (True, slice(None, None, -1), slice(None, None, -1)),
    8: (True, slice(None, None, -1), slice(None)),
}
"""EXIF orientation: whether to transpose first, then which way to walk through rows and columns."""


def to_float(stored: Stored, bits: int) -> ImageArray:
    """float32 samples: integers divided by 2**bits - 1, floats as they are (float64 is rounded)."""
    if stored.dtype == np.float32 and stored.dtype.isnative and stored.flags.c_contiguous:
        return stored.astype(np.float32, copy=False)
    result = np.empty(stored.shape, np.float32)
    samples_per_row = max(1, stored[0].size)
    step = max(1, _CHUNK_SAMPLES // samples_per_row)
    has_planes = abs(stored.strides[2]) > abs(stored.strides[1])

    def convert(first: int, end: int) -> None:
        for start in range(first, end, step):
            rows = slice(start, min(start + step, end))
            # Plane by plane where the samples of a pixel lie far apart: numpy would walk three at a time.
            for channel in range(stored.shape[2]) if has_planes else (slice(None),):
                convert_into(result[rows, :, channel], stored[rows, :, channel], bits)

    in_parallel(stored.shape[0], convert, weight=samples_per_row)
    return result


def convert_into(target: ImageArray, samples: Stored, bits: int) -> None:
    """Fill `target` with the samples as floats, as `to_float` does."""
    if samples.dtype.kind in "fb":
        # A float64 beyond float32 becomes infinite, which a picture may hold.
        with np.errstate(over="ignore"):
            np.copyto(target, samples, casting="unsafe")
    else:
        exact = np.float32 if samples.dtype.itemsize <= 2 else np.float64
        np.divide(samples, exact(2**bits - 1), out=target, casting="unsafe")


def to_integers(pixels: ImageArray, bits: int, path: Path) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """8- or 16-bit samples: clipped to 0..1, then rounded to the nearest level, halves upwards.

    Raises FileProblemError where a value is not a number: integers cannot hold it.
    """
    broken = int(np.isnan(pixels).sum())
    if broken:
        raise FileProblemError(
            path,
            f"{broken} value(s) of the picture are not a number (NaN), which integer formats cannot hold",
            advice="Write TIFF with 32-bit floats, EXR or NPY instead.",
        )
    white = 2**bits - 1
    result = np.empty(pixels.shape, np.uint8 if bits == 8 else np.uint16)

    samples_per_row = pixels[0].size
    step = max(1, _CHUNK_SAMPLES // samples_per_row)

    def convert(first: int, end: int) -> None:
        for start in range(first, end, step):
            rows = slice(start, min(start + step, end))
            part = np.clip(pixels[rows], 0, 1)
            part *= np.float32(white)
            part += np.float32(0.5)
            np.copyto(result[rows], part, casting="unsafe")

    in_parallel(pixels.shape[0], convert, weight=samples_per_row)
    return result


def oriented(pixels: ImageArray, orientation: int) -> ImageArray:
    """The picture as it is to be looked at, for an EXIF orientation of 1 to 8."""
    if orientation == 1:
        return pixels
    transpose, rows, columns = _FLIPS[orientation]
    turned = pixels.swapaxes(0, 1) if transpose else pixels
    return np.ascontiguousarray(turned[rows, columns])


def swaps_sides(orientation: int) -> bool:
    """Whether width and height change places."""
    return _FLIPS[orientation][0]
