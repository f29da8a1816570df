"""Writes TIFF with 8 or 16 bits or floats, deflated, with profile, EXIF, description and recipe."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.image import Image
from restora.data.parallel import workers
from restora.io.exif_of_tiff import append_tables, tags_of_first_table
from restora.io.exif_tables import Table, read_table
from restora.io.family import Stored
from restora.io.pixels import to_integers
from restora.io.writer import RECIPE_KEY, Depth, WriteOptions, depth_of_source, profile_to_keep

SUFFIXES: tuple[str, ...] = (".tif", ".tiff")
DEPTHS: tuple[Depth, ...] = (Depth.U8, Depth.U16, Depth.F16, Depth.F32)
EMBEDS_RECIPE = True

DESCRIPTION = "ImageDescription"
_FLOAT_LEVEL = 1
"""Of deflate, for 32-bit floats: their low bits are noise, and looking harder for order gains a twentieth."""
_CLASSIC_LIMIT = 2**32 - 2**26
"""Above this size the file becomes BigTIFF, whose tables are laid out differently: EXIF stays out."""


def default_depth(image: Image) -> Depth:
    """The source's depth; floats where the source had more than 16 bits."""
    bits = image.metadata.source_bits
    return Depth.F32 if bits is not None and bits > 16 else depth_of_source(image)


def write(stream: BinaryIO, path: Path, image: Image, depth: Depth, options: WriteOptions) -> None:
    """Write the picture; raises FileProblemError where it holds NaN and integers are asked for."""
    import tifffile

    samples = _samples(image.pixels, depth, path)
    is_big = samples.nbytes > _CLASSIC_LIMIT
    exif = image.metadata.exif if options.keep_metadata and not is_big else None
    table: Table = {} if exif is None else read_table(exif)
    with tifffile.TiffWriter(stream, bigtiff=is_big, byteorder="<") as tif:
        tif.write(
            samples,
            photometric="minisblack" if image.channels == 1 else "rgb",
            extrasamples=["unassalpha"] if image.channels == 4 else None,
            planarconfig=None if image.channels == 1 else "contig",
            compression="adobe_deflate",
            compressionargs={"level": _FLOAT_LEVEL} if depth is Depth.F32 else None,
            maxworkers=workers(),
            predictor=depth is not Depth.F16,
            description=_description(image, options),
            iccprofile=profile_to_keep(image, options),
            software="restora",
            metadata=None,
            extratags=tags_of_first_table(table),
        )
    if table:
        append_tables(stream, table)


def _samples(pixels: ImageArray, depth: Depth, path: Path) -> Stored:
    if depth is Depth.F32:
        flat: Stored = pixels
    elif depth is Depth.F16:
        # Beyond 65504 a half float is infinite, which is what the format can say.
        with np.errstate(over="ignore"):
            flat = pixels.astype(np.float16)
    else:
        flat = to_integers(pixels, int(depth.value), path)
    return flat[:, :, 0] if flat.shape[2] == 1 else flat


def _description(image: Image, options: WriteOptions) -> bytes | None:
    """The recipe takes the place of the source's description: readers show one text only."""
    if options.recipe_text is not None:
        return f"{RECIPE_KEY} {options.recipe_text}".encode()
    text = image.metadata.text.get(DESCRIPTION) if options.keep_metadata else None
    if text is None or text.startswith(RECIPE_KEY):
        return None
    return text.encode()
