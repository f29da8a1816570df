"""`.ksplat` files of GaussianSplats3D: sections of buckets, in one of three grades of packing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.data.scene import GaussianScene
from restora.errors import FileProblemError
from restora.io.progress import tell
from restora.io.scenes.activations import constant_band, logit
from restora.io.scenes.format import SceneHeader
from restora.io.scenes.soundness import sound_scene

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

NAME = "ksplat"
SUFFIXES: tuple[str, ...] = (".ksplat",)

_HEADER_BYTES, _SECTION_BYTES = 4096, 1024
_USUAL_RANGE = 32767
_MOST_DEGREE = 2
_FLOATS = ("<f4", "<f2", "<f2")
"""How each grade keeps scales and rotations."""
_PLACES = ("<f4", "<u2", "<u2")
_HARMONICS = ("<f4", "<f2", "u1")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """The first 4096 bytes."""

    sections: int
    count: int
    level: int
    low: float
    high: float
    """What the bytes of harmonics lie between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """One part of the file."""

    count: int
    capacity: int
    bucket_size: int
    buckets: int
    block_size: float
    bucket_bytes: int
    position_range: int
    full_buckets: int
    partial_buckets: int
    degree: int

    def record(self, level: int) -> np.dtype[np.void]:
        """How one Gaussian is kept."""
        fields: list[tuple[str, str, int]] = [
            ("place", _PLACES[level], 3),
            ("scale", _FLOATS[level], 3),
            ("rotation", _FLOATS[level], 4),
            ("colour", "u1", 4),
        ]
        bands = 3 * ((self.degree + 1) ** 2 - 1)
        if bands:
            fields.append(("rest", _HARMONICS[level], bands))
        return np.dtype(fields)

    def data_bytes(self, level: int) -> int:
        """Everything of this section behind the headers."""
        lengths = 4 * self.partial_buckets + self.bucket_bytes * self.buckets
        return lengths + self.capacity * self.record(level).itemsize


def sniff(head: bytes, path: Path) -> bool:
    """There is no signature: the ending decides, and the first bytes are the version."""
    return path.suffix.lower() in SUFFIXES and head[:1] == b"\0" and head[1:2] != b"\0"


def header(path: Path) -> SceneHeader:
    """Count, degree and grade of packing."""
    found, sections = _read_headers(path)
    degree = max((section.degree for section in sections), default=0)
    return SceneHeader(
        format=f"{NAME}, level {found.level}", count=found.count, degree=degree, working_bytes=400
    )


def read(path: Path, degree: int) -> GaussianScene:
    """The sections one after another; those with fewer harmonics are filled with zeros."""
    found, sections = _read_headers(path)
    degree = min(degree, max(section.degree for section in sections))
    parts, offset = [], _HEADER_BYTES + found.sections * _SECTION_BYTES
    for section in sections:
        if section.count:
            parts.append(_decoded(path, found, section, offset, degree))
            tell(sum(len(part[0]) for part in parts), found.count + 1)
        offset += section.data_bytes(found.level)
    means, quats, log_scales, logits, sh = (np.concatenate(each) for each in zip(*parts, strict=True))
    return sound_scene(path, means, quats, log_scales, logits, sh)


def _read_headers(path: Path) -> tuple[_Header, list[_Section]]:
    size = path.stat().st_size
    with path.open("rb") as stream:
        raw = stream.read(_HEADER_BYTES)
        if len(raw) < _HEADER_BYTES:
            raise FileProblemError(path, f"has {len(raw)} bytes, a ksplat file begins with {_HEADER_BYTES}")
        found = _header(path, raw)
        if _HEADER_BYTES + found.sections * _SECTION_BYTES > size:
            raise FileProblemError(path, f"states {found.sections} sections, which {size} bytes cannot hold")
        sections = [_section(path, stream.read(_SECTION_BYTES)) for _ in range(found.sections)]
    while sections and not sections[-1].count:
        sections.pop()  # room at the end that was reserved and may not be in the file
    needed = _HEADER_BYTES + found.sections * _SECTION_BYTES
    needed += sum(section.data_bytes(found.level) for section in sections)
    if needed > size:
        raise FileProblemError(
            path,
            f"has {size} bytes, its headers state {needed}",
            advice="The file may be incomplete; fetch it again.",
        )
    total = sum(section.count for section in sections)
    if total != found.count:
        raise FileProblemError(path, f"states {found.count} Gaussians, its sections {total}")
    return found, sections


def _header(path: Path, raw: bytes) -> _Header:
    (sections,), (count,) = np.frombuffer(raw, "<u4", 1, 4), np.frombuffer(raw, "<u4", 1, 16)
    (level,), (low, high) = np.frombuffer(raw, "<u2", 1, 20), np.frombuffer(raw, "<f4", 2, 36)
    if level > 2:
        raise FileProblemError(path, f"states the level {level}, expected 0, 1 or 2")
    if not np.isfinite([low, high]).all():
        raise FileProblemError(path, "states harmonics between numbers that are not finite")
    if low == high == 0:
        low, high = -1.5, 1.5
    return _Header(
        sections=int(sections), count=int(count), level=int(level), low=float(low), high=float(high)
    )


def _section(path: Path, raw: bytes) -> _Section:
    if len(raw) < _SECTION_BYTES:
        raise FileProblemError(path, "ends within the header of a section")
    words, halves = np.frombuffer(raw, "<u4", 11), np.frombuffer(raw, "<u2", 22)
    found = _Section(
        count=int(words[0]),
        capacity=int(words[1]),
        bucket_size=int(words[2]),
        buckets=int(words[3]),
        block_size=float(np.frombuffer(raw, "<f4", 1, 16)[0]),
        bucket_bytes=int(halves[10]),
        position_range=int(words[6]) or _USUAL_RANGE,
        full_buckets=int(words[8]),
        partial_buckets=int(words[9]),
        degree=int(halves[20]),
    )
    if found.degree > _MOST_DEGREE:
        raise FileProblemError(
            path, f"states harmonics of degree {found.degree}, expected 0 to {_MOST_DEGREE}"
        )
    if found.count > found.capacity:
        raise FileProblemError(path, f"states {found.count} Gaussians in room for {found.capacity}")
    if found.full_buckets + found.partial_buckets > found.buckets:
        raise FileProblemError(path, "states more filled buckets than buckets")
    if found.buckets and found.bucket_bytes < 12:
        raise FileProblemError(path, f"keeps buckets in {found.bucket_bytes} bytes, expected 12")
    return found


def _decoded(
    path: Path, found: _Header, section: _Section, offset: int, degree: int
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    lengths = np.fromfile(path, "<u4", section.partial_buckets, offset=offset)
    offset += lengths.nbytes
    table = np.fromfile(path, np.uint8, section.bucket_bytes * section.buckets, offset=offset)
    offset += table.nbytes
    rows = np.fromfile(path, section.record(found.level), section.count, offset=offset)
    means = rows["place"].astype(np.float32)
    if found.level:
        means = _placed(path, section, lengths, table, means)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_scales = np.log(rows["scale"].astype(np.float32))
    sh = np.zeros((len(rows), (degree + 1) ** 2, 3), np.float32)
    sh[:, 0] = constant_band(rows["colour"][:, :3] / 255)
    if section.degree and degree:
        rest = rows["rest"].astype(np.float32)
        if found.level == 2:
            rest = found.low + rest / np.float32(255) * np.float32(found.high - found.low)
        _put_bands(sh, rest, min(section.degree, degree))
    quats = rows["rotation"].astype(np.float32)
    return means, quats, log_scales, logit(rows["colour"][:, 3] / 255), sh


def _placed(
    path: Path, section: _Section, lengths: NDArray[np.uint32], table: NDArray[np.uint8], steps: Floats
) -> Floats:
    """Positions relative to the centres of their buckets."""
    centres = np.ascontiguousarray(table.reshape(section.buckets, -1)[:, :12]).view("<f4")
    full = min(section.full_buckets * section.bucket_size, section.count)
    ends = np.cumsum(lengths, dtype=np.uint64)
    others = np.arange(section.count - full, dtype=np.uint64)
    if len(others) and (not len(ends) or int(ends[-1]) < len(others)):
        raise FileProblemError(path, "its buckets hold fewer Gaussians than it states")
    partial = np.searchsorted(ends, others, side="right") + section.full_buckets
    owner = np.concatenate([np.arange(full) // max(1, section.bucket_size), partial])
    if len(owner) and owner.max() >= len(centres):
        raise FileProblemError(path, "has Gaussians in buckets that do not exist")
    factor = np.float64(section.block_size) / 2 / section.position_range
    found: Floats = ((steps - section.position_range) * factor + centres[owner]).astype(np.float32)
    return found


def _put_bands(sh: Floats, rest: Floats, degree: int) -> None:
    """Band by band, within a band channel by channel."""
    start = 0
    for band in range(1, degree + 1):
        width = 2 * band + 1
        part = rest[:, start : start + 3 * width].reshape(len(rest), 3, width)
        sh[:, band * band : band * band + width] = part.transpose(0, 2, 1)
        start += 3 * width
