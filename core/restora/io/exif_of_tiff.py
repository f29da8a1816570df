"""EXIF inside TIFF files, where its tables are part of the file's own structure."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import BinaryIO

from restora.io.exif import EXIF_IFD, GPS_IFD, ORIENTATION, entries, first_ifd
from restora.io.exif_tables import Table, Value, block_of, laid_out, read_table

FROM_FIRST_TABLE = frozenset({271, 272, 274, 282, 283, 296, 305, 306, 315, 33432})
"""Maker, model, orientation, resolution, software, date, artist and copyright: the rest describes pixels."""

_BELOW = (EXIF_IFD, GPS_IFD)
_NOTHING = Value(type=0, count=0, data=b"")


def exif_of_tiff(path: Path, page_offset: int) -> bytes | None:
    """The EXIF of the page whose table starts at `page_offset` as a block of its own.

    None where the page says nothing that a camera would; BigTIFF files give None too.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as block:
        table = read_table(block, page_offset)
    kept = {tag: value for tag, value in table.items() if tag in FROM_FIRST_TABLE or tag in _BELOW}
    is_telling = any(tag not in (ORIENTATION, 282, 283, 296, 305) for tag in kept)
    return block_of(kept) if is_telling else None


def tags_of_first_table(table: Table) -> list[tuple[int, int, int, bytes, bool]]:
    """What tifffile takes as `extratags`, with places for the tables below.

    tifffile does not write the tags of those tables; the places have the numbers just before theirs, which
    nobody uses and which `append_tables` counts up.
    """
    tags = [
        (tag, value.type, value.count, value.data, True)
        for tag, value in sorted(table.items())
        if tag in FROM_FIRST_TABLE - {ORIENTATION, 282, 283, 296, 305} and isinstance(value, Value)
    ]
    tags += [
        (tag - 1, 4, 1, b"\0\0\0\0", True)
        for tag in _BELOW
        if not isinstance(table.get(tag, _NOTHING), Value)
    ]
    return tags


def append_tables(stream: BinaryIO, table: Table) -> None:
    """Put the EXIF and GPS tables at the end of a written little-endian TIFF and point its tags to them."""
    end = stream.seek(0, 2)
    stream.seek(0)
    with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as block:
        slots = {entry.tag + 1: entry.slot for entry in entries(block, first_ifd(block))}
    for tag in _BELOW:
        below = table.get(tag)
        if below is None or isinstance(below, Value):
            continue
        end += end % 2
        body = laid_out(below, end)
        stream.seek(end)
        stream.write(body)
        stream.seek(slots[tag])
        stream.write(struct.pack("<HHII", tag, 4, 1, end))
        end += len(body)
