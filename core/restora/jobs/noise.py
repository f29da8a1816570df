"""Named noise: a field of standard normal values that any part can be cut from without making the rest.

The field of one (seed, name, plane) is made in square blocks; each block has its own Philox key, so the value
at a position depends on nothing but seed, name, plane and position. Philox's raw stream is frozen in numpy,
and the normal values are formed here (Box and Muller), because numpy may change its own way between versions.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from restora.data.arrays import ImageArray

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 64
_UNIT = 2.0**-53


def field_part(
    seed: int, name: str, shape: tuple[int, ...], *, origin: tuple[int, int] = (0, 0)
) -> ImageArray:
    """The part of a field that starts at `origin` (row, column); the last two axes of `shape` are its size.

    Leading axes count planes: plane k of a part is the part of plane k.
    """
    if len(shape) < 2 or min(shape) < 1:
        raise ValueError(f"noise needs rows and columns of at least 1, got shape {shape}")
    rows, columns = shape[-2:]
    planes = int(np.prod(shape[:-2], dtype=np.int64))
    out = np.empty((planes, rows, columns), np.float32)
    for plane in range(planes):
        _fill_plane(out[plane], seed, name, plane, origin)
    return out.reshape(shape)


def _fill_plane(out: NDArray[np.float32], seed: int, name: str, plane: int, origin: tuple[int, int]) -> None:
    top, left = origin
    bottom, right = top + out.shape[0], left + out.shape[1]
    for block_row in range(top // BLOCK, (bottom - 1) // BLOCK + 1):
        for block_column in range(left // BLOCK, (right - 1) // BLOCK + 1):
            block = _block(seed, name, plane, block_row, block_column)
            y, x = block_row * BLOCK, block_column * BLOCK
            y0, y1 = max(top, y), min(bottom, y + BLOCK)
            x0, x1 = max(left, x), min(right, x + BLOCK)
            out[y0 - top : y1 - top, x0 - left : x1 - left] = block[y0 - y : y1 - y, x0 - x : x1 - x]


def _block(seed: int, name: str, plane: int, row: int, column: int) -> NDArray[np.float32]:
    text = f"{seed}\0{name}\0{plane}\0{row}\0{column}"
    key = np.frombuffer(hashlib.sha256(text.encode()).digest()[:16], "<u8")
    raw = np.random.Philox(key=key).random_raw(BLOCK * BLOCK)
    uniform = ((raw >> np.uint64(11)).astype(np.float64) + 0.5) * _UNIT  # never 0, so the logarithm is finite
    half = uniform.size // 2
    radius = np.sqrt(-2.0 * np.log(uniform[:half]))
    angle = 2.0 * np.pi * uniform[half:]
    normal = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])
    return normal.astype(np.float32).reshape(BLOCK, BLOCK)
