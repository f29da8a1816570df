"""Maps of bad pixels, as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.errors import FileProblemError
from restora.io import png
from restora.io.atomic import atomic_write
from restora.io.decoding import read_head
from restora.io.limits import check_size
from restora.io.npy_header import MAGIC, read_array_header
from restora.io.options import OpenOptions

if TYPE_CHECKING:
    from restora.data.arrays import Mask

_WHITE = 255


def read_mask(path: Path, height: int, width: int) -> Mask:
    """The bad pixels of a map of that size: true in a bool NPY; everything but pure white in a PNG.

    Raises FileProblemError for another size or type.
    """
    head = read_head(path)
    mask = _read_npy(path, (height, width)) if head.startswith(MAGIC) else _read_png(path, head)
    if mask.shape != (height, width):
        raise FileProblemError(
            path,
            f"marks {mask.shape[1]} x {mask.shape[0]} pixels, but frames are kept with {width} x {height}",
        )
    return mask


def write_mask(path: Path, mask: Mask) -> None:
    """Write a bool NPY that `read_mask` reads."""
    atomic_write(path, lambda stream: np.save(stream, np.asarray(mask, bool), allow_pickle=False))


def _read_npy(path: Path, shape: tuple[int, int]) -> Mask:
    with path.open("rb") as stream:
        header = read_array_header(stream, path)
        if header.dtype != np.bool_ or header.shape != shape:
            raise FileProblemError(
                path, f"holds {header.dtype} of shape {header.shape}, a map of bad pixels is bool of {shape}"
            )
        data = stream.read(header.data_bytes)
    if len(data) != header.data_bytes:
        raise FileProblemError(path, f"ends after {len(data)} of {header.data_bytes} bytes")
    flat = np.frombuffer(data, np.uint8) != 0
    mask: Mask = flat.reshape(shape, order="F" if header.fortran_order else "C")
    return mask


def _read_png(path: Path, head: bytes) -> Mask:
    if not png.sniff(head, path):
        raise FileProblemError(path, "is neither an NPY nor a PNG map of bad pixels")
    header = png.header(path, OpenOptions())
    check_size(path, header.width, header.height, header.channels, limit=None)
    pixels = png.decode(path, header, OpenOptions())
    if pixels.dtype != np.uint8:
        raise FileProblemError(path, f"holds {pixels.dtype} samples, a map of bad pixels has 8 bits")
    bad: Mask = (np.asarray(pixels) != _WHITE).any(axis=2)
    return bad
