"""Writes compressed PLY files as SuperSplat does: along a curve, in chunks with ranges of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from restora.data.scene import GaussianScene
from restora.io.progress import tell
from restora.io.scenes.activations import colour_of, opacity_of, unit
from restora.io.scenes.compressed_columns import (
    CHUNK,
    COLOUR_BITS,
    POSITION_BITS,
    morton_order,
    packed,
    packed_rotations,
)
from restora.io.scenes.compressed_ply import PACKED, range_names
from restora.io.scenes.losses import left_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "compressed PLY"
SUFFIXES: tuple[str, ...] = (".compressed.ply",)
_LARGEST_LOG_SCALE = 20.0
_BLOCK_ROWS = 65_536
"""Harmonics are most of a scene: they are packed a part at a time."""
_SORTED, _PACKED = 0.2, 0.6
"""Shares of the time after which the rows are in order, and everything but the harmonics is packed."""
_GROUPS = (("", ("x", "y", "z")), ("scale_", ("x", "y", "z")), ("", ("r", "g", "b")))


def losses(scene: GaussianScene) -> tuple[str, ...]:
    """Everything is rounded."""
    said = [*left_out(scene), "keeps position, scale and rotation in 10 or 11 bits, colour and opacity in 8"]
    if scene.degree:
        said.append("keeps harmonics in 8 bits from -4 to 4")
    return (*said, "sorts the Gaussians along a curve in space")


def write(stream: BinaryIO, scene: GaussianScene) -> None:
    """Ranges first, then the packed rows, then the harmonics."""
    order = morton_order(scene.means)
    tell(_SORTED)
    groups = [
        scene.means[order].astype(np.float64),
        np.clip(scene.log_scales[order], -_LARGEST_LOG_SCALE, _LARGEST_LOG_SCALE).astype(np.float64),
        colour_of(scene.sh[order, 0]).astype(np.float64),
    ]
    ranges = [_ranges(values) for values in groups]
    fractions = [_fractions(values, *ends) for values, ends in zip(groups, ranges, strict=True)]
    opacity = opacity_of(scene.logit_opacities[order])[:, None]
    words = [
        packed(fractions[0], POSITION_BITS),
        packed_rotations(unit(scene.quats[order])),
        packed(fractions[1], POSITION_BITS),
        packed(np.concatenate([fractions[2], opacity], axis=1), COLOUR_BITS),
    ]
    tell(_PACKED)
    stream.write(_header(scene, len(ranges[0][0])))
    stream.write(np.concatenate([end for ends in ranges for end in ends], axis=1).astype("<f4").tobytes())
    stream.write(np.stack(words, axis=1).astype("<u4").tobytes())
    for start in range(0, scene.count if scene.degree else 0, _BLOCK_ROWS):
        stream.write(_codes(scene.sh[order[start : start + _BLOCK_ROWS], 1:]).tobytes())
        tell(_PACKED + (1 - _PACKED) * start / scene.count)


def _ranges(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ends of each chunk, as the floats of the file will have them."""
    starts = np.arange(0, len(values), CHUNK)
    low = np.minimum.reduceat(values, starts, axis=0).astype(np.float32)
    high = np.maximum.reduceat(values, starts, axis=0).astype(np.float32)
    return low.astype(np.float64), high.astype(np.float64)


def _fractions(
    values: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    owner = np.arange(len(values)) // CHUNK
    extent = np.where(high > low, high - low, 1)
    found: NDArray[np.float64] = (values - low[owner]) / extent[owner]
    return found


def _codes(rest: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Channel by channel, as in the uncompressed layout."""
    levels = np.floor((rest.transpose(0, 2, 1) / 8 + 0.5) * 256)
    return np.clip(levels, 0, 255).astype(np.uint8)


def _header(scene: GaussianScene, chunks: int) -> bytes:
    ends = [name for before, axes in _GROUPS for names in range_names(before, axes) for name in names]
    lines = ["ply", "format binary_little_endian 1.0", f"element chunk {chunks}"]
    lines += [f"property float {name}" for name in ends]
    lines += [f"element vertex {scene.count}", *(f"property uint {name}" for name in PACKED)]
    if scene.degree:
        lines.append(f"element sh {scene.count}")
        lines += [f"property uchar f_rest_{n}" for n in range(3 * ((scene.degree + 1) ** 2 - 1))]
    return "\n".join([*lines, "end_header", ""]).encode()
