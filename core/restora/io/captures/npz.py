"""Captures in NPZ archives, which are ZIP files of NPY files."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from restora.errors import FileProblemError
from restora.io.captures.contents import ArrayPlace, Contents, contents_in_memory
from restora.io.captures.fact_sheet import FactSheet
from restora.io.captures.npy import array_place, check_size
from restora.io.captures.signs import ZIP_MAGIC
from restora.io.decoding import decoding
from restora.io.npy_header import read_array_header

MOST_UNPACKED = 2**30
"""Bytes of a compressed array that are unpacked into memory."""
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_ENCRYPTED = 0x1


def open_npz(path: Path, sheet: FactSheet) -> Contents:
    """The frames of the one array in an NPZ archive, or of the stated one.

    Arrays kept uncompressed are read in place; compressed ones are unpacked if they stay below 1 GiB.
    """
    with decoding(path, "NPZ"), zipfile.ZipFile(path) as archive:
        member = _chosen_member(sheet, archive)
        if member.flag_bits & _ENCRYPTED:
            raise FileProblemError(path, f"its array {member.filename} is encrypted")
        with archive.open(member) as stream:
            header = read_array_header(stream, path)
            place = array_place(path, header, 0)
            check_size(path, place, member.file_size)
            if member.compress_type != zipfile.ZIP_STORED:
                return _unpacked(sheet, stream, place)
    start = _member_start(path, member)
    return array_place(path, header, start).contents(sheet, f"NumPy archive, {header.dtype}")


def stored_arrays(path: Path) -> list[tuple[np.dtype[np.generic], tuple[int, ...]]]:
    """Type and shape of every array, from the headers; raises FileProblemError for damaged files."""
    found = []
    with decoding(path, "NPZ"), zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".npy"):
                with archive.open(name) as stream:
                    header = read_array_header(stream, path)
                found.append((header.dtype, header.shape))
    return found


def _chosen_member(sheet: FactSheet, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    arrays = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    arrays = {name: info for name, info in arrays.items() if info.filename.endswith(".npy")}
    stated = sheet.get("member", str)
    if stated is None and len(arrays) == 1:
        name, info = next(iter(arrays.items()))
        sheet.learn_from_file("member", name, "as the only one")
        return info
    if stated is not None and stated in arrays:
        return arrays[stated]
    names = ", ".join(sorted(arrays)[:20]) or "none"
    asked = "one must be chosen" if stated is None else f"{stated} is not one of them"
    raise sheet.problem(f"has the arrays {names}; {asked}", state="`member`, the array's name")


def _unpacked(sheet: FactSheet, stream: IO[bytes], place: ArrayPlace) -> Contents:
    needed = place.end - place.offset
    if needed > MOST_UNPACKED:
        raise FileProblemError(
            place.path,
            f"its compressed array takes {needed // 2**20} MiB, expected at most {MOST_UNPACKED // 2**20}",
            advice="Save it uncompressed (numpy.savez), or as NPY.",
        )
    data = stream.read(needed)
    if len(data) != needed:
        raise sheet.problem(f"its array ends after {len(data)} of {needed} bytes")
    flat = np.frombuffer(data, place.dtype)
    array = flat.reshape(place.shape, order="F" if place.fortran_order else "C")
    return contents_in_memory(sheet, array, f"NumPy archive, compressed {place.dtype}")


def _member_start(path: Path, member: zipfile.ZipInfo) -> int:
    """Where a member's bytes begin: its own local header says so, which may differ from the directory."""
    with path.open("rb") as stream:
        stream.seek(member.header_offset)
        local = stream.read(_LOCAL_HEADER.size)
    if len(local) < _LOCAL_HEADER.size:
        raise FileProblemError(path, "is cut off inside its archive")
    magic, name_length, extra_length = _LOCAL_HEADER.unpack(local)
    start = member.header_offset + _LOCAL_HEADER.size + int(name_length) + int(extra_length)
    if magic != ZIP_MAGIC or start + member.file_size > path.stat().st_size:
        raise FileProblemError(path, "has an archive directory that does not match its contents")
    return start
