"""The header of an NPY stream, read by ourselves: nothing is ever unpickled or evaluated."""

from __future__ import annotations

import ast
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from restora.errors import FileProblemError

MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 65_536


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArrayHeader:
    """What the header of an NPY stream states."""

    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    fortran_order: bool
    data_offset: int
    """Bytes from the start of the stream to the first element."""

    @property
    def data_bytes(self) -> int:
        """Bytes of all elements."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_array_header(stream: IO[bytes], path: Path) -> ArrayHeader:
    """The header at the start of an NPY stream; raises FileProblemError where it is not sound or safe."""
    start = stream.read(12)
    if len(start) < 12 or not start.startswith(MAGIC):
        raise FileProblemError(path, "is cut off inside its NPY header")
    major = start[6]
    if major not in (1, 2, 3):
        raise FileProblemError(path, f"is NPY version {major}, expected 1, 2 or 3")
    at, form = (10, "<H") if major == 1 else (12, "<I")
    (length,) = struct.unpack_from(form, start, 8)
    if length > _LONGEST_HEADER:
        raise FileProblemError(
            path, f"its NPY header claims {length} bytes, at most {_LONGEST_HEADER} are read"
        )
    text = start[at:] + stream.read(max(0, length - (12 - at)))
    if len(text) < length:
        raise FileProblemError(path, "is cut off inside its NPY header")
    return _parse_header(
        path, text[:length].decode("utf-8" if major == 3 else "latin-1", "replace"), at + length
    )


def _parse_header(path: Path, text: str, data_offset: int) -> ArrayHeader:
    try:
        fields = ast.literal_eval(text.strip())
        described, shape, fortran = fields["descr"], fields["shape"], fields["fortran_order"]
    except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError) as error:
        raise FileProblemError(path, "its NPY header is damaged") from error
    is_shape = isinstance(shape, tuple) and all(type(side) is int and side >= 0 for side in shape)
    if not is_shape or not isinstance(fortran, bool):
        raise FileProblemError(path, f"its NPY header states the shape {shape!r}, which is none")
    return ArrayHeader(
        dtype=_plain_dtype(path, described), shape=shape, fortran_order=fortran, data_offset=data_offset
    )


def _plain_dtype(path: Path, described: object) -> np.dtype[np.generic]:
    try:
        dtype = np.dtype(described) if isinstance(described, str) else None
    except (TypeError, ValueError) as error:
        raise FileProblemError(path, f"its NPY header states the unknown type {described!r}") from error
    if dtype is not None and dtype.kind == "O":
        raise FileProblemError(
            path,
            "holds Python objects, which are never unpacked because that can run code; numbers are needed",
            advice="Save it again as an array of numbers.",
        )
    if dtype is None or dtype.kind not in "buif":
        raise FileProblemError(path, f"holds {described!r}, expected whole numbers, floats or bool")
    return dtype
