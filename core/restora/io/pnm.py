"""Portable maps in binary: PBM, PGM and PPM with any white, and PFM with floats."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from restora.data.image import Metadata
from restora.data.kinds import Transfer
from restora.errors import FileProblemError
from restora.io.decoding import HEAD_BYTES, decoding
from restora.io.family import Header, Stored, chosen
from restora.io.limits import check_stored
from restora.io.options import OpenOptions

SUFFIXES: tuple[str, ...] = (".pbm", ".pgm", ".ppm", ".pnm", ".pfm")

_GAP = rb"(?:\s|#[^\n]*\n)+"
_START = re.compile(rb"P([1-6fF])\s")
_BITMAP = re.compile(rb"P4" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,9})\s")
_MAP = re.compile(rb"P[56]" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,5})\s")
_FLOATS = re.compile(rb"P[fF]\s+(\d{1,9})\s+(\d{1,9})\s+([-+.\deE]{1,30})\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Map:
    """What the header of a map states."""

    letter: str
    """What follows the P."""
    width: int
    height: int
    white: float
    """The value of white; for floats the scale, negative for little-endian."""
    data_offset: int

    @property
    def samples(self) -> int:
        """Samples per pixel."""
        return 3 if self.letter in "6F" else 1

    @property
    def is_float(self) -> bool:
        return self.letter in "fF"

    @property
    def is_bitmap(self) -> bool:
        return self.letter == "4"

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """How one binary sample is kept."""
        if self.is_float:
            return np.dtype("<f4" if self.white < 0 else ">f4")
        return np.dtype(">u2" if self.white > 255 else "u1")

    @property
    def least_bytes(self) -> int:
        """The fewest bytes that the pixels can take."""
        count = self.width * self.height * self.samples
        return (self.width + 7) // 8 * self.height if self.is_bitmap else count * self.dtype.itemsize


def sniff(head: bytes, path: Path) -> bool:  # noqa: ARG001 - every family is asked the same way
    """Whether the content starts as a map does."""
    return _START.match(head) is not None and head[3:4] in b"0123456789#\n\r\t "


def header(path: Path, options: OpenOptions) -> Header:
    """Size and depth."""
    chosen(path, options.page, 1, "page")
    found = _read_header(path)
    check_stored(path, found.data_offset + found.least_bytes, f"{found.width} x {found.height} pixels")
    bits = 32 if found.is_float else math.ceil(math.log2(found.white + 1))
    return Header(
        format=f"PFM, {bits} bit float" if found.is_float else f"portable map, {bits} bit",
        width=found.width,
        height=found.height,
        channels=found.samples,
        bits=32,
        transfer=Transfer.LINEAR if found.is_float else Transfer.SRGB,
        stored_bytes=found.samples * found.dtype.itemsize,
        metadata=Metadata(source_bits=max(8, bits)),
    )


def decode(path: Path, header: Header, options: OpenOptions) -> Stored:  # noqa: ARG001 - the header is read again
    """The pixels as floats, divided by the stated white."""
    with decoding(path, "a portable map"):
        found = _read_header(path)
        pixels = _samples(path, found).reshape(found.height, found.width, found.samples)
        if found.is_float:
            return np.ascontiguousarray(pixels[::-1], np.float32)
        top = int(pixels.max())
        if top > found.white:
            raise FileProblemError(path, f"holds the value {top} above its stated white {found.white:g}")
        scaled = np.divide(pixels, np.float32(found.white), dtype=np.float32, casting="unsafe")
        return np.subtract(1, scaled, dtype=np.float32) if found.is_bitmap else scaled


def _read_header(path: Path) -> _Map:
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    letter = head[1:2].decode("ascii", "replace")
    if letter in "123":
        raise FileProblemError(
            path, "is a portable map written as text", advice="Convert it to its binary form."
        )
    pattern = _BITMAP if letter == "4" else _FLOATS if letter in "fF" else _MAP
    match = pattern.match(head)
    if match is None:
        raise FileProblemError(path, "its header is damaged: a portable map states width, height and white")
    white = 1.0 if letter == "4" else float(match[3])
    is_sound = math.isfinite(white) and (white != 0 if letter in "fF" else 1 <= white <= 65535)
    if not is_sound:
        raise FileProblemError(path, f"its header states {white:g} as white, expected 1 to 65535")
    return _Map(
        letter=letter, width=int(match[1]), height=int(match[2]), white=white, data_offset=match.end()
    )


def _samples(path: Path, found: _Map) -> Stored:
    if found.is_bitmap:
        rows = np.fromfile(path, np.uint8, found.least_bytes, offset=found.data_offset)
        bits = np.unpackbits(rows.reshape(found.height, -1), axis=1)
        return bits[:, : found.width]
    count = found.width * found.height * found.samples
    return np.fromfile(path, found.dtype, count, offset=found.data_offset)
