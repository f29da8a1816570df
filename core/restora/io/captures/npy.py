"""Captures in NPY files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from restora.errors import FileProblemError
from restora.io.captures.contents import ArrayPlace, Contents
from restora.io.captures.fact_sheet import FactSheet
from restora.io.npy_header import ArrayHeader, read_array_header

if TYPE_CHECKING:
    import numpy as np


def open_npy(path: Path, sheet: FactSheet) -> Contents:
    """The frames of an NPY file; raises FileProblemError where header and size disagree."""
    with path.open("rb") as stream:
        header = read_array_header(stream, path)
    place = array_place(path, header, 0)
    check_size(path, place, path.stat().st_size)
    return place.contents(sheet, f"NumPy array, {header.dtype}")


def stored_array(path: Path) -> tuple[np.dtype[np.generic], tuple[int, ...]]:
    """Type and shape, from the header; raises FileProblemError for damaged files."""
    with path.open("rb") as stream:
        header = read_array_header(stream, path)
    return header.dtype, header.shape


def array_place(path: Path, header: ArrayHeader, start: int) -> ArrayPlace:
    """Where the array lies whose header begins at `start`."""
    return ArrayPlace(
        path=path,
        offset=start + header.data_offset,
        dtype=header.dtype,
        shape=header.shape,
        fortran_order=header.fortran_order,
    )


def check_size(path: Path, place: ArrayPlace, found: int) -> None:
    """Raise FileProblemError unless `found` bytes are what the header states."""
    if place.end != found:
        raise FileProblemError(
            path,
            f"its header states {place.shape} of {place.dtype}, {place.end} bytes in all, but it has {found}",
            advice="The file may be incomplete; fetch or write it again.",
        )
