"""EXIF blocks: a small TIFF structure of tags, kept as bytes; the orientation is read and reset in place."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

Bytes: TypeAlias = bytes | mmap.mmap
"""A block in memory, or a whole TIFF file mapped."""

PREFIX = b"Exif\0\0"
"""Stands before the block in JPEG and in some other containers."""

ORIENTATION = 274
EXIF_IFD = 34665
GPS_IFD = 34853

_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_MOST_ENTRIES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One tag; `value` are its bytes in the order of the block, `slot` where its 12-byte record starts."""

    tag: int
    type: int
    count: int
    value: bytes
    slot: int


def without_prefix(block: bytes | None) -> bytes | None:
    """The block as it starts with its byte order, or None where there is none."""
    if not block:
        return None
    plain = block.removeprefix(PREFIX)
    return plain if byte_order(plain) else None


def byte_order(block: Bytes) -> str:
    """`<` or `>` as struct writes it; empty where the block is no TIFF structure."""
    return {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4], "")


def first_ifd(block: Bytes) -> int:
    """Where the first table of tags starts; 0 where there is none."""
    order = byte_order(block)
    return int(struct.unpack_from(order + "I", block, 4)[0]) if order and len(block) >= 8 else 0


def entries(block: Bytes, offset: int) -> Iterator[Entry]:
    """The tags of the table at `offset`; those that point outside the block are left out."""
    order = byte_order(block)
    if not order or not 0 < offset <= len(block) - 2:
        return
    (count,) = struct.unpack_from(order + "H", block, offset)
    for index in range(min(count, _MOST_ENTRIES)):
        slot = offset + 2 + 12 * index
        if slot + 12 > len(block):
            return
        tag, kind, length = struct.unpack_from(order + "HHI", block, slot)
        size = _TYPE_BYTES.get(kind, 0) * length
        start = slot + 8 if size <= 4 else struct.unpack_from(order + "I", block, slot + 8)[0]
        if size and start + size <= len(block):
            yield Entry(tag=tag, type=kind, count=length, value=block[start : start + size], slot=slot)


def number(block: Bytes, entry: Entry) -> int:
    """The first value of an entry of bytes, shorts or longs; 0 for other types."""
    form = {1: "B", 3: "H", 4: "I", 13: "I"}.get(entry.type)
    return int(struct.unpack_from(byte_order(block) + form, entry.value)[0]) if form else 0


def orientation_of(block: bytes | None) -> int:
    """1 to 8; 1 where the block does not say or says nonsense."""
    if block is None:
        return 1
    for entry in entries(block, first_ifd(block)):
        if entry.tag == ORIENTATION:
            found = number(block, entry)
            return found if 1 <= found <= 8 else 1
    return 1


def upright(block: bytes | None) -> bytes | None:
    """The block with orientation 1, for pixels that were turned as it said."""
    if block is None:
        return None
    for entry in entries(block, first_ifd(block)):
        if entry.tag == ORIENTATION and entry.type == 3:
            record = struct.pack(byte_order(block) + "HHIHH", ORIENTATION, 3, 1, 1, 0)
            return block[: entry.slot] + record + block[entry.slot + 12 :]
    return block
