"""Writes SPZ files of version 3 (gzip) or 4 (zstd)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from restora.data.scene import GaussianScene
from restora.errors import BadInputError
from restora.io.progress import tell
from restora.io.scenes.activations import levels, opacity_of, unit
from restora.io.scenes.losses import left_out
from restora.io.scenes.spz_layout import (
    ANTIALIASED,
    COLOUR_SCALE,
    HEADER,
    LONG_HEADER,
    MAGIC,
    fitting_bits,
    flipped_axes,
    packed_positions,
    packed_rotations,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ZSTD_LEVEL = 12
_GZIP_LEVEL = 9
_PART = 2**20
_ENCODED = 0.4
"""Share of the time after which the numbers are bytes and only packing is left."""
_BLOCK_ROWS = 65_536
"""Harmonics are most of a scene: they are packed a part at a time."""


@dataclass(frozen=True, slots=True)
class SpzWriter:
    """A SceneWriter; the version is the only difference."""

    version: int
    NAME: str
    SUFFIXES: tuple[str, ...]

    def losses(self, scene: GaussianScene) -> tuple[str, ...]:
        """Everything is rounded, and large numbers are clipped."""
        said = [
            *left_out(scene, antialiased=True),
            f"rounds positions to 1/{2 ** (fitting_bits(scene.means) or 0)} of a unit",
            "keeps scales in steps of 6 %, colour, opacity and rotation in 8 or 9 bits",
        ]
        if scene.degree:
            said.append("keeps harmonics in 8 bits from -1 to 1")
        if _clips(scene):
            said.append("clips very small or large scales, and colours or harmonics out of range")
        return tuple(said)

    def write(self, stream: BinaryIO, scene: GaussianScene) -> None:
        """Turned to the axes of SPZ; raises BadInputError where the scene is too large for its positions."""
        bits = fitting_bits(scene.means)
        if bits is None:
            raise BadInputError("its positions reach beyond 8 388 606 units, more than SPZ can hold")
        streams = _streams(scene, bits)
        flags = ANTIALIASED if scene.is_antialiased else 0
        head = (MAGIC, self.version, scene.count, scene.degree, bits, flags)
        if self.version == 3:
            _write_gzip(stream, HEADER.pack(*head, 0) + b"".join(streams))
            return
        _write_zstd(stream, head, streams)


def _write_gzip(stream: BinaryIO, content: bytes) -> None:
    worker = zlib.compressobj(_GZIP_LEVEL, wbits=31)  # a gzip stream without name and time
    for start in range(0, len(content), _PART):
        stream.write(worker.compress(content[start : start + _PART]))
        tell(_ENCODED + (1 - _ENCODED) * start / len(content))
    stream.write(worker.flush())


def _write_zstd(stream: BinaryIO, head: tuple[object, ...], streams: list[bytes]) -> None:
    import zstandard

    worker = zstandard.ZstdCompressor(level=_ZSTD_LEVEL)
    packed = []
    for each in streams:
        packed.append(worker.compress(each))
        tell(_ENCODED + (1 - _ENCODED) * len(packed) / len(streams))
    sizes = [(len(small), len(raw)) for small, raw in zip(packed, streams, strict=True)]
    stream.write(LONG_HEADER.pack(*head, len(streams), LONG_HEADER.size))
    stream.write(np.array(sizes, "<u8").tobytes())
    for each in packed:
        stream.write(each)


def _streams(scene: GaussianScene, bits: int) -> list[bytes]:
    means, quats, base = flipped_axes(scene.means, unit(scene.quats), scene.sh[:, :1])
    opacity = opacity_of(scene.logit_opacities)
    colour = np.clip(np.rint((base[:, 0].astype(np.float64) * COLOUR_SCALE + 0.5) * 255), 0, 255)
    scales = np.clip(np.rint((scene.log_scales.astype(np.float64) + 10) * 16), 0, 255)
    arrays: list[NDArray[np.generic]] = [
        packed_positions(means, bits),
        levels(opacity, 0, 1, 255).astype(np.uint8),
        colour.astype(np.uint8),
        scales.astype(np.uint8),
        packed_rotations(quats),
    ]
    streams = [array.tobytes() for array in arrays]
    if scene.degree:
        parts = range(0, scene.count, _BLOCK_ROWS)
        rest = []
        for start in parts:
            rest.append(_harmonics(scene, slice(start, start + _BLOCK_ROWS)))
            tell(_ENCODED * start / scene.count)
        streams.append(b"".join(rest))
    return streams


def _harmonics(scene: GaussianScene, rows: slice) -> bytes:
    _, _, sh = flipped_axes(scene.means[rows], scene.quats[rows], scene.sh[rows])
    rest = np.clip(np.rint(sh[:, 1:].astype(np.float64) * 128 + 128), 0, 255)
    return rest.astype(np.uint8).tobytes()


def _clips(scene: GaussianScene) -> bool:
    sh, scales = scene.sh, scene.log_scales
    is_far = (scales < -10.03).any() or (scales > 5.97).any()
    return bool(is_far or (np.abs(sh[:, 0]) > 0.51 / COLOUR_SCALE).any() or (np.abs(sh[:, 1:]) > 1).any())


SPZ3 = SpzWriter(3, "SPZ, version 3", (".spz",))
SPZ4 = SpzWriter(4, "SPZ, version 4", (".spz",))
