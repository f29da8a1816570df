"""NumPy arrays as pictures: NPY and NPZ, with their headers read by ourselves and nothing ever unpickled."""

from __future__ import annotations

import math
import struct
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.data.image import CHANNEL_COUNTS, Metadata
from restora.data.kinds import Transfer
from restora.data.photon_cube import Fact, Origin
from restora.errors import FileProblemError
from restora.io.colour import with_channels
from restora.io.decoding import decoding
from restora.io.family import Header, Stored, chosen
from restora.io.npy_header import MAGIC, ArrayHeader, read_array_header
from restora.io.options import OpenOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUFFIXES: tuple[str, ...] = (".npy", ".npz")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


def sniff(head: bytes, path: Path) -> bool:
    """Whether it is an NPY stream, or an archive that contains one."""
    if head.startswith(MAGIC):
        return True
    return head.startswith(_ZIP) and any(name.endswith(".npy") for name in _members(path))


def header(path: Path, options: OpenOptions) -> Header:
    """Size and type of the picture; raises FileProblemError for arrays that are none."""
    chosen(path, options.page, 1, "page")
    is_archive = zipfile.is_zipfile(path) and not _starts_with_magic(path)
    if is_archive:
        with decoding(path, "NPZ"), zipfile.ZipFile(path) as archive:
            member = _member(path, archive, options.array)
            with archive.open(member) as stream:
                found = read_array_header(stream, path)
            stored = archive.getinfo(member).file_size
    else:
        with path.open("rb") as stream:
            found = read_array_header(stream, path)
        stored = path.stat().st_size
    _check_complete(path, found, stored)
    title = "NumPy archive" if is_archive else "NumPy array"
    return replace(_picture_header(path, found, title), has_named_arrays=is_archive)


def decode(path: Path, header: Header, options: OpenOptions) -> Stored:  # noqa: ARG001 - the array's own header counts
    """The array as height x width x channels, in this machine's byte order."""
    with decoding(path, "NumPy array"):
        if _starts_with_magic(path):
            with path.open("rb") as stream:
                found = read_array_header(stream, path)
            flat = np.fromfile(path, found.dtype, math.prod(found.shape), offset=found.data_offset)
        else:
            flat, found = _from_archive(path, options)
        array = flat.reshape(found.shape, order="F" if found.fortran_order else "C")
        return with_channels(array.astype(found.dtype.newbyteorder("="), copy=False))


def _picture_header(path: Path, found: ArrayHeader, title: str) -> Header:
    shape, dtype = found.shape, found.dtype
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in CHANNEL_COUNTS):
        raise FileProblemError(
            path,
            f"holds an array of shape {shape}; a picture is height x width or height x width x 1, 3 or 4",
            advice="If it is a capture of a single-photon camera, state the kind `spad`.",
        )
    if dtype.kind == "i":
        raise FileProblemError(path, f"holds signed integers ({dtype}), whose white is not known")
    is_float = dtype.kind == "f"
    facts = []
    if is_float and dtype.itemsize > 4:
        facts.append(Fact(name="precision", value=f"{dtype.name} rounded to float32", origin=Origin.FILE))
    return Header(
        format=f"{title}, {dtype.name}",
        width=shape[1],
        height=shape[0],
        channels=shape[2] if len(shape) == 3 else 1,
        bits=1 if dtype.kind == "b" else 8 * dtype.itemsize,
        transfer=Transfer.LINEAR if is_float else Transfer.SRGB,
        stored_bytes=dtype.itemsize * math.prod(shape[2:]),
        metadata=Metadata(source_bits=8 if dtype.kind == "b" else 8 * dtype.itemsize),
        facts=tuple(facts),
    )


def _check_complete(path: Path, found: ArrayHeader, stored: int) -> None:
    expected = found.data_offset + found.data_bytes
    if stored < expected:
        raise FileProblemError(
            path,
            f"its NPY header states {found.shape} of {found.dtype}, {expected} bytes, but {stored} are there",
        )


def _starts_with_magic(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(MAGIC)) == MAGIC


def _members(path: Path) -> tuple[str, ...]:
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(name for name in archive.namelist() if name.endswith(".npy"))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error):
        return ()


def _member(path: Path, archive: zipfile.ZipFile, stated: str | None) -> str:
    arrays = {name.removesuffix(".npy"): name for name in archive.namelist() if name.endswith(".npy")}
    if stated is None and len(arrays) == 1:
        return next(iter(arrays.values()))
    if stated is None or stated not in arrays:
        found = ", ".join(sorted(arrays)[:20])
        asked = "which one is meant must be stated" if stated is None else f"none of them is {stated!r}"
        raise FileProblemError(path, f"holds the arrays {found}; {asked}", advice="State it as `array=NAME`.")
    return arrays[stated]


def _from_archive(path: Path, options: OpenOptions) -> tuple[NDArray[np.generic], ArrayHeader]:
    with zipfile.ZipFile(path) as archive, archive.open(_member(path, archive, options.array)) as stream:
        found = read_array_header(stream, path)
        # Reading no more than the header's share bounds an archive that unpacks without end.
        data = stream.read(found.data_bytes)
        # Only reading up to the end makes zipfile compare the checksum.
        has_more = bool(stream.read(1))
    if len(data) < found.data_bytes or has_more:
        size = "more" if has_more else f"only {len(data)}"
        raise FileProblemError(path, f"its array should have {found.data_bytes} bytes, but has {size}")
    return np.frombuffer(data, found.dtype), found
