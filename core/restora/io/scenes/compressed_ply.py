"""Compressed PLY files of PlayCanvas and SuperSplat: 16 bytes a Gaussian, and harmonics in bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.data.scene import GaussianScene
from restora.errors import FileProblemError
from restora.io.progress import tell
from restora.io.scenes.activations import constant_band, logit
from restora.io.scenes.compressed_columns import CHUNK, COLOUR_BITS, POSITION_BITS, fractions, rotations
from restora.io.scenes.format import SceneHeader
from restora.io.scenes.ply_header import MAGIC, Element, PlyHeader, read_ply_header, start_of
from restora.io.scenes.soundness import sound_scene

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[np.void]

NAME = "compressed PLY"
SUFFIXES: tuple[str, ...] = (".compressed.ply",)
PACKED = ("packed_position", "packed_rotation", "packed_scale", "packed_color")
_AXES, _CHANNELS = ("x", "y", "z"), ("r", "g", "b")
_STAGES = 5
"""Parts of reading that take about as long: positions, scales, colours, harmonics, the rest."""
_DEGREES = {9: 1, 24: 2, 45: 3}


def sniff(head: bytes, path: Path) -> bool:  # noqa: ARG001 - every format is asked the same way
    """Whether it is a PLY file with packed columns."""
    return MAGIC.match(head) is not None and PACKED[0].encode() in head


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """What the header says, checked."""

    ply: PlyHeader
    chunk: Element
    vertex: Element
    sh: Element | None
    degree: int

    @property
    def has_colour_ranges(self) -> bool:
        return "min_r" in self.chunk.names


def header(path: Path) -> SceneHeader:
    """Count and degree."""
    found = _layout(path)
    return SceneHeader(format=NAME, count=found.vertex.count, degree=found.degree, working_bytes=320)


def read(path: Path, degree: int) -> GaussianScene:
    """The rows in the file's order, which its writer chose."""
    found = _layout(path)
    vertex, chunk = _table(path, found, found.vertex), _table(path, found, found.chunk)
    owner = np.arange(len(vertex)) // CHUNK
    means = _in_range(vertex[PACKED[0]], chunk, owner, "", _AXES)
    tell(1, _STAGES)
    log_scales = _in_range(vertex[PACKED[2]], chunk, owner, "scale_", _AXES)
    tell(2, _STAGES)
    colour = fractions(vertex[PACKED[3]].astype(np.uint32), COLOUR_BITS)
    rgb = _lifted(colour[:, :3], chunk, owner, "", _CHANNELS) if found.has_colour_ranges else colour[:, :3]
    tell(3, _STAGES)
    kept = (min(found.degree, degree) + 1) ** 2
    sh = np.empty((len(vertex), kept, 3), np.float32)
    sh[:, 0] = constant_band(rgb)
    if found.sh is not None and kept > 1:
        sh[:, 1:] = _harmonics(_table(path, found, found.sh), kept - 1)
    tell(4, _STAGES)
    return sound_scene(
        path,
        means,
        rotations(vertex[PACKED[1]].astype(np.uint32)),
        log_scales,
        logit(colour[:, 3]),
        sh,
    )


def range_names(before: str, axes: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns of the lower and the upper ends of a range."""
    return tuple(f"min_{before}{axis}" for axis in axes), tuple(f"max_{before}{axis}" for axis in axes)


def _layout(path: Path) -> _Layout:
    ply = read_ply_header(path)
    chunk, vertex, sh = (ply.element(name) for name in ("chunk", "vertex", "sh"))
    if not ply.byte_order:
        raise FileProblemError(path, "is a compressed PLY file written as text, which does not exist")
    if chunk is None or vertex is None:
        raise FileProblemError(path, "has packed columns, but not both elements chunk and vertex")
    needed = [name for before in ("", "scale_") for end in range_names(before, _AXES) for name in end]
    if "min_r" in chunk.names:
        needed += [name for end in range_names("", _CHANNELS) for name in end]
    missing = [*(set(needed) - set(chunk.names)), *(set(PACKED) - set(vertex.names))]
    if missing:
        raise FileProblemError(
            path, f"lacks the columns {', '.join(sorted(missing))} of a compressed PLY file"
        )
    if any(dict(vertex.columns)[name] not in {"u4", "i4"} for name in PACKED):
        raise FileProblemError(path, "its packed columns are not of 32 bits")
    if any(dict(chunk.columns)[name][0] != "f" for name in needed):
        raise FileProblemError(path, "the ranges of its chunks are not floats")
    if chunk.count * CHUNK < vertex.count:
        raise FileProblemError(
            path, f"has {chunk.count} chunks for {vertex.count} Gaussians, expected one for each {CHUNK}"
        )
    _check_ends(path, ply)
    return _Layout(ply=ply, chunk=chunk, vertex=vertex, sh=sh, degree=_degree(path, vertex, sh))


def _check_ends(path: Path, ply: PlyHeader) -> None:
    for name in ("chunk", "vertex", "sh"):
        if ply.element(name) is not None:
            start_of(path, ply, name)


def _degree(path: Path, vertex: Element, sh: Element | None) -> int:
    if sh is None:
        return 0
    degree = _DEGREES.get(len(sh.columns))
    if degree is None or sh.names != tuple(f"f_rest_{n}" for n in range(len(sh.columns))):
        raise FileProblemError(path, f"its element sh has {len(sh.columns)} columns, expected 9, 24 or 45")
    if sh.count != vertex.count or any(kind != "u1" for _, kind in sh.columns):
        raise FileProblemError(
            path, f"its element sh has {sh.count} rows, expected {vertex.count} of 8-bit numbers"
        )
    return degree


def _table(path: Path, found: _Layout, element: Element) -> Table:
    record = np.dtype([(name, found.ply.byte_order + kind) for name, kind in element.columns])
    rows: Table = np.fromfile(path, record, element.count, offset=start_of(path, found.ply, element.name))
    if len(rows) != element.count:
        raise FileProblemError(path, "ends before its last row")
    return rows


def _in_range(
    words: NDArray[np.generic], chunk: Table, owner: NDArray[np.int64], before: str, axes: tuple[str, ...]
) -> NDArray[np.float32]:
    values = fractions(words.astype(np.uint32), POSITION_BITS)
    return _lifted(values, chunk, owner, before, axes).astype(np.float32)


def _lifted(
    values: NDArray[np.float64], chunk: Table, owner: NDArray[np.int64], before: str, axes: tuple[str, ...]
) -> NDArray[np.float64]:
    """Fractions of each chunk's range as numbers; a chunk without extent gives its only number."""
    lows, highs = range_names(before, axes)
    for column, (low, high) in enumerate(zip(lows, highs, strict=True)):
        start, end = chunk[low].astype(np.float64), chunk[high].astype(np.float64)
        with np.errstate(invalid="ignore", over="ignore"):  # rows of a damaged chunk are dropped later
            values[:, column] = start[owner] + (end - start)[owner] * values[:, column]
    return values


def _harmonics(rows: Table, kept: int) -> NDArray[np.float32]:
    codes = rows.view(np.uint8).reshape(len(rows), 3, -1)[:, :, :kept]
    values = ((np.arange(256) + 0.5) / 256 - 0.5) * 8
    values[0], values[255] = -4, 4
    found: NDArray[np.float32] = values.astype(np.float32)[codes.transpose(0, 2, 1)]
    return found
