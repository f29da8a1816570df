"""The samples of a TIFF page, made floats while they are read: no second copy of the page ever exists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from restora.data.arrays import ImageArray
from restora.errors import FileProblemError
from restora.io.pixels import convert_into, in_parallel, to_float

if TYPE_CHECKING:
    import tifffile
    from numpy.typing import NDArray

    _Segment: TypeAlias = tuple[NDArray[np.generic] | None, tuple[int, int, int, int, int], tuple[int, ...]]

_BUFFER_SAMPLES = 2**17
"""Samples read at once by one thread: they stay in its core's cache until they are converted."""


def floats_of_page(path: Path, page: tifffile.TiffPage, bits: int, *, is_inverted: bool) -> ImageArray:
    """Height x width x samples, integers divided by 2**bits - 1; `is_inverted`: white is zero."""
    shape = (int(page.imagelength), int(page.imagewidth), int(page.samplesperpixel))
    if page.is_memmappable and page.planarconfig == 1 and page.dtype is not None:
        dtype = np.dtype(page.dtype).newbyteorder(page.parent.byteorder)
        return _uncompressed(path, dtype, int(page.dataoffsets[0]), shape, bits, is_inverted)
    if page.is_contiguous and not is_inverted:
        return to_float(np.moveaxis(page.asarray().reshape(shape[2], *shape[:2]), 0, -1), bits)
    result = np.zeros(shape, np.float32)

    def place(segment: _Segment) -> None:
        samples, (plane, _, top, left, _), (_, height, width, _) = segment
        if samples is None:
            return
        height, width = min(height, shape[0] - top), min(width, shape[1] - left)
        part = samples[0, :height, :width]
        first = 0 if page.planarconfig == 1 else plane
        target = result[top : top + height, left : left + width, first : first + part.shape[2]]
        convert_into(target, _inverted(part) if is_inverted else part, bits)

    for _ in page.segments(func=place):
        pass
    return result


def _uncompressed(
    path: Path,
    dtype: np.dtype[np.generic],
    offset: int,
    shape: tuple[int, int, int],
    bits: int,
    is_inverted: bool,
) -> ImageArray:
    result = np.empty(shape, np.float32)
    flat = result.reshape(-1)

    def convert(start: int, stop: int) -> None:
        buffer = np.empty(min(_BUFFER_SAMPLES, stop - start), dtype)
        with path.open("rb", buffering=0) as stream:
            stream.seek(offset + start * dtype.itemsize)
            while start < stop:
                samples = buffer[: stop - start]
                if stream.readinto(samples.data) != samples.nbytes:
                    raise FileProblemError(path, "ends before its last pixel")
                target = flat[start : start + samples.size]
                convert_into(target, _inverted(samples) if is_inverted else samples, bits)
                start += samples.size

    in_parallel(flat.size, convert)
    return result


def _inverted(samples: NDArray[np.generic]) -> NDArray[np.generic]:
    """White minus the value for full integers: all bits turned over, for bool as well."""
    turned: NDArray[np.generic] = np.invert(samples)
    return turned
