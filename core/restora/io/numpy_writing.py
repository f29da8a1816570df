"""Writes NPY: float32 as it is, height x width (x channels)."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np

from restora.data.image import Image
from restora.io.pixels import to_integers
from restora.io.writer import Depth, WriteOptions

SUFFIXES: tuple[str, ...] = (".npy",)
DEPTHS: tuple[Depth, ...] = (Depth.F32, Depth.F16, Depth.U8, Depth.U16)
EMBEDS_RECIPE = False


def default_depth(image: Image) -> Depth:  # noqa: ARG001 - every writer is asked the same way
    """float32, which keeps everything."""
    return Depth.F32


def write(
    stream: BinaryIO,
    path: Path,
    image: Image,
    depth: Depth,
    options: WriteOptions,  # noqa: ARG001 - NPY has no metadata
) -> None:
    """Write the array with its channel axis."""
    pixels = image.pixels
    if not depth.is_float:
        np.save(stream, to_integers(pixels, int(depth.value), path), allow_pickle=False)
        return
    with np.errstate(over="ignore"):
        floats = pixels.astype(np.float16 if depth is Depth.F16 else np.float32, copy=False)
    np.save(stream, floats, allow_pickle=False)
