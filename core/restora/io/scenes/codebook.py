"""256 numbers in place of a table of floats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_ROUNDS = 8
_CELLS = 4096


def codes_for(values: Floats, count: int) -> Floats:
    """At most `count` numbers, ascending and repeated at the end if fewer are enough, near to all `values`.

    Lloyd's algorithm from quantiles; one dimension can be sorted, so that a round costs no more than a sum.
    """
    ordered = np.sort(values, axis=None).astype(np.float64)
    unique = ordered[np.flatnonzero(np.diff(ordered, prepend=-np.inf))]
    if len(unique) <= count:
        return _padded(unique, count)
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    places = (np.arange(count) + 0.5) / count * (len(unique) - 1)
    codes = np.interp(places, np.arange(len(unique)), unique)
    for _ in range(_ROUNDS):
        borders = np.searchsorted(ordered, (codes[:-1] + codes[1:]) / 2)
        ends = np.concatenate([[0], borders, [len(ordered)]])
        lengths = np.diff(ends)
        used = lengths > 0
        codes = np.where(used, np.diff(sums[ends]) / np.maximum(lengths, 1), codes)
        codes.sort()
    return _padded(codes, count)


def nearest_codes(values: Floats, codes: Floats) -> NDArray[np.uint8]:
    """The number of the nearest code for each value; there are at most 256.

    A table of cells says which code a value can have; only where a cell holds several borders between codes
    are they searched.
    """
    wide = codes.astype(np.float64)
    borders = ((wide[:-1] + wide[1:]) / 2).astype(np.float32)
    if not len(borders) or not borders[-1] > borders[0]:
        return np.searchsorted(borders, values).astype(np.uint8)
    low, high = borders[0], borders[-1]
    scale = np.float32(_CELLS - 2) / (high - low)
    cells = _cells(values, low, scale)
    first = np.searchsorted(_cells(borders, low, scale), np.arange(_CELLS + 1)).astype(np.int32)
    found = first[cells]
    found += values > np.append(borders, np.float32(np.inf))[found]
    crowded = np.flatnonzero((np.diff(first) > 1)[cells.reshape(-1)])
    found.reshape(-1)[crowded] = np.searchsorted(borders, values.reshape(-1)[crowded])
    return found.astype(np.uint8)


def _cells(values: Floats, low: np.float32, scale: np.float32) -> NDArray[np.int32]:
    """Cells of one width, and one on each side for all that lies beyond; larger values never come earlier."""
    inside: NDArray[np.int32] = np.clip((values - low) * scale + 1, 0, _CELLS - 1).astype(np.int32)
    return inside


def _padded(codes: NDArray[np.float64], count: int) -> Floats:
    return np.concatenate([codes, np.repeat(codes[-1:], count - len(codes))]).astype(np.float32)
