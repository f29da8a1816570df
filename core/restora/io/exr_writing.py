"""Writes OpenEXR with half or float samples, losslessly packed; the recipe is an attribute."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import numpy as np

from restora.data.image import Image
from restora.io.colour import premultiplied_alpha
from restora.io.writer import RECIPE_KEY, Depth, WriteOptions

SUFFIXES: tuple[str, ...] = (".exr",)
DEPTHS: tuple[Depth, ...] = (Depth.F32, Depth.F16)
EMBEDS_RECIPE = True

_CHANNELS = {1: "Y", 3: "RGB", 4: "RGBA"}


def default_depth(image: Image) -> Depth:
    """Half where the source was half or had 8 bits, which half holds; float elsewhere."""
    bits = image.metadata.source_bits
    return Depth.F16 if bits is not None and bits <= 8 else Depth.F32


def write(stream: BinaryIO, path: Path, image: Image, depth: Depth, options: WriteOptions) -> None:  # noqa: ARG001 - the stream knows its file
    """Write the picture; colours are multiplied by alpha, as the format has it."""
    import OpenEXR

    pixels = premultiplied_alpha(image.pixels) if image.channels == 4 else image.pixels
    with np.errstate(over="ignore"):
        samples = pixels.astype(np.float16 if depth is Depth.F16 else np.float32)
    header: dict[str, object] = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "software": "restora",
    }
    if options.recipe_text is not None:
        header[RECIPE_KEY] = options.recipe_text
    packed = np.ascontiguousarray(samples[:, :, 0] if image.channels == 1 else samples)
    # The library writes to names only; the stream is an empty temporary file of that name.
    OpenEXR.File(header, {_CHANNELS[image.channels]: packed}).write(os.fsdecode(stream.name))
