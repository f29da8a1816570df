"""The header of an OpenEXR file, read by ourselves: the library's view of it crashes on odd attributes."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from restora.errors import FileProblemError

MAGIC = b"\x76\x2f\x31\x01"

_DEEP_FLAG, _PARTS_FLAG = 0x800, 0x1000
_LONGEST_HEADER = 2**22
_LONGEST_NAME = 255
_SAMPLE_TYPES = {0: "UINT", 1: "HALF", 2: "FLOAT"}

Window: TypeAlias = tuple[int, int, int, int]
"""First column, first row, last column, last row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExrHeader:
    """What the first part of a file states."""

    channels: Mapping[str, str]
    """HALF, FLOAT or UINT by name."""
    subsampled: frozenset[str]
    data_window: Window
    display_window: Window
    texts: Mapping[str, str]
    has_parts: bool
    """Whether further parts follow."""

    @property
    def width(self) -> int:
        """Columns that are stored."""
        return self.data_window[2] - self.data_window[0] + 1

    @property
    def height(self) -> int:
        """Rows that are stored."""
        return self.data_window[3] - self.data_window[1] + 1


def read_exr_header(path: Path) -> ExrHeader:
    """The header of the first part; raises FileProblemError where it is damaged or the image is deep."""
    with path.open("rb") as stream:
        head = stream.read(_LONGEST_HEADER)
    try:
        flags = struct.unpack_from("<I", head, 4)[0]
        attributes = {name: (kind, value) for name, kind, value in _attributes(head, 8)}
        channels = tuple(_channels(attributes["channels"][1]))
        windows = [struct.unpack("<4i", attributes[name][1]) for name in ("dataWindow", "displayWindow")]
    except (struct.error, ValueError, KeyError, UnicodeDecodeError) as error:
        raise FileProblemError(path, "its OpenEXR header is damaged or cut off") from error
    if flags & _DEEP_FLAG:
        raise FileProblemError(path, "is a deep image, which has no single value per pixel")
    data, shown = windows
    return ExrHeader(
        channels={name: _SAMPLE_TYPES.get(kind, "UINT") for name, kind, _ in channels},
        subsampled=frozenset(name for name, _, sampling in channels if sampling != (1, 1)),
        data_window=data,
        display_window=shown,
        texts={
            name: value.decode("utf-8", "replace")
            for name, (kind, value) in attributes.items()
            if kind == "string" and name not in ("type", "name")
        },
        has_parts=bool(flags & _PARTS_FLAG),
    )


def _attributes(head: bytes, position: int) -> Iterator[tuple[str, str, bytes]]:
    """Name, type and bytes of each attribute; raises ValueError or struct.error where it ends early."""
    while True:
        name, position = _name(head, position)
        if not name:
            return
        kind, position = _name(head, position)
        (size,) = struct.unpack_from("<I", head, position)
        position += 4
        if position + size > len(head):
            raise ValueError(name)
        yield name, kind, head[position : position + size]
        position += size


def _channels(value: bytes) -> Iterator[tuple[str, int, tuple[int, int]]]:
    position = 0
    while True:
        name, position = _name(value, position)
        if not name:
            return
        kind, _, across, down = struct.unpack_from("<iIii", value, position)
        yield name, kind, (across, down)
        position += 16


def _name(block: bytes, position: int) -> tuple[str, int]:
    end = block.index(b"\0", position, position + _LONGEST_NAME + 1)
    return block[position:end].decode(), end + 1
