"""The packed numbers of compressed PLY files: bits of a word that are fractions of a chunk's range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Words = NDArray[np.uint32]
    Floats = NDArray[np.float32]
    Wide = NDArray[np.float64]

CHUNK = 256
"""Gaussians that share a range."""
POSITION_BITS = ((21, 11), (11, 10), (0, 11))
COLOUR_BITS = ((24, 8), (16, 8), (8, 8), (0, 8))
_ROTATION_BITS = ((20, 10), (10, 10), (0, 10))
_LARGEST_SHIFT = 30


def fractions(words: Words, bits: tuple[tuple[int, int], ...]) -> Wide:
    """Columns of 0 to 1."""
    columns = [((words >> shift) & (2**width - 1)) / (2**width - 1) for shift, width in bits]
    return np.stack(columns, axis=1)


def packed(values: Wide, bits: tuple[tuple[int, int], ...]) -> Words:
    """The inverse; what lies outside 0 to 1 is clipped."""
    words = np.zeros(len(values), np.uint32)
    for (shift, width), column in zip(bits, values.T, strict=True):
        level = np.rint(np.clip(column, 0, 1) * (2**width - 1)).astype(np.uint32)
        words |= level << np.uint32(shift)
    return words


def rotations(words: Words) -> Floats:
    """w x y z: the largest component follows from the other three."""
    small = (fractions(words, _ROTATION_BITS) - 0.5) * np.sqrt(2)
    largest = (words >> _LARGEST_SHIFT).astype(np.int64)
    return with_largest(small, largest)


def with_largest(small: Wide, largest: NDArray[np.int64]) -> Floats:
    """Four components of three, put around the place of the largest, which is positive."""
    found = np.empty((len(small), 4))
    rows = np.arange(len(small))
    for column in range(3):
        place = column + (largest <= column)  # the largest pushes those after it one on
        found[rows, place] = small[:, column]
    found[rows, largest] = np.sqrt(np.maximum(0, 1 - (small**2).sum(axis=1)))
    return found.astype(np.float32)


def without_largest(quats: Floats) -> tuple[Wide, NDArray[np.int64]]:
    """The inverse, for rotations of length one: three components and the place of the fourth."""
    rows = np.arange(len(quats))
    largest = np.argmax(np.abs(quats), axis=1)
    signed = quats.astype(np.float64) * np.where(quats[rows, largest] < 0, -1, 1)[:, None]
    small = np.stack([signed[rows, column + (largest <= column)] for column in range(3)], axis=1)
    return small, largest


def packed_rotations(quats: Floats) -> Words:
    """The inverse of `rotations`."""
    small, largest = without_largest(quats)
    words = packed(small / np.sqrt(2) + 0.5, _ROTATION_BITS)
    return words | (largest.astype(np.uint32) << np.uint32(_LARGEST_SHIFT))


def morton_order(means: Floats) -> NDArray[np.int64]:
    """The order along a curve that keeps neighbours together, so that chunks are small."""
    low, high = means.min(axis=0).astype(np.float64), means.max(axis=0).astype(np.float64)
    places = np.rint((means - low) / np.where(high > low, high - low, 1) * 1023).astype(np.uint32)
    code = np.zeros(len(means), np.uint32)
    for axis in range(3):
        spread = places[:, axis]
        for shift, mask in ((16, 0x030000FF), (8, 0x0300F00F), (4, 0x030C30C3), (2, 0x09249249)):
            spread = (spread | (spread << np.uint32(shift))) & np.uint32(mask)
        code |= spread << np.uint32(axis)
    return np.argsort(code, kind="stable")
