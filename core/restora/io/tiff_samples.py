"""The samples of a TIFF page, made floats while they are read: no second copy of the page ever exists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.parallel import in_parallel, workers
from restora.errors import FileProblemError
from restora.io.pixels import convert_into

if TYPE_CHECKING:
    import tifffile
    from numpy.typing import NDArray

    _Segment: TypeAlias = tuple[NDArray[np.generic] | None, tuple[int, int, int, int, int], tuple[int, ...]]

_BUFFER_SAMPLES = 2**17
"""Samples read at once by one thread: they stay in its core's cache until they are converted."""


def floats_of_page(path: Path, page: tifffile.TiffPage, bits: int, *, is_inverted: bool) -> ImageArray:
    """Height x width x samples, integers divided by 2**bits - 1; `is_inverted`: white is zero."""
    shape = (int(page.imagelength), int(page.imagewidth), int(page.samplesperpixel))
    if page.is_memmappable and page.dtype is not None:
        dtype = np.dtype(page.dtype).newbyteorder(page.parent.byteorder)
        planes = 1 if page.planarconfig == 1 else shape[2]
        return _uncompressed(path, dtype, int(page.dataoffsets[0]), shape, planes, bits, is_inverted)
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

    for _ in page.segments(func=place, maxworkers=workers()):
        pass
    return result


def _uncompressed(
    path: Path,
    dtype: np.dtype[np.generic],
    offset: int,
    shape: tuple[int, int, int],
    planes: int,
    bits: int,
    is_inverted: bool,
) -> ImageArray:
    """The pixels from one run of bytes, some rows of all planes at a time."""
    height, width, samples = shape
    result = np.empty(shape, np.float32)
    targets = [result[:, :, plane::planes].reshape(height, -1) for plane in range(planes)]
    row_samples = width * samples // planes
    step = max(1, _BUFFER_SAMPLES // row_samples)

    def convert(first: int, end: int) -> None:
        buffer = np.empty((min(step, end - first), row_samples), dtype)
        with path.open("rb", buffering=0) as stream:
            for start in range(first, end, step):
                rows = buffer[: end - start]
                for plane, target in enumerate(targets):
                    stream.seek(offset + (plane * height + start) * row_samples * dtype.itemsize)
                    if stream.readinto(rows.data) != rows.nbytes:
                        raise FileProblemError(path, "ends before its last pixel")
                    part = target[start : start + len(rows)]
                    convert_into(part, _inverted(rows) if is_inverted else rows, bits)

    in_parallel(height, convert, weight=width * samples)
    return result


def _inverted(samples: NDArray[np.generic]) -> NDArray[np.generic]:
    """White minus the value for full integers: all bits turned over, for bool as well."""
    turned: NDArray[np.generic] = np.invert(samples)
    return turned
