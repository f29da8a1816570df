"""Writes PNG with 8 or 16 bits, profile, EXIF, texts and recipe."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.io.pixels import to_integers
from restora.io.png_chunks import SIGNATURE, profile_chunk, text_chunk, write_chunk
from restora.io.png_packing import packed_pixels
from restora.io.writer import RECIPE_KEY, Depth, WriteOptions, depth_of_source, profile_to_keep

SUFFIXES: tuple[str, ...] = (".png",)
DEPTHS: tuple[Depth, ...] = (Depth.U8, Depth.U16)
EMBEDS_RECIPE = True

_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
_SRGB_CHUNK = (b"sRGB", b"\0")
_LINEAR_CHUNK = (b"cICP", bytes((1, 8, 0, 1)))
"""BT.709 primaries, linear transfer, RGB, full range: only this tells a reader that numbers are light."""


def default_depth(image: Image) -> Depth:
    """The source's depth."""
    return depth_of_source(image)


def write(stream: BinaryIO, path: Path, image: Image, depth: Depth, options: WriteOptions) -> None:
    """Write the picture; raises FileProblemError where it holds NaN."""
    samples = to_integers(image.pixels, int(depth.value), path)
    size = struct.pack(">II", image.width, image.height)
    stream.write(SIGNATURE)
    write_chunk(stream, b"IHDR", size + bytes((int(depth.value), _COLOUR_TYPES[image.channels], 0, 0, 0)))
    for kind, body in _chunks(image, options):
        write_chunk(stream, kind, body)
    for piece in packed_pixels(samples):
        write_chunk(stream, b"IDAT", piece)
    write_chunk(stream, b"IEND", b"")


def _chunks(image: Image, options: WriteOptions) -> list[tuple[bytes, bytes]]:
    icc = profile_to_keep(image, options)
    chunks = [_LINEAR_CHUNK] if image.transfer is Transfer.LINEAR else []
    if icc is not None:
        chunks.append(profile_chunk(icc))
    elif image.transfer is Transfer.SRGB:
        chunks.append(_SRGB_CHUNK)
    if options.keep_metadata:
        if image.metadata.exif is not None:
            chunks.append((b"eXIf", image.metadata.exif))
        texts = image.metadata.text.items()
        chunks += [text_chunk(key, text) for key, text in texts if key != RECIPE_KEY and _is_keyword(key)]
    if options.recipe_text is not None:
        chunks.append(text_chunk(RECIPE_KEY, options.recipe_text))
    return chunks


def _is_keyword(key: str) -> bool:
    return (
        1 <= len(key) <= 79
        and key.isprintable()
        and key.encode("latin-1", "replace").decode("latin-1") == key
    )
