"""Numeric arrays in MATLAB 5 files, read by ourselves: the usual library crashes on damaged ones.

The format is described in MathWorks' "MAT-File Format": a header of 128 bytes, then elements, each a tag
(type, size) and its bytes, padded to eight. A variable is an element made of elements: flags, sides, name
and numbers.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from restora.errors import FileProblemError
from restora.io.captures.contents import ArrayPlace

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_UNPACKED = 2**30
"""Bytes of a compressed variable that are unpacked into memory."""

_HEADER_BYTES = 128
_TYPES = MappingProxyType(
    {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
)
_MATRIX, _COMPRESSED = 14, 15
_NUMERIC_CLASSES = range(6, 16)
_SIDES_TYPE, _FLAGS_TYPE = 5, 6
_LOGICAL, _COMPLEX = 0x0200, 0x0800
_HEAD_BYTES = 4096
"""Enough of a variable to hold everything before its numbers."""
_MOST_VARIABLES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A numeric variable and where its numbers are; others are not listed."""

    name: str
    place: ArrayPlace
    """In the file, or where `packed` is given, in the unpacked bytes."""
    packed: tuple[int, int] | None = None
    """Offset and size of the compressed bytes."""


@dataclass(frozen=True, slots=True)
class _Element:
    kind: int
    size: int
    start: int
    """Of its bytes, after the tag."""
    end: int
    """Of its bytes and padding."""


def variables(path: Path) -> list[Variable]:
    """The numeric variables of a file; raises FileProblemError where its structure is damaged."""
    found = []
    size = path.stat().st_size
    with path.open("rb") as stream:
        order = _byte_order(path, stream.read(_HEADER_BYTES))
        for element in _elements(path, stream, order, size):
            stream.seek(element.start)
            if element.kind == _COMPRESSED:
                head = _unpacked(path, stream.read(min(element.size, 2 * _HEAD_BYTES)), _HEAD_BYTES)
                inner = _element(path, head, 0, order)
                variable = _variable(path, head, inner, order, base=0)
                packed = (element.start, element.size)
            else:
                head = stream.read(min(element.size, _HEAD_BYTES))
                whole = _Element(element.kind, element.size, 0, element.size)
                variable = _variable(path, head, whole, order, base=element.start)
                packed = None
            if variable is not None:
                found.append(Variable(name=variable[0], place=variable[1], packed=packed))
    return found


def read_variable(variable: Variable) -> NDArray[Any]:
    """All numbers of a variable; raises FileProblemError where they are not all there or too many."""
    place = variable.place
    needed = place.end - place.offset
    if needed > MOST_UNPACKED:
        raise FileProblemError(
            place.path,
            f"{variable.name} takes {needed >> 20} MiB, expected at most {MOST_UNPACKED >> 20}",
            advice="Save it uncompressed, in parts, or as MATLAB 7.3.",
        )
    start, size = variable.packed or (place.offset, needed)
    with place.path.open("rb") as stream:
        stream.seek(start)
        data = stream.read(size)
    if variable.packed is not None:
        data = _unpacked(place.path, data, place.end)[place.offset :]
    if len(data) != needed:
        raise FileProblemError(place.path, f"{variable.name} ends after {len(data)} of {needed} bytes")
    return np.frombuffer(data, place.dtype).reshape(place.shape, order="F")


def _byte_order(path: Path, header: bytes) -> str:
    order = {b"IM": "<", b"MI": ">"}.get(header[126:128])
    if order is None:
        raise FileProblemError(path, "is cut off or damaged in its MATLAB header")
    return order


def _elements(path: Path, stream: IO[bytes], order: str, size: int) -> Iterator[_Element]:
    """The outermost elements that can be variables."""
    at = _HEADER_BYTES
    for _ in range(_MOST_VARIABLES):
        if at >= size:
            return
        stream.seek(at)
        element = _element(path, stream.read(8), 0, order)
        start = at + 8
        if start + element.size > size:
            raise FileProblemError(
                path, f"is cut off: a variable reaches to byte {start + element.size}, but it ends at {size}"
            )
        if element.kind in (_MATRIX, _COMPRESSED):
            yield _Element(element.kind, element.size, start, start + element.size)
        # Compressed elements are not padded.
        at = start + element.size + (0 if element.kind == _COMPRESSED else -element.size % 8)


def _element(path: Path, data: bytes, at: int, order: str) -> _Element:
    if at + 8 > len(data):
        raise FileProblemError(path, "is cut off inside a variable")
    kind, size = struct.unpack_from(order + "II", data, at)
    if kind >> 16:
        # Up to four bytes stand inside the tag itself.
        return _Element(kind & 0xFFFF, min(kind >> 16, 4), at + 4, at + 8)
    return _Element(kind, size, at + 8, at + 8 + size + -size % 8)


def _variable(
    path: Path, data: bytes, whole: _Element, order: str, *, base: int
) -> tuple[str, ArrayPlace] | None:
    """Name and place of a numeric variable whose first bytes are `data`; None for text, cells and others."""
    if whole.kind != _MATRIX:
        raise FileProblemError(path, f"holds an element of type {whole.kind} where a variable should be")
    flags = _element(path, data, whole.start, order)
    if flags.kind != _FLAGS_TYPE or flags.size != 8:
        raise FileProblemError(path, "has a variable without flags")
    (bits,) = struct.unpack_from(order + "I", data, flags.start)
    if bits & 0xFF not in _NUMERIC_CLASSES or bits & _COMPLEX:
        return None
    sides = _element(path, data, flags.end, order)
    if sides.kind != _SIDES_TYPE or sides.size % 4 or not 8 <= sides.size <= 128 or sides.end > len(data):
        raise FileProblemError(path, "has a variable without sides")
    shape = struct.unpack_from(f"{order}{sides.size // 4}i", data, sides.start)
    name = _element(path, data, sides.end, order)
    text = data[name.start : name.start + name.size].decode("ascii", "replace")
    numbers = _element(path, data, name.end, order)
    place = _place(path, text, shape, numbers, order, base)
    if bits & _LOGICAL and place.dtype == np.uint8:
        place = replace(place, dtype=np.dtype(bool))
    return text, place


def _place(
    path: Path, name: str, shape: tuple[int, ...], numbers: _Element, order: str, base: int
) -> ArrayPlace:
    code = _TYPES.get(numbers.kind)
    if code is None or min(shape) < 0:
        raise FileProblemError(path, f"{name} has numbers of type {numbers.kind} and sides {shape}")
    dtype = np.dtype(order + code)
    if math.prod(shape) * dtype.itemsize != numbers.size:
        raise FileProblemError(
            path, f"{name} states sides {shape} of {dtype}, but keeps {numbers.size} bytes"
        )
    return ArrayPlace(path=path, offset=base + numbers.start, dtype=dtype, shape=shape, fortran_order=True)


def _unpacked(path: Path, data: bytes, most: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, most)
    except zlib.error as error:
        raise FileProblemError(path, f"has a damaged compressed variable ({error})") from error
