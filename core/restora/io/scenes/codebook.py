"""256 numbers in place of a table of floats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_ROUNDS = 8


def codes_for(values: Floats, count: int) -> Floats:
    """At most `count` numbers, ascending and repeated at the end if fewer are enough, near to all `values`.

    Lloyd's algorithm from quantiles; one dimension can be sorted, so that a round costs no more than a sum.
    """
    ordered = np.sort(values, axis=None).astype(np.float64)
    unique = np.unique(ordered)
    if len(unique) <= count:
        return _padded(unique, count)
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    codes = np.unique(np.quantile(unique, (np.arange(count) + 0.5) / count))
    for _ in range(_ROUNDS):
        borders = np.searchsorted(ordered, (codes[:-1] + codes[1:]) / 2)
        ends = np.concatenate([[0], borders, [len(ordered)]])
        lengths = np.diff(ends)
        used = lengths > 0
        codes = np.where(used, np.diff(sums[ends]) / np.maximum(lengths, 1), codes)
        codes.sort()
    return _padded(codes, count)


def nearest_codes(values: Floats, codes: Floats) -> NDArray[np.uint8]:
    """The number of the nearest code for each value; there are at most 256."""
    wide = codes.astype(np.float64)
    found: NDArray[np.uint8] = np.searchsorted((wide[:-1] + wide[1:]) / 2, values).astype(np.uint8)
    return found


def _padded(codes: NDArray[np.float64], count: int) -> Floats:
    return np.concatenate([codes, np.repeat(codes[-1:], count - len(codes))]).astype(np.float32)
