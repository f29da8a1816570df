"""The header, streams, axes and rotations of SPZ files, versions 1 to 4."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora.io.scenes.compressed_columns import with_largest, without_largest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Bytes = NDArray[np.uint8]

MAGIC = b"NGSP"
HEADER = struct.Struct("<4sIIBBBB")
LONG_HEADER = struct.Struct("<4sIIBBBBI12x")
ANTIALIASED = 1
COLOUR_SCALE = 0.15
_STEP = np.sqrt(0.5) / 511
_MOST_FRACTIONAL_BITS = 24

_ODD = (1, 2, 4, 7, 9, 11, 12, 14)
"""Coefficients that change their sign where y and z do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpzHeader:
    """What all versions state."""

    version: int
    count: int
    degree: int
    fractional_bits: int
    flags: int
    streams: int = 0
    table_offset: int = 0

    @property
    def widths(self) -> tuple[int, ...]:
        """Bytes of one Gaussian in each stream: position, alpha, colour, scale, rotation, harmonics."""
        position = 6 if self.version == 1 else 9
        rotation = 3 if self.version < 3 else 4
        return position, 1, 3, 3, rotation, 3 * ((self.degree + 1) ** 2 - 1)

    @property
    def problem(self) -> str | None:
        """What makes it no header of an SPZ file."""
        if not 1 <= self.version <= 4:
            return f"has version {self.version} of SPZ, this restora reads 1 to 4"
        if self.degree > 4:
            return f"states harmonics of degree {self.degree}, expected 0 to 4"
        if self.fractional_bits > _MOST_FRACTIONAL_BITS:
            return f"states {self.fractional_bits} fractional bits, expected at most {_MOST_FRACTIONAL_BITS}"
        return None


def flipped_axes(scene_means: Floats, quats: Floats, sh: Floats) -> tuple[Floats, Floats, Floats]:
    """Between the axes of SPZ (right, up, back) and of PLY (right, down, front); its own inverse."""
    turn = np.array([1, -1, -1], np.float32)
    signs = np.ones(sh.shape[1], np.float32)
    signs[[number for number in _ODD if number < len(signs)]] = -1
    return scene_means * turn, quats * np.array([1, 1, -1, -1], np.float32), sh * signs[:, None]


def fixed_positions(stream: Bytes, fractional_bits: int) -> Floats:
    """24-bit signed numbers."""
    parts = stream.reshape(-1, 3, 3).astype(np.int32)
    values = parts[..., 0] | (parts[..., 1] << 8) | (parts[..., 2] << 16)
    values = np.where(values >= 2**23, values - 2**24, values)
    return (values / 2.0**fractional_bits).astype(np.float32)


def packed_positions(means: Floats, fractional_bits: int) -> Bytes:
    """The inverse."""
    values = np.rint(means.astype(np.float64) * 2.0**fractional_bits).astype(np.int64) & 0xFFFFFF
    return np.stack([values & 255, (values >> 8) & 255, values >> 16], axis=-1).astype(np.uint8)


def fitting_bits(means: Floats) -> int | None:
    """The most fractional bits, up to the usual 12, with which all positions fit; None where none do."""
    largest = float(np.abs(means).max())
    return next((bits for bits in range(12, -1, -1) if largest * 2.0**bits < 2**23 - 1), None)


def rotations_of_three(stream: Bytes) -> Floats:
    """Versions 1 and 2: x y z in bytes, w follows and is not negative. Returns w x y z."""
    small = stream.reshape(-1, 3) / 127.5 - 1
    w = np.sqrt(np.maximum(0, 1 - (small**2).sum(axis=1)))
    return np.concatenate([w[:, None], small], axis=1).astype(np.float32)


def rotations_of_four(stream: Bytes) -> Floats:
    """From version 3 on: the largest of x y z w follows from the others. Returns w x y z."""
    words = np.ascontiguousarray(stream).view("<u4").reshape(-1).astype(np.int64)
    small = np.empty((len(words), 3))
    for column, shift in enumerate((20, 10, 0)):
        part = (words >> shift) & 1023
        small[:, column] = np.where(part & 512, -1, 1) * (part & 511) * _STEP
    return np.roll(with_largest(small, words >> 30), 1, axis=1)


def packed_rotations(quats: Floats) -> Bytes:
    """The inverse, of w x y z of length one."""
    small, largest = without_largest(np.roll(quats, -1, axis=1))
    words = largest.astype(np.uint32) << np.uint32(30)
    for column, shift in enumerate((20, 10, 0)):
        size = np.clip(np.rint(np.abs(small[:, column]) / _STEP), 0, 511).astype(np.uint32)
        words |= (size | ((small[:, column] < 0).astype(np.uint32) << np.uint32(9))) << np.uint32(shift)
    return words.astype("<u4").view(np.uint8).reshape(-1, 4)
