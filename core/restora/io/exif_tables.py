"""EXIF tables as a tree: taken out of a block or a TIFF file, and laid out again for another place."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from restora.io.exif import EXIF_IFD, GPS_IFD, Bytes, byte_order, entries, first_ifd, number

INTEROPERABILITY_IFD = 40965

_POINTERS = frozenset({EXIF_IFD, GPS_IFD, INTEROPERABILITY_IFD})
_DEEPEST = 3
_WORD_BYTES = {3: 2, 4: 4, 5: 4, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8, 13: 4}
"""How long the numbers of a type are whose bytes change places in the other byte order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """The value of one tag, its bytes in little-endian order."""

    type: int
    count: int
    data: bytes


Table: TypeAlias = "Mapping[int, Value | Table]"


def read_table(block: Bytes, offset: int | None = None, depth: int = 0) -> Table:
    """The table at `offset` (default: the first) with the EXIF, GPS and interoperability tables below it."""
    is_big_endian = byte_order(block) == ">"
    table: dict[int, Value | Table] = {}
    for entry in entries(block, first_ifd(block) if offset is None else offset):
        if entry.tag in _POINTERS:
            below = read_table(block, number(block, entry), depth + 1) if depth < _DEEPEST else {}
            if below:
                table[entry.tag] = below
        else:
            data = _swapped(entry.value, entry.type) if is_big_endian else entry.value
            table[entry.tag] = Value(type=entry.type, count=entry.count, data=data)
    return table


def block_of(table: Table) -> bytes:
    """A complete little-endian EXIF block."""
    return b"II*\0" + struct.pack("<I", 8) + laid_out(table, 8)


def laid_out(table: Table, start: int) -> bytes:
    """The table as bytes that will stand at byte `start` of a little-endian TIFF structure."""
    after = start + 2 + 12 * len(table) + 4
    records, tail = [], b""
    for tag, value in sorted(table.items()):
        position = after + len(tail)
        if not isinstance(value, Value):
            records.append(struct.pack("<HHII", tag, 4, 1, position))
            tail += laid_out(value, position)
        elif len(value.data) <= 4:
            records.append(struct.pack("<HHI4s", tag, value.type, value.count, value.data))
        else:
            records.append(struct.pack("<HHII", tag, value.type, value.count, position))
            tail += value.data + b"\0" * (len(value.data) % 2)
    return struct.pack("<H", len(table)) + b"".join(records) + struct.pack("<I", 0) + tail


def _swapped(data: bytes, kind: int) -> bytes:
    size = _WORD_BYTES.get(kind)
    return data if size is None else np.frombuffer(data, f"u{size}").byteswap().tobytes()
