"""SPZ files of Niantic, versions 1 to 4; nothing is unpacked beyond the size that follows from the count."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.data.scene import GaussianScene
from restora.errors import FileProblemError
from restora.io.progress import tell
from restora.io.scenes.activations import logit
from restora.io.scenes.format import MOST_DEGREE, SceneHeader
from restora.io.scenes.soundness import sound_scene
from restora.io.scenes.spz_layout import (
    ANTIALIASED,
    COLOUR_SCALE,
    HEADER,
    LONG_HEADER,
    MAGIC,
    SpzHeader,
    fixed_positions,
    flipped_axes,
    rotations_of_four,
    rotations_of_three,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "SPZ"
SUFFIXES: tuple[str, ...] = (".spz",)

_GZIP = b"\x1f\x8b"
_MOST_RATIO = 1032
"""Deflate cannot pack better than this."""
_LARGEST_WINDOW = 2**27
_PART = 2**20
_UNPACKED = 0.6
"""Share of the time after which the streams are unpacked."""


def sniff(head: bytes, path: Path) -> bool:  # noqa: ARG001 - every format is asked the same way
    """Whether it starts as version 4 does, or is a gzip stream of the earlier ones."""
    if head.startswith(MAGIC):
        return True
    if not head.startswith(_GZIP):
        return False
    try:
        return zlib.decompressobj(31).decompress(head, len(MAGIC)).startswith(MAGIC)
    except zlib.error:
        return False


def header(path: Path) -> SceneHeader:
    """Version, count and degree."""
    found = _read_header(path)
    warning = f"its harmonics of degree {found.degree} are cut to {MOST_DEGREE}"
    return SceneHeader(
        format=f"{NAME}, version {found.version}",
        count=found.count,
        degree=min(found.degree, MOST_DEGREE),
        is_antialiased=bool(found.flags & ANTIALIASED),
        working_bytes=sum(found.widths) + 350,
        warnings=(warning,) if found.degree > MOST_DEGREE else (),
    )


def read(path: Path, degree: int) -> GaussianScene:
    """Turned to the axes of PLY."""
    found = _read_header(path)
    sizes = [width * found.count for width in found.widths]
    streams = _zstd_streams(path, found, sizes) if found.version == 4 else _gzip_streams(path, sizes)
    position, alpha, colour, scale, rotation, rest = (np.frombuffer(each, np.uint8) for each in streams)
    sh = _harmonics(found, colour, rest, min(found.degree, degree))
    tell((1 + _UNPACKED) / 2)
    quats = (rotations_of_three if found.version < 3 else rotations_of_four)(rotation)
    means, quats, sh = flipped_axes(_positions(found, position), quats, sh)
    return sound_scene(
        path,
        means,
        quats,
        (scale.reshape(-1, 3) / 16 - 10).astype(np.float32),
        logit(alpha / 255),
        sh,
        is_antialiased=bool(found.flags & ANTIALIASED),
    )


def _read_header(path: Path) -> SpzHeader:
    size = path.stat().st_size
    with path.open("rb") as stream:
        start = stream.read(4096)
    is_long = start.startswith(MAGIC)
    raw = start[: LONG_HEADER.size] if is_long else _unpacked_start(path, start)
    layout = LONG_HEADER if is_long else HEADER
    if len(raw) < layout.size:
        raise FileProblemError(path, "ends within its header")
    _, version, count, degree, bits, flags, streams, *offset = layout.unpack(raw[: layout.size])
    found = SpzHeader(
        version=version,
        count=count,
        degree=degree,
        fractional_bits=bits,
        flags=flags,
        streams=streams,
        table_offset=offset[0] if offset else 0,
    )
    problem = found.problem
    if problem is None and is_long is not (version == 4):
        problem = f"states version {version}, which is packed in another way"
    if problem is None and not is_long and count * sum(found.widths) > size * _MOST_RATIO:
        problem = f"states {count} Gaussians, which no file of {size} bytes can hold"
    if problem is not None:
        raise FileProblemError(path, problem)
    return found


def _unpacked_start(path: Path, start: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(start, HEADER.size)
    except zlib.error as error:
        raise FileProblemError(path, f"its packed data are damaged ({error})") from error


def _gzip_streams(path: Path, sizes: list[int]) -> list[bytes]:
    """The streams of versions 1 to 3; unpacking stops where they end, whatever follows."""
    whole = bytearray()
    needed = HEADER.size + sum(sizes)
    try:
        for part in _unpacked(path):
            whole += part[: needed - len(whole)]
            tell(_UNPACKED * len(whole), needed)
            if len(whole) == needed:
                break
    except zlib.error as error:
        raise FileProblemError(path, f"its packed data are damaged ({error})") from error
    if len(whole) < needed:
        raise FileProblemError(path, f"unpacks to {len(whole)} bytes, its header states {needed}")
    ends = HEADER.size + np.cumsum([0, *sizes])
    return [bytes(whole[start:end]) for start, end in pairwise(ends)]


def _unpacked(path: Path) -> Iterator[bytes]:
    worker = zlib.decompressobj(31)
    with path.open("rb") as stream:
        while not worker.eof:
            packed = worker.unconsumed_tail or stream.read(_PART)
            if not packed:
                return
            yield worker.decompress(packed, _PART)


def _zstd_streams(path: Path, found: SpzHeader, sizes: list[int]) -> list[bytes]:
    """The streams of version 4, each with its size in a table."""
    wanted = [size for size in sizes if size]
    if found.streams < len(wanted):
        raise FileProblemError(path, f"has {found.streams} streams, expected {len(wanted)}")
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(found.table_offset)
        raw_table = stream.read(16 * found.streams)
        if len(raw_table) < 16 * found.streams or found.table_offset < LONG_HEADER.size:
            raise FileProblemError(path, "its table of streams lies outside the file")
        table = np.frombuffer(raw_table, "<u8")
        unpacked = []
        for number, raw in enumerate(wanted):
            packed, stated = int(table[2 * number]), int(table[2 * number + 1])
            if stated != raw or packed > size:
                raise FileProblemError(
                    path, f"its stream {number} states {stated} bytes in {packed}, expected {raw}"
                )
            unpacked.append(_unzstd(path, stream.read(packed), raw))
            tell(_UNPACKED * sum(map(len, unpacked)), sum(wanted))
    return [*unpacked, *(b"" for _ in range(len(sizes) - len(wanted)))]


def _unzstd(path: Path, packed: bytes, raw: int) -> bytes:
    import zstandard

    # Read as a stream: a whole frame would be unpacked to the size that it states itself.
    worker = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
    try:
        with worker.stream_reader(packed) as reader:
            found: bytes = reader.read(raw + 1)
    except zstandard.ZstdError as error:
        raise FileProblemError(path, f"its packed data are damaged ({error})") from error
    if len(found) != raw:
        raise FileProblemError(path, f"a stream unpacks to {len(found)} bytes or more, expected {raw}")
    return found


def _positions(found: SpzHeader, stream: NDArray[np.uint8]) -> NDArray[np.float32]:
    if found.version == 1:
        return stream.view("<f2").reshape(-1, 3).astype(np.float32)
    return fixed_positions(stream, found.fractional_bits)


def _harmonics(
    found: SpzHeader, colour: NDArray[np.uint8], rest: NDArray[np.uint8], degree: int
) -> NDArray[np.float32]:
    kept = (degree + 1) ** 2
    sh = np.empty((found.count, kept, 3), np.float32)
    sh[:, 0] = (colour.reshape(-1, 3) / 255 - 0.5) / COLOUR_SCALE
    if degree:
        sh[:, 1:] = (rest.reshape(found.count, -1, 3)[:, : kept - 1].astype(np.float32) - 128) / 128
    return sh
